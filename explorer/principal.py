"""Principal axes: the directions in which points vary most, the largest component of each positive.

An axis has no sign of its own. This one is kept from epoch to epoch and from machine to machine, as long as
its largest component stays the largest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class PrincipalPlane(NamedTuple):
    """The plane of largest variance of N points of L numbers.

    Attributes:
        axes: unit columns (L, 2); where L is 1, the second one is nothing.
        points: (N, 2), places on it, from the points' mean.
        shares: (2,), of the variance along each axis, 0 to 1; 0 of points that are all alike.
    """

    axes: Doubles
    points: Doubles
    shares: Doubles


def principal_axes(covariance: Doubles) -> tuple[Doubles, Doubles]:
    """The variances (L,) along the principal axes, the largest first, and these axes, unit rows (L, L)."""
    variances, columns = np.linalg.eigh(covariance)
    axes = columns.T[::-1]
    signs = np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, np.newaxis], 1))
    return variances[::-1].clip(0), axes * signs


def principal_plane(points: NDArray[np.floating]) -> PrincipalPlane:
    """The plane of points (N, L), N > 0."""
    wide = points.astype(np.float64)
    centred = wide - wide.mean(0)
    variances, axes = principal_axes(centred.T @ centred / len(centred))
    missing = max(0, 2 - len(axes))
    columns = np.pad(axes[:2].T, ((0, 0), (0, missing)))
    shares = np.pad(variances[:2], (0, missing)) / max(float(variances.sum()), np.finfo(np.float64).tiny)
    return PrincipalPlane(columns, centred @ columns, shares)
