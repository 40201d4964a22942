"""A trained VAE, ready to answer: arrays in, arrays out.

One session serves every browser, so it is locked, in eval mode, and its answers are the same
however little memory there is.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.batches import as_tensor, generator, to_unit
from explorer.browser_net import REFERENCES, BrowserNet, export_decoder, export_encoder
from explorer.checkpoint import load_weights
from explorer.compute import choose_device
from explorer.datasets.image_set import ImageSet
from explorer.errors import RunError
from explorer.evaluation import evaluate
from explorer.memory import Room
from explorer.metrics import gaussian_kl, mse, psnr, ssim
from explorer.models import build_model
from explorer.objectives import errors, to_images
from explorer.records import Evaluation, RunRecord
from explorer.runs import Run

BATCH = 500
Floats = NDArray[np.float32]


class Losses(NamedTuple):
    """What images cost a VAE, each (N,), and what comes by the way.

    Attributes:
        elbo: of one posterior sample, beta 1, positive = a loss; reconstruction: of the posterior mean, the run's own
            term summed over pixels; kl: summed over dimensions. All in nats where that term is BCE.
        mean: of the posterior, (N, L); decoded: the image of it, (N, H, W) in [0, 1].
    """

    elbo: Floats
    reconstruction: Floats
    kl: Floats
    mean: Floats
    decoded: Floats


class Loaded(ABC):
    """A model in eval mode on the GPU if there is one; `Session` and `CodeSession` say what it answers."""

    def __init__(self, record: RunRecord, model: nn.Module, place: Callable[[torch.device], object]) -> None:
        self.record = record
        model.eval().requires_grad_(False)
        self.room = Room(choose_device("auto"), place)
        self._lock = threading.Lock()

    @property
    def notice(self) -> str:
        """What was done about a lack of memory, for the user to see; empty while nothing was."""
        return " ".join(self.room.notices)

    @abstractmethod
    def reconstruct(self, images: NDArray[np.uint8], noise: Floats | None = None) -> Floats:
        """Images (N, H, W) in [0, 1] of uint8 images (N, 1, H, W)."""

    @abstractmethod
    def evaluate(self, images: ImageSet) -> Evaluation:
        """The numbers of `records.Evaluation` on every image of the set."""

    @abstractmethod
    def sample(self, count: int, seed: int) -> Floats:
        """Images (count, H, W) decoded from draws of the prior."""

    def quality(self, images: NDArray[np.uint8], noise: Floats | None = None) -> dict[str, Floats]:
        """ "mse", "psnr" and "ssim", each (N,), of `reconstruct`."""
        parts = []
        for start in range(0, len(images), BATCH):
            rows = slice(start, start + BATCH)
            decoded = self.reconstruct(images[rows], None if noise is None else noise[rows])
            pair = torch.from_numpy(decoded)[:, None], to_unit(torch.from_numpy(images[rows]))
            parts.append([metric(*pair).numpy() for metric in (mse, psnr, ssim)])
        return dict(zip(("mse", "psnr", "ssim"), map(np.concatenate, zip(*parts, strict=True)), strict=True))

    def _compute(self, function: Callable[..., tuple[Tensor, ...]], *inputs: Tensor) -> list[NDArray[Any]]:
        """The arrays that `function` makes of `inputs` of equal length, a batch at a time."""

        def in_batches(most: int) -> list[NDArray[Any]]:
            batches = zip(*(torch.split(each, most) for each in inputs), strict=True)
            parts = [
                [each.cpu() for each in function(*(part.to(self.room.device) for part in batch))] for batch in batches
            ]
            return [torch.cat(each).numpy() for each in zip(*parts, strict=True)]

        with self._lock, torch.inference_mode():
            return self.room.fit(min(BATCH, len(inputs[0])), in_batches)


class Session(Loaded):
    """The VAE of one run. Raises RunError when the run cannot be loaded."""

    def __init__(self, run: Run) -> None:
        record = run.read_record()
        if record.config.has_codes:
            raise RunError(f"{run.name} is a VQ-VAE and has no latent numbers; choose a VAE.")
        self.model = build_model(record.config.model)
        load_weights(self.model, run.read_weights())
        super().__init__(record, self.model, self.model.to)

    def encode(self, images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Posterior mean and log variance, each (N, L), of uint8 images (N, 1, H, W)."""
        mean, log_variance = self._compute(lambda batch: self.model.encode(to_unit(batch)), as_tensor(images))
        return mean, log_variance

    def decode(self, latents: Floats) -> Floats:
        """Images (N, H, W) in [0, 1] of latents (N, L)."""
        (images,) = self._compute(lambda batch: (to_images(self.model.decode(batch)),), torch.from_numpy(latents))
        return images[:, 0]

    def reconstruct(self, images: NDArray[np.uint8], noise: Floats | None = None) -> Floats:
        """Images (N, H, W) decoded from the posterior mean, or with noise (N, L) from mean + sigma * noise."""
        latents, log_variance = self.encode(images)
        if noise is not None:
            latents = latents + np.exp(0.5 * log_variance) * noise
        return self.decode(latents)

    def losses(self, images: NDArray[np.uint8], noise: Floats) -> Losses:
        """What each of uint8 images (N, 1, H, W) costs, given the noise (N, L) of its posterior sample."""
        term = self.record.config.objective.reconstruction

        def measure(batch: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
            unit = to_unit(batch)
            output = self.model(unit, noise)
            mean, logits = output.posterior.mean, self.model.decode(output.posterior.mean)
            kl = gaussian_kl(*output.posterior).sum(1)
            elbo = errors(output.logits, unit, term) + kl
            return elbo, errors(logits, unit, term), kl, mean, to_images(logits)[:, 0]

        return Losses(*self._compute(measure, as_tensor(images), torch.from_numpy(noise)))

    def round_trip(self, latents: Floats) -> Floats:
        """How far encode(decode(z)) lands from latents z (N, L), in its posterior's standard deviations.

        The root mean square over the dimensions; (N,).
        """

        def distance(batch: Tensor) -> tuple[Tensor, ...]:
            mean, log_variance = self.model.encode(to_images(self.model.decode(batch)))
            return (((mean - batch) * (-0.5 * log_variance).exp()).square().mean(1).sqrt(),)

        return self._compute(distance, torch.from_numpy(latents))[0]

    def sample(self, count: int, seed: int) -> Floats:
        """Images (count, H, W) decoded from draws of the prior N(0, I)."""
        return self.decode(standard_normal((count, self.record.config.latent_dim), seed))

    def evaluate(self, images: ImageSet) -> Evaluation:
        """The numbers of `evaluation.py` on every image of the set."""
        pixels, objective = as_tensor(images.images), self.record.config.objective
        with self._lock:
            count = min(BATCH, len(pixels))
            return self.room.fit(count, lambda most: evaluate(self.model, pixels, objective, batch=most)).means

    def browser_decoder(self) -> BrowserNet:
        """The decoder for `net.js`."""
        with self._lock:
            return export_decoder(self.model.decoder, self.model.config.latent_dim)

    def browser_encoder(self) -> BrowserNet:
        """The encoder for `net.js`."""
        images = torch.from_numpy(self.sample(REFERENCES, seed=0))[:, None]
        with self._lock:
            return export_encoder(self.model.encoder, images)


def standard_normal(shape: tuple[int, ...], seed: int) -> Floats:
    """Standard normal numbers, the same for the same seed."""
    return torch.randn(shape, generator=generator(seed)).numpy()
