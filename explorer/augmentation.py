"""Scans as they might have been taken: shifted, turned, nearer, mirrored and of another contrast, all by a little.

Few subjects make a network learn them by heart; what varies between scanners and postures is cheap to
vary. Numbers decide what is done, so that a step is the same whoever computes it.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

NUMBERS = 6  # uniform numbers that one image's augmentation is made of
SHIFT = 0.05  # of half the image, in both directions
TURN = math.radians(6)
SIZE = 0.05  # relative
GAMMA = 0.12  # relative change of the exponent
GAMMA_ALONE = 0.18  # the same where nothing else is varied


def contrasted(images: Tensor, numbers: Tensor) -> Tensor:
    """Images of another contrast alone, which leaves registered scans where they are; arguments as of `augmented`."""
    return _with_exponent(images, 1 + GAMMA_ALONE * (2 * numbers[:, -1] - 1))


def augmented(images: Tensor, numbers: Tensor) -> Tensor:
    """Images (N, 1, H, W) in [0, 1] as `numbers` (N, 6), uniform in [0, 1), say; what comes into view is black."""
    right, down, turn, size, mirror, gamma = (2 * numbers - 1).unbind(1)
    sine, cosine, scale = (TURN * turn).sin(), (TURN * turn).cos(), 1 + SIZE * size
    flip = mirror.sign()
    rows = [
        torch.stack([flip * scale * cosine, -scale * sine, SHIFT * right], 1),
        torch.stack([flip * scale * sine, scale * cosine, SHIFT * down], 1),
    ]
    grid = functional.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, mode="bicubic", align_corners=False).clamp(0, 1)
    return _with_exponent(moved, 1 + GAMMA * gamma)


def _with_exponent(images: Tensor, exponents: Tensor) -> Tensor:
    return images ** exponents[:, None, None, None]
