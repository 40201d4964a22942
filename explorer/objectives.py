"""What training minimises, and the one place where logits become images.

Decoders end in logits whatever the reconstruction term, so a model can be trained with either and
shown with `to_images`. Everything here is computed in float32, also under bf16 autocast.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from explorer.metrics import gaussian_kl, ssim_map

Reconstruction = Literal["bce", "mse", "ssim"]

STRUCTURE = 0.1  # weight of a window's 1 - SSIM beside a pixel's squared error, for "ssim"


class LossParts(NamedTuple):
    """The loss and its terms: float32 scalars, each a mean over the batch, so independent of its size.

    Attributes:
        total: reconstruction + beta * kl; for BCE and beta = 1 the negative ELBO in nats.
        reconstruction: summed over channels and pixels.
        kl: summed over latent dimensions, nats, not weighted.
    """

    total: Tensor
    reconstruction: Tensor
    kl: Tensor


class VQLossParts(NamedTuple):
    """The loss of a VQ-VAE and its terms: float32 scalars, each a mean over the batch.

    Attributes:
        total: reconstruction + weight * commitment. The codebook has no term: it follows the encoder.
        reconstruction: summed over channels and pixels.
        commitment: squared distance of the encoder's vectors to their codes, summed over sites and numbers.
    """

    total: Tensor
    reconstruction: Tensor
    commitment: Tensor


def to_images(logits: Tensor) -> Tensor:
    """Decoder output as images: the sigmoid, float32 in [0, 1], same shape."""
    return logits.float().sigmoid()


def vae_loss(
    logits: Tensor,
    images: Tensor,
    mean: Tensor,
    log_variance: Tensor,
    *,
    reconstruction: Reconstruction,
    beta: float,
) -> LossParts:
    """Loss of a beta-VAE (Higgins et al. 2017; beta = 1: Kingma & Welling 2014).

    Args:
        logits: decoder output, (N, C, H, W).
        images: what it should be, (N, C, H, W) in [0, 1].
        mean: of the posterior, (N, L).
        log_variance: of the posterior, (N, L).
        reconstruction: "bce", Bernoulli negative log-likelihood; "mse", squared error of `to_images(logits)`;
            "ssim", `structural_error`.
        beta: weight of the KL term.
    """
    count = len(images)
    error = RECONSTRUCTIONS[reconstruction](logits.float(), images.float()) / count
    kl = gaussian_kl(mean.float(), log_variance.float()).sum() / count
    return LossParts(total=error + beta * kl, reconstruction=error, kl=kl)


def vq_loss(
    logits: Tensor, images: Tensor, commitment: Tensor, *, reconstruction: Reconstruction, weight: float
) -> VQLossParts:
    """Loss of a VQ-VAE whose codebook is a running mean (van den Oord et al. 2017, appendix A.1).

    Args:
        logits: decoder output, (N, C, H, W).
        images: what it should be, (N, C, H, W) in [0, 1].
        commitment: scalar, summed over all.
        reconstruction: as for `vae_loss`.
        weight: of the commitment term.
    """
    count = len(images)
    error = RECONSTRUCTIONS[reconstruction](logits.float(), images.float()) / count
    commitment = commitment.float() / count
    return VQLossParts(total=error + weight * commitment, reconstruction=error, commitment=commitment)


def beta_at(beta: float, warmup_epochs: float, epoch: float) -> float:
    """Weight of the KL term `epoch` epochs (a fraction too) into training: linear from 0, then `beta`."""
    return beta * min(1.0, epoch / warmup_epochs) if warmup_epochs else beta


def bernoulli_nll(logits: Tensor, images: Tensor) -> Tensor:
    """Binary cross-entropy of `images` in [0, 1] under `logits` of the same shape, summed over all; nats."""
    loss: Tensor = _BernoulliNLL.apply(logits, images)
    return loss


def squared_error(logits: Tensor, images: Tensor) -> Tensor:
    """Squared error of `to_images(logits)` for each image of a batch (N, C, H, W), summed over its pixels; (N,)."""
    return (to_images(logits) - images).square().sum((1, 2, 3))


def structural_error(logits: Tensor, images: Tensor) -> Tensor:
    """Squared error + `STRUCTURE` * (1 - SSIM), summed over each image's pixels and 7 × 7 windows; (N,).

    Squared error alone spends a model's bits where the contrast is high; the second term asks for the
    pattern of every window alike (Wang et al. 2004; as a loss: Zhao et al. 2017).
    """
    dissimilarity = (1 - ssim_map(to_images(logits), images)).sum((1, 2, 3))
    return squared_error(logits, images) + STRUCTURE * dissimilarity


RECONSTRUCTIONS: dict[Reconstruction, Callable[[Tensor, Tensor], Tensor]] = {
    "bce": bernoulli_nll,
    "mse": lambda logits, images: squared_error(logits, images).sum(),
    "ssim": lambda logits, images: structural_error(logits, images).sum(),
}


def errors(logits: Tensor, images: Tensor, reconstruction: Reconstruction) -> Tensor:
    """The reconstruction term of each image of a batch (N, C, H, W), summed over its pixels; float32 (N,)."""
    logits, images = logits.float(), images.float()
    if reconstruction == "bce":
        return functional.binary_cross_entropy_with_logits(logits, images, reduction="none").sum((1, 2, 3))
    return squared_error(logits, images) if reconstruction == "mse" else structural_error(logits, images)


class _BernoulliNLL(torch.autograd.Function):
    """max(l, 0) - x l - log max(p, 1 - p) with p = sigmoid(l), and its gradient p - x, from one sigmoid.

    The same number as `binary_cross_entropy_with_logits`, whose log1p is what makes it slow on a CPU.
    The larger of p and 1 - p is at least a half, so its log never overflows. No gradient for `images`.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, images: Tensor) -> Tensor:
        p = logits.sigmoid()
        loss = logits.clamp_min(0).sum() - (images * logits).sum() - torch.maximum(p, 1 - p).log_().sum()
        ctx.save_for_backward(p.sub_(images))
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (difference,) = ctx.saved_tensors
        return grad * difference, None
