"""What a training step is fed with: images that lie on the device, a shuffle and noise without state.

The shuffle is a function of (seed, epoch) and the noise of (seed, step), both drawn on the CPU, so
that a resumed run sees exactly what the uninterrupted one saw, on any device.
"""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SHUFFLE, NOISE = 1, 2  # streams of one seed that never meet


def to_unit(pixels: Tensor) -> Tensor:
    """uint8 in 0..255 -> float32 in [0, 1], on the same device."""
    return pixels.float().div_(255)


def resident(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Images as uint8 on `device`: a quarter of the memory of floats, and as fast (they scale per batch)."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device)


def epoch_batches(images: Tensor, batch_size: int, seed: int, epoch: int, start: int) -> Iterator[Tensor]:
    """Batches of uint8 (B, 1, H, W) in the order of (seed, epoch), from batch number `start` on."""
    order = torch.randperm(len(images), generator=generator(seed, SHUFFLE, epoch)).to(images.device)
    shuffled = images[order]  # one gather an epoch, then every batch is a slice
    yield from torch.split(shuffled, batch_size)[start:]


def step_noise(seed: int, step: int, shape: tuple[int, int], device: torch.device) -> Tensor:
    """Standard normal (B, L) of training step `step`."""
    return torch.randn(shape, generator=generator(seed, NOISE, step)).to(device, non_blocking=True)


def generator(*entropy: int) -> torch.Generator:
    """A CPU generator seeded by several numbers: torch's own seed keeps 32 bits, so they are hashed."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))
