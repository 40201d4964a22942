"""A codebook looked at: how often its codes are used, and what they look like when they are decoded."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
AROUND = 3  # sites a patch spans, a side: its own and one around it


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


def shrunk(images: Floats, most: int) -> Floats:
    """Images (N, S, S) of at most `most` pixels a side: means of equal squares of pixels."""
    count, side, _ = images.shape
    factor = next(each for each in range(1, side + 1) if side % each == 0 and side // each <= most)
    smaller = side // factor
    means: Floats = images.reshape(count, smaller, factor, smaller, factor).mean((2, 4))
    return means
