"""Maps of the test images' latents: two of their dimensions, their principal plane, UMAP; what is where, and back."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ConfigError
from explorer.latent import LatentSpace
from explorer.lift import LinearLift, NeighbourLift
from explorer.principal import principal_plane
from explorer.projection import EPOCHS, UmapConfig, fitted_rows, place

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Map:
    """Where the test images are on a plane.

    Attributes:
        kind: "plane" where the latent space is one, "dims" for two of its dimensions.
        points: f32 (N, 2), a row of the test split each.
        title: what it is, with its parameters.
        axes: what the two directions are called; none where they mean nothing.
        lift: from places back to latents.
    """

    kind: Literal["plane", "dims", "pca", "umap"]
    points: Floats
    title: str
    axes: tuple[str, ...]
    lift: LinearLift | NeighbourLift

    def place(self, latents: Floats) -> Floats:
        """Where on the map other latents (M, L) belong; (M, 2)."""
        if isinstance(self.lift, LinearLift):
            return self.lift.project(latents)
        return place(latents, self.lift.latents, self.points)


def dims_map(space: LatentSpace, across: int, up: int) -> Map:
    """Two latent dimensions, counted from 0. Raises ConfigError when they are not two of them."""
    size = space.mean.shape[1]
    if size > 1 and (across == up or not {across, up} <= set(range(size))):
        raise ConfigError(f"A map shows two of the dimensions 0 to {size - 1}, not {across} and {up}.")
    axes = np.zeros((size, 2), np.float32)
    for column, dim in enumerate((across, up)[:size]):
        axes[dim, column] = 1
    names = tuple(f"z{dim + 1}" for dim in (across, up)[:size])
    is_plane = size <= 2
    title = "The latent plane" if is_plane else f"Dimensions {across + 1} and {up + 1}"
    return _linear("plane" if is_plane else "dims", space, axes, title, names)


def pca_map(space: LatentSpace) -> Map:
    """The plane on which the posterior means vary most. Their coordinates count from z = 0."""
    if space.mean.shape[1] < 2:
        return dims_map(space, 0, 1)
    axes, _, share = principal_plane(space.mean)
    title = f"PCA, {100 * share[0]:.0f} % and {100 * share[1]:.0f} % of the variance of the means"
    names = tuple(f"axis {axis}, {100 * part:.0f} %" for axis, part in enumerate(share, start=1))
    return _linear("pca", space, axes.astype(np.float32), title, names)


def umap_map(space: LatentSpace, points: Floats, config: UmapConfig) -> Map:
    """The map of these points, which `projection.umap_points` made of the latents."""
    return Map("umap", points, umap_title(config, len(points)), (), NeighbourLift(points, space.mean))


def umap_title(config: UmapConfig, count: int) -> str:
    """What a UMAP map of `count` latents is, in a phrase."""
    title = f"UMAP, {config.neighbours} neighbours, min. distance {config.min_dist:g}, seed {config.seed}"
    fitted = len(fitted_rows(count))
    sampled = f", {fitted:,} of {count:,} laid out and the others placed at them" if fitted < count else ""
    return f"{title}, {EPOCHS} epochs{sampled}"


def _linear(
    kind: Literal["plane", "dims", "pca"], space: LatentSpace, axes: Floats, title: str, names: tuple[str, ...]
) -> Map:
    lift = LinearLift(axes, space.mean.mean(0))
    return Map(kind, lift.project(space.mean), title, names, lift)
