"""A VQ-VAE's numbers on a set of images.

    total           the run's own objective; reconstruction: its first term, summed over pixels;
                    commitment: the second before it is weighted, summed over sites and numbers
    mse, psnr, ssim of the decoded code map, means of per-image values
    usage           share of the codes that some image of the set uses
    perplexity      exp of the entropy of how often each code is used in the whole set: as many codes,
                    used alike, would be as varied

Usage and perplexity count over all images at once: a mean over batches would depend on their size.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from explorer.batches import pieces, to_unit
from explorer.config import ObjectiveConfig
from explorer.evaluation import BATCH, eval_mode
from explorer.metrics import SSIM_PROTOCOL, mse, psnr, ssim
from explorer.models.vqvae import VQVAE
from explorer.objectives import to_images, vq_loss
from explorer.ranks import ALONE, Ranks
from explorer.records import Evaluation

PROTOCOL = f"decoded code map, {SSIM_PROTOCOL}; PSNR is the mean of per-image values"


class EvaluatedCodes(NamedTuple):
    """The means, and the code maps int64 (N, s, s) that they came from, on the CPU."""

    means: Evaluation
    codes: Tensor


@torch.inference_mode()
def evaluate_codes(
    model: VQVAE, images: Tensor, objective: ObjectiveConfig, *, batch: int = BATCH, ranks: Ranks = ALONE
) -> EvaluatedCodes:
    """Evaluate `model` on uint8 images (N, 1, H, W), `batch` at a time; it is in eval mode meanwhile.

    Several ranks share the images, and all of them get the whole result.
    """
    side = model.config.map_size
    codes = torch.zeros(len(images), side, side, dtype=torch.int64)
    sums = torch.zeros(5, dtype=torch.float64)
    with eval_mode(model):
        for rows in pieces(ranks.rows(len(images)), batch):
            values, codes[rows] = _evaluate_batch(model, images[rows], objective)
            sums += values.cpu().double() * len(codes[rows])
    ranks.sum([sums, codes], sums.device)
    reconstruction, commitment, mse_mean, psnr_mean, ssim_mean = (sums / len(images)).tolist()
    counts = torch.bincount(codes.flatten(), minlength=model.config.codebook_size)
    means = Evaluation(
        total=reconstruction + objective.commitment * commitment,
        reconstruction=reconstruction,
        commitment=commitment,
        mse=mse_mean,
        psnr=psnr_mean,
        ssim=ssim_mean,
        perplexity=perplexity(counts),
        usage=float((counts > 0).double().mean()),
        count=len(images),
    )
    return EvaluatedCodes(means, codes)


def perplexity(counts: Tensor) -> float:
    """exp of the entropy of K counts (K,); 1 to K."""
    shares = counts.double() / counts.sum()
    return float(torch.special.entr(shares).sum().exp())


def _evaluate_batch(model: VQVAE, pixels: Tensor, objective: ObjectiveConfig) -> tuple[Tensor, Tensor]:
    images = to_unit(pixels.to(next(model.parameters()).device))
    output = model(images)
    loss = vq_loss(
        output.logits,
        images,
        output.commitment,
        reconstruction=objective.reconstruction,
        weight=objective.commitment,
    )
    decoded = to_images(output.logits)
    quality = [metric(decoded, images).mean() for metric in (mse, psnr, ssim)]
    return torch.stack([loss.reconstruction, loss.commitment, *quality]), output.codes.cpu()
