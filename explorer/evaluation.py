"""A VAE's numbers on a set of images.

    elbo            nats, positive = a loss, always beta 1, one posterior sample an image; for an MSE
                    objective the squared error stands for -log p(x|z), so it is nats up to a constant
    total           the run's own objective, from the same sample
    reconstruction  its first term, summed over pixels; kl: nats, summed over dimensions
    mse, psnr, ssim of the image decoded from the posterior mean, means of per-image values

Units and protocol belong to a number: `PROTOCOL` says them in words.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from explorer.batches import generator, pieces, to_unit
from explorer.config import ObjectiveConfig
from explorer.metrics import SSIM_PROTOCOL, mse, psnr, ssim
from explorer.models.base import VAE, Posterior
from explorer.objectives import to_images, vae_loss
from explorer.ranks import ALONE, Ranks
from explorer.records import Evaluation

BATCH = 500
NOISE_SEED = 2014  # fixed, so that every evaluation draws the same noise
PROTOCOL = f"decoded posterior mean, {SSIM_PROTOCOL}; PSNR is the mean of per-image values"


class Evaluated(NamedTuple):
    """The means, and the posterior (N, L) that they came from, on the CPU."""

    means: Evaluation
    posterior: Posterior


@torch.inference_mode()
def evaluate(
    model: VAE,
    images: Tensor,
    objective: ObjectiveConfig,
    *,
    beta: float | None = None,
    batch: int = BATCH,
    ranks: Ranks = ALONE,
) -> Evaluated:
    """Evaluate `model` on uint8 images (N, 1, H, W), `batch` at a time; it is in eval mode meanwhile.

    `beta` is the weight of `total`, by default the objective's own. The noise of an
    image is a function of its row and of N: two models, or two epochs, are given the same.
    Several ranks share the images, and all of them get the whole result.
    """
    beta = objective.beta if beta is None else beta
    noise = torch.randn(len(images), model.config.latent_dim, generator=generator(NOISE_SEED))
    sums = torch.zeros(5, dtype=torch.float64)
    posterior = Posterior(torch.zeros_like(noise), torch.zeros_like(noise))
    with eval_mode(model):
        for rows in pieces(ranks.rows(len(images)), batch):
            values, found = _evaluate_batch(model, images[rows], noise[rows], objective)
            sums += values.cpu().double() * len(found.mean)
            posterior.mean[rows], posterior.log_variance[rows] = found
    ranks.sum([sums, *posterior], sums.device)
    reconstruction, kl, mse_mean, psnr_mean, ssim_mean = (sums / len(images)).tolist()
    means = Evaluation(
        elbo=reconstruction + kl,
        total=reconstruction + beta * kl,
        reconstruction=reconstruction,
        kl=kl,
        mse=mse_mean,
        psnr=psnr_mean,
        ssim=ssim_mean,
        count=len(images),
    )
    return Evaluated(means, posterior)


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Have `model` in eval mode for a while."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


def _evaluate_batch(model: VAE, pixels: Tensor, noise: Tensor, objective: ObjectiveConfig) -> tuple[Tensor, Posterior]:
    device = next(model.parameters()).device
    images = to_unit(pixels.to(device))
    output = model(images, noise.to(device))
    mean, log_variance = output.posterior
    loss = vae_loss(output.logits, images, mean, log_variance, reconstruction=objective.reconstruction, beta=1.0)
    decoded = to_images(model.decode(mean))
    quality = [metric(decoded, images).mean() for metric in (mse, psnr, ssim)]
    return torch.stack([loss.reconstruction, loss.kl, *quality]), output.posterior
