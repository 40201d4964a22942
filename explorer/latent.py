"""The latent space of a model as its run stores it: what sliders span, where they can start, its principal axes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import RunError
from explorer.principal import principal_axes, principal_plane
from explorer.records import DataRecord

DEAD_KL = 0.01  # nats; a dimension below it says nothing about the image (its posterior is the prior)
GROUPS, GROUP_SIZE = 10, 20  # starts: so many kinds of test image, and so many of each
RANGE = (0.005, 0.995)  # quantiles over the test images, between which a slider runs
SHORTEST = 1e-3  # range of a slider along an axis on which the means are all the same
SEED = 0  # of the noise of samples
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Start:
    """A test image's stored posterior mean (L,) that sliders can start from; `group` is its kind."""

    label: str
    group: str
    latent: Floats


@dataclass(frozen=True)
class Kinds:
    """What kinds of test image there are, and which of `names` each image is; `of` is int (N,)."""

    names: tuple[str, ...]
    of: NDArray[np.int64]


@dataclass(frozen=True)
class PrincipalAxes:
    """The principal axes of the aggregate posterior q(z), which is the average of q(z|x) over the test images.

    Its covariance is that of the posterior means, plus the mean posterior variance on the diagonal.
    Coordinates along an axis count from z = 0.

    Attributes:
        axes: f32 (L, L), a unit vector a row, the one of the largest variance first.
        share: f32 (L,), of the whole variance.
        between: f32 (L,), how much of each axis's variance is between images, 0 to 1; the rest is
            that of the posteriors themselves.
        low, high: f32 (L,), the `RANGE` quantiles of the posterior means along each axis.
    """

    axes: Floats
    share: Floats
    between: Floats
    low: Floats
    high: Floats

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Which axes say as little about the image as a dead dimension, of Gaussians; (L,)."""
        silent: NDArray[np.bool_] = self.between < 1 - np.exp(-2 * DEAD_KL)
        return silent


@dataclass(frozen=True)
class LatentSpace:
    """The posterior of the test images.

    Attributes:
        mean: f32 (N, L), posterior means.
        log_variance: f32 (N, L).
        kl: f32 (L,), mean KL(q(z|x) || N(0, I)) of each dimension, nats.
        low, high: f32 (L,), 0.5 and 99.5 % quantiles of samples of q(z|x).
        labels: int (N,) or None.
        metadata: further integer columns (N,), "subject", "slice".
    """

    mean: Floats
    log_variance: Floats
    kl: Floats
    low: Floats
    high: Floats
    labels: NDArray[np.int64] | None
    metadata: Mapping[str, NDArray[np.int64]]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], data: DataRecord) -> "LatentSpace":
        """From the arrays of `latents.safetensors`. Raises RunError when they do not belong together."""
        try:
            floats = {name: arrays[name].astype(np.float32) for name in ("mean", "log_variance", "kl", "low", "high")}
        except KeyError as error:
            raise RunError(f"latents.safetensors has no {error}; the run is incomplete.") from error
        whole = {name: array.astype(np.int64) for name, array in arrays.items() if name not in floats}
        space = cls(**floats, labels=whole.pop("labels", None), metadata=whole)
        if not space._fits_together(data):
            raise RunError("latents.safetensors holds arrays of sizes that do not belong together.")
        return space

    def _fits_together(self, data: DataRecord) -> bool:
        rows, dims = self.mean.shape if self.mean.ndim == 2 else (0, 0)
        labels = np.zeros(rows, np.int64) if self.labels is None else self.labels
        columns = [labels, *self.metadata.values()]
        return (
            self.mean.shape == self.log_variance.shape == (rows, dims)
            and rows > 0
            and all(array.shape == (dims,) for array in (self.kl, self.low, self.high))
            and all(column.shape == (rows,) for column in columns)
            and (self.labels is None or bool(((labels >= 0) & (labels < len(data.label_names))).all()))
        )

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Which dimensions have a mean KL under `DEAD_KL`; (L,)."""
        return self.kl < DEAD_KL

    @property
    def between(self) -> Floats:
        """How much of each dimension's variance under q(z) is between images, 0 to 1; the rest is noise; (L,)."""
        between = self.mean.var(0)
        share: Floats = between / (between + np.exp(self.log_variance).mean(0))
        return share

    def sample(self, rows: NDArray[np.int64]) -> Floats:
        """One sample of q(z|x) for each of `rows` (R,), the same ones always; (R, L)."""
        noise = np.random.default_rng(SEED).standard_normal((len(rows), self.mean.shape[1]), np.float32)
        draws: Floats = self.mean[rows] + np.exp(0.5 * self.log_variance[rows]) * noise
        return draws

    def starts(self, data: DataRecord) -> list[Start]:
        """Test images to start from, at most `GROUP_SIZE` of each of at most `GROUPS` kinds, spread evenly."""
        kinds = self.kinds(data) or self._parts()
        chosen = np.linspace(0, len(kinds.names) - 1, min(GROUPS, len(kinds.names))).astype(int)
        starts = []
        for kind in chosen.tolist():
            name = kinds.names[kind]
            rows = np.flatnonzero(kinds.of == kind)
            for row in rows[np.linspace(0, len(rows) - 1, min(GROUP_SIZE, len(rows))).astype(int)]:
                starts.append(Start(f"{name}, test image {row}", name, self.mean[row]))
        return starts

    def kinds(self, data: DataRecord) -> Kinds | None:
        """The classes of the test images, or else which slices they are; None where neither is known."""
        if self.labels is not None:
            present, of = np.unique(self.labels, return_inverse=True)
            noun = "digit " if data.label_names == tuple("0123456789") else ""
            return Kinds(tuple(noun + data.label_names[label] for label in present), of)
        if "slice" in self.metadata:
            present, of = np.unique(self.metadata["slice"], return_inverse=True)
            return Kinds(tuple(f"slice {number}" for number in present), of)
        return None

    def _parts(self) -> Kinds:
        """Equal parts of the set, in its order."""
        present, of = np.unique(np.linspace(0, GROUPS, len(self.mean), endpoint=False).astype(int), return_inverse=True)
        return Kinds(tuple(f"part {part}" for part in present), of)

    def principal_axes(self) -> PrincipalAxes:
        """The principal axes of the aggregate posterior."""
        mean, within = self.mean.astype(np.float64), np.exp(self.log_variance.astype(np.float64)).mean(0)
        between = np.cov(mean, rowvar=False, bias=True).reshape(2 * within.shape)
        total, axes = principal_axes(between + np.diag(within))
        low, high = np.quantile(mean @ axes.T, RANGE, axis=0)
        high = np.maximum(high, low + SHORTEST)
        parts = (axes, total / total.sum(), 1 - np.square(axes) @ within / total, low, high)
        return PrincipalAxes(*(np.ascontiguousarray(each, np.float32) for each in parts))  # safetensors wants rows


def first_two_principal_axes(latents: Floats) -> Floats:
    """Coordinates (N, 2) on the plane of largest variance; latents (N, L) that are a plane already stay as they are."""
    if latents.shape[1] <= 2:
        return np.pad(latents, ((0, 0), (0, 2 - latents.shape[1])))
    return principal_plane(latents).points.astype(np.float32)
