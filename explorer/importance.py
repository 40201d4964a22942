"""The importance-weighted bound of a VAE: nearer to log p(x) than the ELBO, from the same encoder and decoder.

    log p(x) >= E log 1/k sum_i w_i >= ELBO,   w_i = p(x|z_i) p(z_i) / q(z_i|x),   z_i ~ q(z|x)

Burda et al. 2016, "Importance weighted autoencoders". Both are reported as a loss, nats, lower is better,
and from the same draws: the ELBO beside a bound is the mean of -log w over all k of them, so the bound is never
above it. At k = 1 the two are the same number.

What p(x|z) is, the run's objective says:

    bce   Bernoulli. Of grey images each pixel's value stands for the share of white, as in training: no density of
          grey levels. Of binarised ones it is a likelihood: a pixel is white with its grey value as the probability
          (Salakhutdinov & Murray 2008), drawn once, from a fixed seed.
    mse   Gaussian about the decoded image, of variance 1/2 a pixel, so that -log p(x|z) is the squared error; its
          constant, log(pi) / 2 a pixel, is left out as everywhere else.
    ssim  no likelihood: refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from explorer.batches import generator, to_unit
from explorer.checkpoint import load_weights
from explorer.compute import choose_device
from explorer.config import ObjectiveConfig, RunConfig
from explorer.errors import ConfigError
from explorer.models import build_model
from explorer.models.base import VAE, Posterior
from explorer.objectives import to_images
from explorer.runs import Run

SEED = 2016  # fixed, so that every model is given the same noise
BINARISED = 2008  # of the white pixels: every model is given the same images
BLOCK = 64  # samples that are drawn at a time, whatever k is: the first of many are those of few
DRAWS = f"positive = a loss, elbo and bound from the same draws of q(z|x), seed {SEED}"
MOST_PIXELS = 2_000_000  # that are decoded at a time


class LatentVariableModel(Protocol):
    """What the bound needs of a model whose prior is N(0, I)."""

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x) of images (N, ...); twice (N, L)."""

    def log_likelihood(self, images: Tensor, latents: Tensor) -> Tensor:
        """log p(x|z), nats (N, S), of images (N, ...) and S latents each, (N, S, L)."""


@dataclass(frozen=True)
class Bound:
    """Means over `count` images, nats, positive = a loss; `elbo` is of the same draws."""

    bound: float
    elbo: float
    samples: int
    count: int


class Tightening(NamedTuple):
    """How far it is, 0 to 1; the bound once it is there."""

    share: float
    found: Bound | None = None


@dataclass(frozen=True)
class ScoredVAE:
    """A VAE with the likelihood of its objective; uint8 images (N, 1, H, W), on the device of its weights."""

    model: VAE
    is_gaussian: bool

    @classmethod
    def open(cls, run: Run) -> "ScoredVAE":
        """The VAE of `run`, loaded for this alone. Raises RunError, and ConfigError where it has no bound."""
        config = run.read_record().config
        require_bound(config, samples=1, is_binarised=False)
        model = build_model(config.model)
        load_weights(model, run.read_weights())
        model.eval().requires_grad_(False)
        return cls(model.to(choose_device("auto")), config.objective.reconstruction == "mse")

    def posterior(self, images: Tensor) -> Posterior:
        """q(z|x); twice (N, L)."""
        return self.model.encode(to_unit(images.to(next(self.model.parameters()).device)))

    def log_likelihood(self, images: Tensor, latents: Tensor) -> Tensor:
        """log p(x|z), nats (N, S), of latents (N, S, L)."""
        logits = self.model.decode(latents.flatten(0, 1)).float().view(*latents.shape[:2], -1)  # (N, S, pixels)
        pixels = to_unit(images.to(latents.device)).flatten(1)
        if self.is_gaussian:
            return -(to_images(logits) - pixels[:, None]).square().sum(-1)
        return torch.einsum("nsp,np->ns", logits, pixels) - functional.softplus(logits).sum(-1)


def require_bound(config: RunConfig, samples: int, *, is_binarised: bool) -> None:
    """Raises ConfigError where a run has no such bound of such images, or for fewer than one sample."""
    if samples < 1:
        raise ConfigError(f"The bound needs at least one sample an image, not {samples}.")
    if config.has_codes:
        raise ConfigError("A VQ-VAE has no posterior to draw from, and so no bound to tighten; choose a VAE.")
    if config.objective.reconstruction == "ssim":
        raise ConfigError(
            "A bound on log p(x) needs a likelihood and structural error is none; choose a run trained with bce or mse."
        )
    if is_binarised and config.objective.reconstruction == "mse":
        raise ConfigError(
            "Binarised images are scored pixel by pixel as black or white, and this run was trained by squared error; "
            "leave the images grey or choose a run trained with bce."
        )


def importance_bound(
    model: LatentVariableModel, images: Tensor, samples: int, *, seed: int = SEED
) -> Iterator[Tightening]:
    """Draw `samples` latents an image and yield how far that is; the last one holds the bound.

    What an image is given depends on `seed` and its row alone. A piece of the images is drawn `BLOCK` samples at a
    time, so memory does not grow with either count.

    Args:
        model: on any device.
        images: (N, ...), as the model takes them; on the CPU.
        samples: k, at least 1.
        seed: of the noise.
    """
    at_once = max(1, MOST_PIXELS // (min(samples, BLOCK) * images[0].numel()))
    starts = range(0, samples, BLOCK)
    pieces = [(rows, rows + at_once) for rows in range(0, len(images), at_once)]
    bound = elbo = 0.0
    for done, (first, end) in enumerate(pieces):
        weights = _Weights.none(len(images[first:end]))
        for block, start in enumerate(starts):
            count = min(BLOCK, samples - start)
            weights = weights.with_more(_log_weights(model, images[first:end], first, block, count, seed))
            yield Tightening((done + (block + 1) / len(starts)) / len(pieces))
        bound -= float((weights.log_sum - torch.tensor(samples).log()).sum())
        elbo -= float(weights.sum_of_logs.sum()) / samples
    yield Tightening(1.0, Bound(bound / len(images), elbo / len(images), samples, len(images)))


def binarised(images: Tensor) -> Tensor:
    """uint8 images as 0 and 255: white with the grey value as the probability; an image's draw is that of its row."""
    drawn = [torch.rand(image.shape, generator=generator(BINARISED, row)) for row, image in enumerate(images)]
    return (torch.stack(drawn) < to_unit(images)).to(torch.uint8) * 255


def protocol(objective: ObjectiveConfig, *, is_binarised: bool) -> str:
    """What the images and the likelihood are, and how both numbers came about, in words."""
    return f"{form(objective, is_binarised=is_binarised)}; {DRAWS}"


def form(objective: ObjectiveConfig, *, is_binarised: bool) -> str:
    """What the images and the likelihood are, in words."""
    if objective.reconstruction == "mse":
        return "grey images, Gaussian of variance 1/2 without its constant"
    if is_binarised:
        return f"images binarised by chance, white with the grey value as the probability, seed {BINARISED}; Bernoulli"
    return "grey images, Bernoulli with a pixel's value as the share of white"


class _Weights(NamedTuple):
    """Of the draws so far: the log of the sum of w and the sum of log w, float64 (N,)."""

    log_sum: Tensor
    sum_of_logs: Tensor

    @classmethod
    def none(cls, count: int) -> "_Weights":
        zeros = torch.zeros(count, dtype=torch.float64)
        return cls(zeros - torch.inf, zeros)

    def with_more(self, log_weights: Tensor) -> "_Weights":
        """With those of further draws, (N, S)."""
        more = log_weights.cpu().double()
        return _Weights(torch.logaddexp(self.log_sum, more.logsumexp(1)), self.sum_of_logs + more.sum(1))


@torch.inference_mode()
def _log_weights(model: LatentVariableModel, images: Tensor, first: int, block: int, count: int, seed: int) -> Tensor:
    """log w (N, `count`) of draws number `block` * BLOCK and on, of images whose rows begin at `first`."""
    mean, log_variance = model.posterior(images)
    drawn = [
        torch.randn(BLOCK, mean.shape[1], generator=generator(seed, first + row, block)) for row in range(len(mean))
    ]
    noise = torch.stack(drawn)[:, :count].to(mean.device)
    latents = Posterior(mean[:, None], log_variance[:, None]).sample(noise)
    log_ratio = 0.5 * (noise.square() + log_variance[:, None] - latents.square()).sum(-1)  # log p(z) / q(z|x)
    return model.log_likelihood(images, latents) + log_ratio
