"""The latent space of a model as its run stores it: what sliders span, where they can start."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import RunError
from explorer.records import DataRecord

DEAD_KL = 0.01  # nats; a dimension below it says nothing about the image (its posterior is the prior)
GROUPS, GROUP_SIZE = 10, 20  # starts: so many kinds of test image, and so many of each
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Start:
    """A test image's stored posterior mean (L,) that sliders can start from; `group` is its kind."""

    label: str
    group: str
    latent: Floats


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

    def starts(self, data: DataRecord) -> list[Start]:
        """Test images to start from, at most `GROUP_SIZE` of each of at most `GROUPS` kinds, spread evenly."""
        column, noun = self._kinds(data)
        kinds = np.unique(column)
        chosen = kinds[np.linspace(0, len(kinds) - 1, min(GROUPS, len(kinds))).astype(int)]
        starts = []
        for kind in chosen.tolist():
            name = f"{noun} {data.label_names[kind] if noun == 'class' else kind}".removeprefix("class ")
            rows = np.flatnonzero(column == kind)
            for row in rows[np.linspace(0, len(rows) - 1, min(GROUP_SIZE, len(rows))).astype(int)]:
                starts.append(Start(f"{name}, test image {row}", name, self.mean[row]))
        return starts

    def _kinds(self, data: DataRecord) -> tuple[NDArray[np.int64], str]:
        """The column that tells kinds of images apart, and what it is called."""
        if self.labels is not None:
            digits = data.label_names == tuple("0123456789")
            return self.labels, "digit" if digits else "class"
        if "slice" in self.metadata:
            return self.metadata["slice"], "slice"
        return np.linspace(0, GROUPS, len(self.mean), endpoint=False).astype(np.int64), "part"


def first_two_principal_axes(latents: Floats) -> Floats:
    """Coordinates (N, 2) on the plane of largest variance; latents (N, L) that are a plane already stay as they are."""
    if latents.shape[1] <= 2:
        return np.pad(latents, ((0, 0), (0, 2 - latents.shape[1])))
    centred = latents - latents.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    plane: Floats = centred @ axes[:, :-3:-1]
    return plane
