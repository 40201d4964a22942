"""A set of images in memory, with everything that is known about each of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.errors import DatasetError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class ImageSet:
    """Images and their facts, row by row; a split is a selection of rows.

    Attributes:
        name: the kind of set: "digits", "template-brain", "mnist", "idx", "oasis", "adni", "folder".
        title: what a person calls it, with what it is not: "scikit-learn digits (not MNIST)".
        source: portable location: a name, or a path relative to the data root; never a machine path.
        images: uint8 (N, 1, H, W), 0 is black.
        split: str (N,), each of "train", "validation", "test".
        ids: str (N,), unique within the set.
        labels: int64 (N,), an index into `label_names`; None where the set has no classes.
        label_names: what the labels are called.
        metadata: further columns of length N ("subject", "scan", "slice").
        fingerprint: `fingerprint` of the columns above; equal means the same data.
        left_out: the names of the classes that are not here any more.
        notices: what was done or skipped on opening, one sentence each, for the user to see.
    """

    name: str
    title: str
    source: str
    images: NDArray[np.uint8]
    split: NDArray[np.str_]
    ids: NDArray[np.str_]
    fingerprint: str
    labels: NDArray[np.int64] | None = None
    label_names: tuple[str, ...] = ()
    metadata: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_size(self) -> int:
        """Height and width, pixels."""
        return int(self.images.shape[-1])

    def count(self, split: Split) -> int:
        """Number of images of `split`."""
        return int((self.split == split).sum())

    def occurring_classes(self) -> dict[str, int]:
        """The classes that there are images of, by name, and their labels; some may have been left out."""
        return {} if self.labels is None else {self.label_names[kind]: int(kind) for kind in np.unique(self.labels)}

    def telling_rows(self, count: int) -> NDArray[np.int64]:
        """At most `count` rows that show what there is: as many of each class, one by one, or evenly spaced ones."""
        if self.labels is None:
            return _spread(np.arange(len(self)), count)
        classes = [np.flatnonzero(self.labels == kind) for kind in np.unique(self.labels)]
        each = max(1, count // max(1, len(classes)))
        turns = zip_longest(*(_spread(rows, each) for rows in classes))
        return np.array([row for turn in turns for row in turn if row is not None][:count], dtype=np.int64)

    def select(self, split: Split) -> "ImageSet":
        """Only the images of `split`, in their order."""
        return self.take(np.flatnonzero(self.split == split))

    def take(self, rows: NDArray[np.int64]) -> "ImageSet":
        """Only `rows`, in the order given. The fingerprint stays that of the whole set."""
        return replace(
            self,
            images=self.images[rows],
            split=self.split[rows],
            ids=self.ids[rows],
            labels=None if self.labels is None else self.labels[rows],
            metadata={name: column[rows] for name, column in self.metadata.items()},
        )

    def without(self, names: Sequence[str]) -> "ImageSet":
        """Only the images of other classes, in all splits; labels mean what they did.

        That is another set, with a title and a fingerprint of its own. Raises DatasetError for a class that
        there is not, and where no class would be left.
        """
        if not names:
            return self
        if self.labels is None:
            raise DatasetError(
                f"{self.title} has no classes, so none of them can be left out; choose a set with classes."
            )
        unknown = [name for name in names if name not in self.label_names]
        if unknown:
            raise DatasetError(
                f"{self.title} has no class {unknown[0]!r} to leave out; its classes are {', '.join(self.label_names)}."
            )
        left_out = tuple(name for name in self.label_names if name in names)
        kept = self.take(np.flatnonzero(~np.isin(self.labels, [self.label_names.index(name) for name in left_out])))
        if not len(kept):
            raise DatasetError(f"{self.title} without {', '.join(left_out)} has no images; leave fewer classes out.")
        return replace(
            kept,
            title=f"{self.title} without {', '.join(left_out)}",
            fingerprint=fingerprint(kept.images, kept.ids, kept.split, kept.labels),
            left_out=left_out,
        )


def fingerprint(
    images: NDArray[np.uint8],
    ids: NDArray[np.str_],
    split: NDArray[np.str_],
    labels: NDArray[np.int64] | None = None,
) -> str:
    """The first 16 hex digits of a SHA-256 over the columns of a set; the same on every machine."""
    digest = hashlib.sha256(repr(images.shape).encode())
    digest.update(np.ascontiguousarray(images).data)
    for column in (ids, split):
        digest.update("\n".join(column.tolist()).encode())
    digest.update(b"no labels" if labels is None else labels.astype("<i8").tobytes())
    return digest.hexdigest()[:16]


def _spread(rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """At most `count` of the rows, evenly apart, both ends among them where there are two."""
    chosen: NDArray[np.int64] = rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(np.int64)]
    return chosen
