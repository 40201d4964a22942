"""How the images and the latents of a run changed while it learned: its snapshots brought together, and bounded."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.alignment import Plane, aligned_plane
from explorer.errors import RunError
from explorer.records import DataRecord
from explorer.runs import Run

MOST_EPOCHS = 64
MOST_POINTS = 1000
MOST_BYTES = 4_000_000  # of all images together
LARGE = 64  # pixels; of larger images there are fewer
FEWER = 4
UNITS = {"age": "years"}
Tiles = NDArray[np.uint8]
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Evolution:
    """What a run stored of some of its epochs.

    Attributes:
        epochs: which, E of them, in order; the last one stored is among them.
        reconstructions: u8 (E, R, H, W), decoded test images.
        rows: i64 (R,), which of the test images.
        samples: u8 (E, R, H, W), decodes of fixed draws of the prior; None where there was no prior yet.
        plane: where N of the test images are encoded, aligned to the last epoch; None for codes.
        point_rows: i64 (N,), which of the test images.
    """

    epochs: tuple[int, ...]
    reconstructions: Tiles
    rows: NDArray[np.int64]
    samples: Tiles | None
    plane: Plane | None
    point_rows: NDArray[np.int64]


@dataclass(frozen=True)
class PointValues:
    """What points are coloured by: `values` i32 (N,) are indices of `names`, or numbers where there are none."""

    title: str
    unit: str
    values: NDArray[np.int32]
    names: tuple[str, ...]


def read_evolution(run: Run) -> Evolution:
    """Raises RunError when no snapshot is stored, or one is damaged."""
    stored = run.snapshot_epochs()
    if not stored:
        raise RunError(f"{run.name} stored no snapshots; train a run with --snapshots 50.")
    last = run.read_snapshot(stored[-1])
    chosen = _chosen(stored, last)
    snapshots = {epoch: run.read_snapshot(epoch) for epoch in chosen[:-1]} | {stored[-1]: last}
    alike = {epoch: each for epoch, each in snapshots.items() if _shapes(each) == _shapes(last)}
    images = _images_of_each(last)
    epochs, arrays = tuple(alike), list(alike.values())
    rows = _spread(len(last["latents"]) if "latents" in last else 0, MOST_POINTS)
    return Evolution(
        epochs,
        np.stack([each["reconstructions"][:images] for each in arrays]).astype(np.uint8),
        last["rows"][:images].astype(np.int64),
        np.stack([each["samples"][:images] for each in arrays]).astype(np.uint8) if "samples" in last else None,
        _plane(run, alike, rows) if len(rows) else None,
        rows,
    )


def point_values(run: Run, data: DataRecord, rows: NDArray[np.int64]) -> PointValues | None:
    """The classes of test images, or else their slices or another number; None where nothing is known of them.

    Raises RunError when the latents of the run cannot be read.
    """
    if not run.has_latents:
        return None
    arrays = run.read_latents()
    if "labels" in arrays and data.label_names:
        return PointValues("Class", "", _values(run, arrays["labels"], rows), data.label_names)
    known = [name for name in ("slice", "age") if name in arrays]
    if not known:
        return None
    name = known[0]
    return PointValues(name.capitalize(), UNITS.get(name, ""), _values(run, arrays[name], rows), ())


def _values(run: Run, column: NDArray[np.generic], rows: NDArray[np.int64]) -> NDArray[np.int32]:
    if len(rows) and rows[-1] >= len(column):
        raise RunError(f"The snapshots of {run.name} have more test images than its latents.")
    return column[rows].astype(np.int32)


def _plane(run: Run, snapshots: Mapping[int, Arrays], rows: NDArray[np.int64]) -> Plane:
    latents = [each["latents"][rows].astype(np.float32) for each in snapshots.values()]
    for epoch, each in zip(snapshots, latents, strict=True):
        if not np.isfinite(each).all():
            raise RunError(f"The latents of epoch {epoch} of {run.name} are not all finite; the snapshot is damaged.")
    return aligned_plane(latents)


def _chosen(stored: list[int], last: Arrays) -> list[int]:
    """As many epochs as their images leave room for, evenly apart."""
    pictures = [last[name] for name in ("reconstructions", "samples") if name in last]
    bytes_each = sum(each[: _images_of_each(last)].size for each in pictures)
    most = max(2, min(MOST_EPOCHS, MOST_BYTES // max(bytes_each, 1)))
    return [stored[place] for place in _spread(len(stored), most)]


def _images_of_each(snapshot: Arrays) -> int:
    count, side = snapshot["reconstructions"].shape[:2]
    return min(count, FEWER) if side > LARGE else int(count)


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of `count` places, evenly apart, both ends among them."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def _shapes(snapshot: Arrays) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in snapshot.items()}
