"""Brain slices as files whose names say which subject and slice they are."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.cache import decoded
from explorer.datasets.decoding import first_few, stored_side
from explorer.errors import DatasetError


@dataclass(frozen=True)
class Naming:
    """How the files of a layout are named.

    Attributes:
        pattern: a whole file name; its two groups are the numbers of subject and slice.
        form: what it looks like, for messages.
        noun: what the first number counts: "subject", "scan".
    """

    pattern: re.Pattern[str]
    form: str
    noun: str


@dataclass(frozen=True)
class Slice:
    """A file of one slice; `part` is the folder of the set that it lies in, "train/AD"."""

    part: str
    subject: int
    number: int
    path: Path


class ReadSlices(NamedTuple):
    """The slices that could be read, their images u8 (N, 1, H, W) in the same order, and what was left out."""

    slices: list[Slice]
    images: NDArray[np.uint8]
    notices: tuple[str, ...]


def read_slices(home: Path, parts: Collection[str], naming: Naming, layout: str, image_size: int) -> ReadSlices:
    """The slices in the folders `parts` of `home`, in each by subject and number.

    Raises DatasetError if a folder is missing, naming the whole `layout`, or holds no readable slice, or
    if a subject is in two folders.
    """
    slices = _slices_of(home, parts, naming, layout)
    _refuse_shared(home, slices, naming.noun)
    content = decoded(home, [found.path for found in slices], image_size)
    kept = [slices[row] for row in content.rows]
    _refuse_empty(home, parts, kept)
    return ReadSlices(kept, content.images, (*content.notices, *_misnamed_notice(home, parts, naming)))


def _slices_of(home: Path, parts: Collection[str], naming: Naming, layout: str) -> list[Slice]:
    for part in parts:
        if not (home / part).is_dir():
            raise DatasetError(f"{home} lacks the folder {part}; the layout is {layout}.")
    return [found for part in parts for found in _slices(home, part, naming)]


def first_side(home: Path, part: str, naming: Naming) -> int:
    """The larger side in pixels of the first readable slice of one folder. Raises DatasetError."""
    sides = (stored_side(found.path) for found in _slices(home, part, naming))
    side = next((side for side in sides if side is not None), None)
    if side is None:
        raise _no_readable_image(home / part)
    return side


def _refuse_shared(home: Path, slices: Iterable[Slice], noun: str) -> None:
    parts: dict[int, str] = {}
    for found in slices:
        first = parts.setdefault(found.subject, found.part)
        if first != found.part:
            raise DatasetError(
                f"{noun.capitalize()} {found.subject} is in both {first} and {found.part} of {home}; "
                f"keep all slices of a {noun} in one of them."
            )


def _refuse_empty(home: Path, parts: Iterable[str], kept: Sequence[Slice]) -> None:
    present = {found.part for found in kept}
    for part in parts:
        if part not in present:
            raise _no_readable_image(home / part)


def _misnamed_notice(home: Path, parts: Iterable[str], naming: Naming) -> tuple[str, ...]:
    """A sentence on the images of `home` that are not named as they should be, if there are any."""
    suffix = Path(naming.form).suffix
    images = (path for part in parts for path in (home / part).iterdir() if path.suffix == suffix)
    names = sorted(path.relative_to(home).as_posix() for path in images if not naming.pattern.fullmatch(path.name))
    if not names:
        return ()
    return (f"{len(names):,} images are not named like {naming.form} and were left out: {first_few(names)}.",)


def _slices(home: Path, part: str, naming: Naming) -> list[Slice]:
    folder = home / part
    slices = [
        Slice(part, int(match[1]), int(match[2]), path)
        for path in folder.iterdir()
        if (match := naming.pattern.fullmatch(path.name))
    ]
    if not slices:
        raise DatasetError(f"{folder} holds no file named like {naming.form}; put the slices there.")
    return sorted(slices, key=lambda found: (found.subject, found.number, found.path.name))


def _no_readable_image(folder: Path) -> DatasetError:
    return DatasetError(f"{folder} holds no readable image; put PNG or JPEG images there.")
