"""A codebook looked at: what its codes look like when they are decoded, and where they lie among each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
AROUND = 3  # sites a patch spans, a side: its own and one around it


@dataclass(frozen=True)
class Plane:
    """Codes on the two principal axes of a codebook.

    Attributes:
        points: (K, 2).
        shares: of the variance, the two axes'.
    """

    points: Floats
    shares: tuple[float, float]


def uses_of(codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How often maps (N, s, s) use each of `size` codes, (K,)."""
    return np.bincount(codes.ravel(), minlength=size)


def mean_patches(images: Floats, codes: NDArray[np.int64], size: int) -> Floats:
    """What images (N, S, S) look like, on average, where their maps (N, s, s) have each code.

    A patch (3p, 3p) is the p x p pixels of a site and as many around it, black beyond the image. Gives
    (K, 3p, 3p), zeros for a code that no map has.
    """
    side = codes.shape[-1]
    pixels = images.shape[-1] // side
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels)))
    uses = np.maximum(uses_of(codes, size), 1)
    patches = np.empty((size, AROUND * pixels, AROUND * pixels), np.float32)
    for row in range(AROUND * pixels):
        for column in range(AROUND * pixels):
            there = padded[:, row : row + side * pixels : pixels, column : column + side * pixels : pixels]
            patches[:, row, column] = np.bincount(codes.ravel(), there.ravel(), size) / uses
    return patches


def principal_plane(codebook: Floats) -> Plane:
    """The codes (K, D) on the plane of their largest variance; the largest component of each axis is positive."""
    centred = codebook.astype(np.float64) - codebook.mean(0, dtype=np.float64)
    _, spread, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes * np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1))
    missing = max(0, 2 - len(axes))  # a codebook of vectors of one number
    points = np.pad(centred @ axes[:2].T, ((0, 0), (0, missing)))
    shares = np.pad(np.square(spread), (0, missing)) / max(float(np.square(spread).sum()), 1e-12)
    return Plane(points.astype(np.float32), (float(shares[0]), float(shares[1])))


def shrunk(images: Floats, most: int) -> Floats:
    """Images (N, S, S) of at most `most` pixels a side: means of equal squares of pixels."""
    count, side, _ = images.shape
    factor = next(each for each in range(1, side + 1) if side % each == 0 and side // each <= most)
    smaller = side // factor
    means: Floats = images.reshape(count, smaller, factor, smaller, factor).mean((2, 4))
    return means
