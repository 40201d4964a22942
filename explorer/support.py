"""How far a latent is from where images are: three distances, each with its scale from the test images.

    radius       |z|, the distance from the prior's mean
    nearest      the distance to the nearest encoded test image; of a test image, to the nearest other one
    round trip   from z to the mean of encode(decode(z)): root mean square over the dimensions, in
                 posterior standard deviations (`inference.Session.round_trip`)

A decoder draws something from any latent. Where one of the three is larger than that of nearly all
test images, what it draws is not backed by data.
"""

import numpy as np
from numpy.typing import NDArray

SCALE = np.linspace(0, 1, 201)  # the shares whose quantiles make up a scale
CHUNK = 500  # rows of a distance matrix that are in memory at once
Floats = NDArray[np.float32]


def radius(latents: Floats) -> Floats:
    """|z| of latents (N, L); (N,)."""
    distance: Floats = np.linalg.norm(latents, axis=1)
    return distance


def nearest(points: Floats, latents: Floats) -> Floats:
    """Distance of each of points (P, L) to the nearest of latents (N, L); (P,)."""
    squares = np.square(latents).sum(1)
    distances = []
    for chunk in np.split(points, range(CHUNK, len(points), CHUNK)):
        square = np.square(chunk).sum(1, keepdims=True) - 2 * chunk @ latents.T + squares
        distances.append(np.sqrt(square.min(1).clip(0)))
    return np.concatenate(distances)


def nearest_other(latents: Floats, rows: NDArray[np.int64]) -> Floats:
    """Distance of each of `rows` (R,) of latents (N, L) to the nearest other row; (R,). N is at least 2."""
    squares = np.square(latents).sum(1)
    distances = []
    for chunk in np.split(rows, range(CHUNK, len(rows), CHUNK)):
        square = squares[chunk, None] - 2 * latents[chunk] @ latents.T + squares
        square[np.arange(len(chunk)), chunk] = np.inf
        distances.append(np.sqrt(square.min(1).clip(0)))
    return np.concatenate(distances)


def scale_of(distances: Floats) -> Floats:
    """The quantiles `SCALE` of distances (N,); (201,)."""
    quantiles: Floats = np.quantile(distances, SCALE).astype(np.float32)
    return quantiles
