"""From places of a map to latents. `ui/web/lift.js` has the same two, so the pointer and Python decode the same image.

Places are (P, 2), latents (P, L). A linear map puts z at p = U'z, where the columns of U are orthonormal; other maps
have no formula, and a place gets a mean of the latents of the points around it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LIFTED_FROM = 8  # nearest points: of 6, 8, 10 and 12 the most with which no model decoded worse; lift.js has the same
EXACT = 1e-18  # of a squared distance on the map: the point itself
CHUNK = 500  # rows of a distance matrix that are in memory at once
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LinearLift:
    """z = base + U (p - U'base): of the latents that are mapped to p, the one that is nearest to the base.

    Attributes:
        axes: f32 (L, 2), the orthonormal columns U; of a latent space of one dimension the second is zero.
        base: f32 (L,), what the other directions keep: the mean of all latents, or a pinned one.
    """

    axes: Floats
    base: Floats

    def project(self, latents: Floats) -> Floats:
        """Where latents are on the map."""
        places: Floats = latents @ self.axes
        return places

    def lift(self, places: Floats) -> Floats:
        """The latents of places."""
        latents: Floats = (self.base + (places - self.base @ self.axes) @ self.axes.T).astype(np.float32)
        return latents


@dataclass(frozen=True)
class NeighbourLift:
    """z = sum w z' / sum w over the `LIFTED_FROM` nearest points, w = R / d - 1 (Franke & Little's weights, power 1).

    d is a point's distance on the map and R that of the next point beyond them. A weight goes to zero before its
    point is no longer among the nearest, so z moves continuously with the place, and to infinity at the point, so
    that a mapped place is lifted to its own latent: to the mean of them, where points coincide. Where all are
    equally far it is the plain mean, and where there is no point beyond them w is 1 / d.

    Attributes:
        points: f32 (N, 2).
        latents: f32 (N, L), theirs.
    """

    points: Floats
    latents: Floats

    def lift(self, places: Floats) -> Floats:
        """The latents of places."""
        rows, squares = _nearest(places, self.points, LIFTED_FROM + 1)
        distances = np.sqrt(np.maximum(squares, EXACT))
        weights = 1 / distances
        if len(self.points) > LIFTED_FROM:
            weights = weights[:, :-1] - weights[:, -1:]
        weights[~weights.any(1)] = 1
        weights /= weights.sum(1, keepdims=True)
        near = self.latents[rows[:, : weights.shape[1]]]
        latents: Floats = np.einsum("pk,pkl->pl", weights, near).astype(np.float32)
        return latents


def _nearest(places: Floats, points: Floats, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows and squared distances of the `count` nearest points, nearest first; (P, count) each, at most N."""
    count = min(count, len(points))
    rows, squares = np.empty((len(places), count), np.int64), np.empty((len(places), count))
    for start in range(0, len(places), CHUNK):
        chunk = slice(start, start + CHUNK)
        away = places[chunk, np.newaxis].astype(np.float64) - points
        every = np.square(away).sum(2)
        found = np.argpartition(every, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(every, found, 1), axis=1, kind="stable")
        rows[chunk] = np.take_along_axis(found, order, 1)
        squares[chunk] = np.take_along_axis(every, rows[chunk], 1)
    return rows, squares
