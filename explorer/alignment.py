"""Latent spaces of several epochs laid on one another, so that what still moves is learning.

A latent space has no orientation of its own: between two epochs it may turn or mirror itself without any image
being coded better or worse. The orthogonal Procrustes problem takes that out. Of all rotations and reflections it
finds the one that brings the points of one epoch nearest to the same images' points of another, in all dimensions
and without scaling: a cloud that grows has grown.

P. H. Schönemann, "A generalized solution of the orthogonal Procrustes problem", Psychometrika 31 (1966).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.principal import principal_plane

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Plane:
    """Epochs as they look on one plane.

    Attributes:
        points: f32 (E, N, 2), around the mean of each epoch.
        share: of the last epoch's variance that lies in the plane, 0 to 1.
    """

    points: Floats
    share: float


def aligned_plane(epochs: Sequence[NDArray[np.floating]]) -> Plane:
    """Latents of the same N images in E epochs, (N, L) each, aligned to the last and seen on its principal plane."""
    last = _centred(epochs[-1])
    plane = principal_plane(last)
    points = [align(each, last) @ plane.axes for each in epochs]
    return Plane(np.stack(points).astype(np.float32), float(plane.shares.sum()) or 1.0)  # all of nothing


def align(latents: NDArray[np.floating], reference: NDArray[np.floating]) -> Doubles:
    """`latents` (N, L) about their mean, rotated or mirrored as near to the centred `reference` (N, L) as can be."""
    centred = _centred(latents)
    left, _, right = np.linalg.svd(centred.T @ _centred(reference))
    aligned: Doubles = centred @ (left @ right)
    return aligned


def _centred(latents: NDArray[np.floating]) -> Doubles:
    wide = latents.astype(np.float64)
    centred: Doubles = wide - wide.mean(0)
    return centred
