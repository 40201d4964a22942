"""Image files to one array; a file that cannot be read is left out, named and counted."""

import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from explorer.datasets.framing import MAX_SIDE, square
from explorer.errors import DatasetError

FORMATS = ("PNG", "JPEG")
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
MAX_FILE_BYTES = 64 * 1024**2
NAMED = 3  # files that a notice names


@dataclass(frozen=True)
class Decoded:
    """What became of a list of image files.

    Attributes:
        images: uint8 (N, 1, S, S).
        rows: int64 (N,), which of the files each image is.
        notices: what was skipped or enlarged, one sentence each.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    notices: tuple[str, ...]


def decode(folder: Path, files: Sequence[Path], image_size: int) -> Decoded:
    """Read `files`, which lie in `folder`, at `image_size`. Raises DatasetError if none can be read."""
    images = np.empty((len(files), 1, image_size, image_size), np.uint8)
    sides = np.zeros(len(files), np.int64)

    def read(row: int) -> str | None:
        """Fill one row, or say why the file cannot be used."""
        try:
            image = _grey(files[row])
        except _UnusableError as error:
            return str(error)
        sides[row] = max(image.size)
        images[row, 0] = square(image, image_size)
        return None

    with ThreadPoolExecutor() as pool:
        reasons = list(pool.map(read, range(len(files))))
    skipped = [
        f"{file.relative_to(folder).as_posix()} ({reason})"
        for file, reason in zip(files, reasons, strict=True)
        if reason is not None
    ]
    rows = np.flatnonzero(sides)
    if not len(rows):
        raise DatasetError(
            f"{folder} holds no readable image: {first_few(skipped)}; put {' or '.join(FORMATS)} images there."
        )
    return Decoded(
        images=images[rows] if skipped else images,
        rows=rows,
        notices=_notices(skipped, sides[rows], len(files), image_size),
    )


def stored_side(file: Path) -> int | None:
    """The larger side in pixels that the header of `file` states; None if it cannot be used."""
    try:
        with _opened(file) as image:
            return max(image.size)
    except _UnusableError:
        return None


def first_few(names: Sequence[str]) -> str:
    """`names` in a sentence: the first three, and how many more."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


class _UnusableError(Exception):
    """Why a file cannot be used."""


def _grey(file: Path) -> Image.Image:
    """The image in `file` as 8-bit grey."""
    with _opened(file) as image:
        return image.convert("L")


@contextmanager
def _opened(file: Path) -> Iterator[Image.Image]:
    """The image in `file`, its header checked; whatever fails within is an _UnusableError."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise _UnusableError(f"larger than {MAX_FILE_BYTES // 1024**2} MiB")
        with Image.open(file, formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE:
                raise _UnusableError(f"{image.width} × {image.height} pixels; {MAX_SIDE} a side can be read")
            if image.mode in DEEP_MODES:
                raise _UnusableError("more than 8 bits a pixel; save it as an 8-bit image")
            yield image
    except UnidentifiedImageError as error:
        raise _UnusableError(f"not a {' or '.join(FORMATS)} image") from error
    except OSError as error:
        raise _UnusableError(error.strerror or _words(error)) from error
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        SyntaxError,
        ValueError,
        struct.error,
    ) as error:
        raise _UnusableError(_words(error)) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _notices(skipped: list[str], sides: NDArray[np.int64], files: int, image_size: int) -> tuple[str, ...]:
    notices = []
    if skipped:
        notices.append(f"{len(skipped):,} of {files:,} images cannot be read and were skipped: {first_few(skipped)}.")
    if smaller := int((sides < image_size).sum()):
        notices.append(f"{smaller:,} images are smaller than {image_size} × {image_size} and were enlarged.")
    return tuple(notices)
