"""A VAE's numbers on a set of images.

    elbo            nats, positive = a loss, always beta 1, one posterior sample an image; for an MSE
                    objective the squared error stands for -log p(x|z), so it is nats up to a constant
    total           the run's own objective, from the same sample
    reconstruction  its first term, summed over pixels; kl: nats, summed over dimensions
    mse, psnr, ssim of the image decoded from the posterior mean, means of per-image values

Units and protocol belong to a number: `PROTOCOL` says them in words.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from explorer.batches import generator, to_unit
from explorer.config import ObjectiveConfig
from explorer.metrics import SSIM_PROTOCOL, mse, psnr, ssim
from explorer.models.base import VAE, Posterior
from explorer.objectives import to_images, vae_loss
from explorer.records import Evaluation

BATCH = 500
NOISE_SEED = 2014  # fixed, so that every evaluation draws the same noise
PROTOCOL = f"decoded posterior mean, {SSIM_PROTOCOL}; PSNR is the mean of per-image values"


class Evaluated(NamedTuple):
    """The means, and the posterior (N, L) that they came from, on the CPU."""

    means: Evaluation
    posterior: Posterior


@torch.inference_mode()
def evaluate(model: VAE, images: Tensor, objective: ObjectiveConfig, *, beta: float | None = None) -> Evaluated:
    """Evaluate `model` on uint8 images (N, 1, H, W) that lie on its device; it is in eval mode meanwhile.

    `beta` is the weight of `total`, by default the objective's own. The noise of an
    image is a function of its row alone: two models, or two epochs, are given the same.
    """
    was_training = model.training
    model.eval()
    beta = objective.beta if beta is None else beta
    noise = torch.randn(len(images), model.config.latent_dim, generator=generator(NOISE_SEED))
    sums = torch.zeros(5, dtype=torch.float64)
    posteriors = []
    for pixels, batch_noise in zip(torch.split(images, BATCH), torch.split(noise, BATCH), strict=True):
        values, posterior = _evaluate_batch(model, to_unit(pixels), batch_noise.to(images.device), objective)
        sums += values.cpu().double() * len(pixels)
        posteriors.append(posterior)
    model.train(was_training)
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
    return Evaluated(means, Posterior(*(torch.cat(parts).cpu() for parts in zip(*posteriors, strict=True))))


def _evaluate_batch(model: VAE, images: Tensor, noise: Tensor, objective: ObjectiveConfig) -> tuple[Tensor, Posterior]:
    output = model(images, noise)
    mean, log_variance = output.posterior
    loss = vae_loss(output.logits, images, mean, log_variance, reconstruction=objective.reconstruction, beta=1.0)
    decoded = to_images(model.decode(mean))
    quality = [metric(decoded, images).mean() for metric in (mse, psnr, ssim)]
    return torch.stack([loss.reconstruction, loss.kl, *quality]), output.posterior
