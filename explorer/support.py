"""How far a latent is from where images are: three distances, each with its scale from the test images.

    radius       |z|, the distance from the prior's mean
    nearest      the distance to the nearest posterior mean of a test image; of a test image, to the nearest
                 other one, of another subject where there are subjects
    round trip   from z to the mean of encode(decode(z)): root mean square over the dimensions, in
                 posterior standard deviations (`inference.Session.round_trip`)

A decoder draws something from any latent. Where one of the three is larger than that of nearly all
test images, what it draws is not backed by data. A scale is made of one sample of q(z|x) for each test
image, not of the means: a dimension that says nothing is noise in all samples, and none in the means.
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


def nearest_other(
    points: Floats, latents: Floats, rows: NDArray[np.int64], owners: NDArray[np.int64] | None = None
) -> Floats:
    """Distance of each of points (R, L) to the nearest of latents (N, L) but its own, at rows (R,); (R,). N > 1.

    `owners` (N,) says whose a latent is: where there are several, all of the same owner are left out. Neighbouring
    slices of one head are nearer to each other than any other head is.
    """
    if owners is None or len(np.unique(owners)) == 1:
        owners = np.arange(len(latents))
    squares = np.square(latents).sum(1)
    distances = []
    for start in range(0, len(points), CHUNK):
        chunk, own = points[start : start + CHUNK], owners[rows[start : start + CHUNK]]
        square = np.square(chunk).sum(1, keepdims=True) - 2 * chunk @ latents.T + squares
        square[own[:, None] == owners] = np.inf
        distances.append(np.sqrt(square.min(1).clip(0)))
    return np.concatenate(distances)


def scale_of(distances: Floats) -> Floats:
    """The quantiles `SCALE` of distances (N,); (201,)."""
    quantiles: Floats = np.quantile(distances, SCALE).astype(np.float32)
    return quantiles
