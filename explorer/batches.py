"""What a training step is fed with: a shuffle and noise without state, in pieces as large as memory allows.

The shuffle is a function of (seed, epoch) and the noise of (seed, step), both drawn on the CPU and
for the whole batch, however many processes share it: a resumed run, any device and any number of
processes see exactly what one uninterrupted process saw.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SHUFFLE, NOISE, AUGMENTATION, REVIVAL, DROPOUT = 1, 2, 3, 4, 5  # streams of one seed that never meet


@dataclass(frozen=True)
class Batch:
    """uint8 images (B, 1, H, W) and, where the set has classes, their labels int64 (B,)."""

    pixels: Tensor
    labels: Tensor | None

    def __len__(self) -> int:
        return len(self.pixels)

    def rows(self, rows: slice | Tensor) -> "Batch":
        """Only these rows."""
        return Batch(self.pixels[rows], None if self.labels is None else self.labels[rows])


def to_unit(pixels: Tensor) -> Tensor:
    """uint8 in 0..255 -> float32 in [0, 1], on the same device."""
    return pixels.float().div_(255)


def as_tensor(images: NDArray[np.uint8]) -> Tensor:
    """The same images, still uint8: a quarter of the memory of floats, and as fast (they scale per batch)."""
    return torch.from_numpy(np.ascontiguousarray(images))


def shuffled(images: Batch, seed: int, epoch: int) -> Batch:
    """`images` in the order of (seed, epoch): one gather an epoch, then every batch is a slice."""
    return images.rows(torch.randperm(len(images), generator=generator(seed, SHUFFLE, epoch)))


def pieces(rows: slice, most: int) -> Iterator[slice]:
    """`rows` in their order, at most `most` at a time."""
    for start in range(rows.start, rows.stop, most):
        yield slice(start, min(start + most, rows.stop))


def step_noise(seed: int, step: int, shape: tuple[int, int]) -> Tensor:
    """Standard normal (B, L) of training step `step`."""
    return torch.randn(shape, generator=generator(seed, NOISE, step))


def generator(*entropy: int) -> torch.Generator:
    """A CPU generator seeded by several numbers: torch's own seed keeps 32 bits, so they are hashed."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))
