"""What a run stores of its latent space: a small snapshot an epoch, and the whole test posterior of the newest weights.

A snapshot of a VAE holds
    latents          f16 (M, L)        posterior means of the first M test images, M <= 2,000
    reconstructions  u8 (R, H, W)      decoded posterior means of R fixed test images
    rows             i64 (R,)          their rows in the test split
    samples          u8 (R, H, W)      decodes of R fixed draws from the prior

and one of a VQ-VAE the same reconstructions and rows, and no more: its prior is trained afterwards.

A run keeps so many of them at most: the untrained model, every second epoch where there are too many, or every
fourth, eighth, ..., and the last. Who trains on after that keeps what a longer run would have kept.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.batches import generator
from explorer.checkpoint import Arrays
from explorer.config import TrainingConfig
from explorer.datasets.image_set import ImageSet
from explorer.latent import RANGE
from explorer.metrics import gaussian_kl
from explorer.models.base import VAE, Posterior
from explorer.models.vqvae import VQVAE
from explorer.objectives import to_images
from explorer.runs import Run

LATENTS = 2000  # test images whose latents a snapshot keeps
SHEET = 10  # images of each kind in a snapshot
SAMPLES_SEED = 10


class Snapshots:
    """Writes the snapshots of one run, always of the same images and the same draws."""

    def __init__(self, run: Run, test_set: ImageSet, training: TrainingConfig) -> None:
        self.run, self.test_set = run, test_set
        self.due = due_epochs(training.epochs, training.snapshots)
        self.rows = test_set.telling_rows(SHEET)

    @torch.inference_mode()
    def write(self, epoch: int, model: VAE, means: Tensor) -> None:
        """Store the snapshot of `epoch`, given the posterior means (N, L) of the test images."""
        if epoch not in self.due:
            return
        device = next(model.parameters()).device
        prior = torch.randn(SHEET, means.shape[1], generator=generator(SAMPLES_SEED))
        self._keep(
            epoch,
            {
                "latents": means[:LATENTS].half().numpy(),
                "reconstructions": _decode(model, means[self.rows].to(device)),
                "rows": self.rows,
                "samples": _decode(model, prior.to(device)),
            },
        )

    @torch.inference_mode()
    def write_codes(self, epoch: int, model: VQVAE, codes: Tensor) -> None:
        """Store the snapshot of `epoch` of a VQ-VAE, given the code maps (N, s, s) of the test images."""
        if epoch in self.due:
            decoded = _decode(model, codes[self.rows].to(model.quantiser.codebook.device))
            self._keep(epoch, {"reconstructions": decoded, "rows": self.rows})

    def _keep(self, epoch: int, arrays: Arrays) -> None:
        self.run.write_snapshot(epoch, arrays)
        self.run.keep_snapshots(self.due)  # those of a shorter plan may stand between


def due_epochs(epochs: int, most: int) -> frozenset[int]:
    """Which of the epochs 0 to `epochs` are kept: at most `most`, evenly apart, the last one always."""
    if most < 2:
        return frozenset([epochs][:most])
    stride = 1
    while len(due := frozenset([*range(0, epochs, stride), epochs])) > most:
        stride *= 2
    return due


def summarise_latents(posterior: Posterior, test_set: ImageSet) -> Arrays:
    """Arrays for `latents.safetensors`: the posterior of all N test images, and what sliders need of it.

    mean, log_variance: f16 (N, L); labels: i16 (N,) where there are classes; one i32 (N,) column
    for each metadata column; kl: f32 (L,), mean nats; low, high: f32 (L,), the `RANGE` quantiles
    of one sample of q(z|x) an image.
    """
    mean, log_variance = posterior
    noise = torch.randn(mean.shape, generator=generator(SAMPLES_SEED))
    low, high = np.quantile(posterior.sample(noise).numpy(), RANGE, axis=0).astype(np.float32)
    arrays: Arrays = {
        "mean": mean.half().numpy(),
        "log_variance": log_variance.half().numpy(),
        "kl": gaussian_kl(mean, log_variance).mean(0).numpy(),
        "low": low,
        "high": high,
    }
    if test_set.labels is not None:
        arrays["labels"] = test_set.labels.astype(np.int16)
    return arrays | {name: column.astype(np.int32) for name, column in test_set.metadata.items()}


def _decode(model: VAE | VQVAE, latents: Tensor) -> NDArray[np.uint8]:
    images = to_images(model.decode(latents))[:, 0]
    return (images * 255).round().byte().cpu().numpy()
