"""Ways between latents: straight, on an arc around the prior's mean, and over a square of four.

The browser draws the same ways with `ui/web/paths.js`. Anchors are (L,), places along a way (T,) of
0 to 1, and what lies there is f32 (T, L).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

NEAR_ZERO = 1e-3  # a shorter anchor has no direction to turn from; paths.js has the same three
OPPOSITE = 1e-3  # radians short of a half turn: every way round would be as good
SAME = 1e-6  # radians: between parallel anchors the arc is the straight way
Floats = NDArray[np.floating]
Latents = NDArray[np.float32]


def linear(a: Floats, b: Floats, t: Floats) -> Latents:
    """The straight way from a to b."""
    share = np.asarray(t, np.float64)[:, np.newaxis]
    latents: Latents = ((1 - share) * a + share * b).astype(np.float32)
    return latents


def spherical(a: Floats, b: Floats, t: Floats) -> Latents:
    """The direction turns from a's to b's at a constant rate, the norm goes straight (slerp of the directions).

    The straight way where there is no one arc: an anchor is at the prior's mean, or the two are opposite.
    """
    anchors = np.stack([a, b]).astype(np.float64)
    norms = np.linalg.norm(anchors, axis=1)
    if norms.min() < NEAR_ZERO:
        return linear(a, b, t)
    first, second = anchors / norms[:, np.newaxis]
    angle = 2 * np.arctan2(np.linalg.norm(first - second), np.linalg.norm(first + second))
    if not SAME < angle < np.pi - OPPOSITE:
        return linear(a, b, t)
    share = np.asarray(t, np.float64)[:, np.newaxis]
    direction = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * second) / np.sin(angle)
    norm = (1 - share) * norms[0] + share * norms[1]
    latents: Latents = (norm * direction).astype(np.float32)
    return latents


def bilinear(corners: Floats, u: Floats, v: Floats) -> Latents:
    """Blends of four corners (4, L), which lie at (u, v) = (0, 0), (1, 0), (0, 1) and (1, 1)."""
    across, down = (np.asarray(share, np.float64)[:, np.newaxis] for share in (u, v))
    top = (1 - across) * corners[0] + across * corners[1]
    bottom = (1 - across) * corners[2] + across * corners[3]
    latents: Latents = ((1 - down) * top + down * bottom).astype(np.float32)
    return latents


WAYS: dict[str, Callable[[Floats, Floats, Floats], Latents]] = {"linear": linear, "spherical": spherical}
