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
    axes, share = _principal_plane(last)
    points = [align(each, last) @ axes for each in epochs]
    return Plane(np.stack(points).astype(np.float32), share)


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


def _principal_plane(centred: Doubles) -> tuple[Doubles, float]:
    """The two axes (L, 2) of largest variance, each with its largest component positive, and their share of it.

    A single dimension gets an axis of nothing beside it.
    """
    variance, axes = np.linalg.eigh(centred.T @ centred)
    plane = axes[:, :-3:-1]
    plane = plane * np.sign(np.take_along_axis(plane, np.abs(plane).argmax(0)[np.newaxis], 0))
    total = variance.sum()
    share = float(variance[-2:].sum() / total) if total > 0 else 1.0
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1]))), share
