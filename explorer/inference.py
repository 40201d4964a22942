"""A trained model, ready to answer: arrays in, arrays out.

One `Session` serves every browser, so it is locked, in eval mode, and never changed by a call.
"""

import threading

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.batches import generator, resident, to_unit
from explorer.browser_net import BrowserNet, export_decoder
from explorer.checkpoint import load_weights
from explorer.compute import choose_device
from explorer.datasets.image_set import ImageSet
from explorer.evaluation import evaluate
from explorer.metrics import mse, psnr, ssim
from explorer.models import build_model
from explorer.objectives import to_images
from explorer.records import Evaluation
from explorer.runs import Run

BATCH = 500
Floats = NDArray[np.float32]


class Session:
    """The model of one run on its device. Raises RunError when the run cannot be loaded."""

    def __init__(self, run: Run) -> None:
        self.record = run.read_record()
        self.device = choose_device("auto")
        model = build_model(self.record.config.model)
        load_weights(model, run.read_weights())
        self.model = model.to(self.device).eval().requires_grad_(False)
        self._lock = threading.Lock()

    def encode(self, images: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Posterior mean and log variance, each (N, L), of uint8 images (N, 1, H, W)."""
        with self._lock, torch.inference_mode():
            parts = [self.model.encode(to_unit(batch)) for batch in torch.split(resident(images, self.device), BATCH)]
        mean, log_variance = (torch.cat(each).cpu().numpy() for each in zip(*parts, strict=True))
        return mean, log_variance

    def decode(self, latents: Floats) -> Floats:
        """Images (N, H, W) in [0, 1] of latents (N, L)."""
        with self._lock, torch.inference_mode():
            batches = torch.split(torch.from_numpy(latents).to(self.device), BATCH)
            parts = [to_images(self.model.decode(batch))[:, 0] for batch in batches]
        return torch.cat(parts).cpu().numpy()

    def reconstruct(self, images: NDArray[np.uint8], noise: Floats | None = None) -> Floats:
        """Images (N, H, W) decoded from the posterior mean, or with noise (N, L) from mean + sigma * noise."""
        latents, log_variance = self.encode(images)
        if noise is not None:
            latents = latents + np.exp(0.5 * log_variance) * noise
        return self.decode(latents)

    def quality(self, images: NDArray[np.uint8], noise: Floats | None = None) -> dict[str, Floats]:
        """ "mse", "psnr" and "ssim", each (N,), of `reconstruct`."""
        parts = []
        for start in range(0, len(images), BATCH):
            rows = slice(start, start + BATCH)
            decoded = self.reconstruct(images[rows], None if noise is None else noise[rows])
            pair = torch.from_numpy(decoded)[:, None], to_unit(torch.from_numpy(images[rows]))
            parts.append([metric(*pair).numpy() for metric in (mse, psnr, ssim)])
        return dict(zip(("mse", "psnr", "ssim"), map(np.concatenate, zip(*parts, strict=True)), strict=True))

    def sample(self, count: int, seed: int) -> Floats:
        """Images (count, H, W) decoded from draws of the prior N(0, I)."""
        return self.decode(standard_normal((count, self.record.config.model.latent_dim), seed))

    def evaluate(self, images: ImageSet) -> Evaluation:
        """The numbers of `evaluation.py` on every image of the set."""
        with self._lock:
            return evaluate(self.model, resident(images.images, self.device), self.record.config.objective).means

    def browser_decoder(self) -> BrowserNet:
        """The decoder for `net.js`."""
        with self._lock:
            return export_decoder(self.model.decoder, self.model.config.latent_dim)


def standard_normal(shape: tuple[int, ...], seed: int) -> Floats:
    """Standard normal numbers, the same for the same seed."""
    return torch.randn(shape, generator=generator(seed)).numpy()
