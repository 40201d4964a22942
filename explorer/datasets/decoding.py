"""Image files to one array; a file that cannot be read is left out, named and counted."""

import os
import struct
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TILELENGTH, TILEWIDTH, TiffImageFile

from explorer.datasets.framing import MAX_SIDE, square
from explorer.datasets.pixels import COLOUR, DEEP, PALETTE, TRANSPARENT, Facts, common_span, facts_of, grey, scaled
from explorer.errors import DatasetError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
FORMATS_IN_WORDS = "PNG, JPEG, TIFF or BMP"
MAX_FILE_BYTES = 64 * 1024**2
MAX_BYTES = 4 * 1024**3  # of a set in memory
NAMED = 3  # files that a notice names


@dataclass(frozen=True)
class Decoded:
    """What became of a list of image files.

    Attributes:
        images: uint8 (N, 1, S, S).
        rows: int64 (N,), which of the files each image is.
        notices: what was skipped or converted, one sentence each.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    notices: tuple[str, ...]


def decode(folder: Path, files: Sequence[Path], image_size: int) -> Decoded:
    """Read `files`, which lie in `folder`, at `image_size`, as grey over black.

    Images of more than 8 bits a pixel are brought to 8 by the range of values that they have together.

    Raises DatasetError if none can be read, or if they would take more than `MAX_BYTES`.
    """
    if len(files) * image_size**2 > MAX_BYTES:
        raise DatasetError(
            f"{folder} holds {len(files):,} images, more than {MAX_BYTES // 1024**3} GiB at {image_size} × "
            f"{image_size}; take fewer of them or a smaller size."
        )
    images = np.empty((len(files), 1, image_size, image_size), np.uint8)

    def read(row: int) -> Facts | str:
        """Fill one row, unless its image is deep; what the image is, or why the file cannot be used."""
        try:
            with opened(files[row]) as image:
                facts = facts_of(image)
                if not facts.span:
                    images[row, 0] = square(grey(image), image_size)
                return facts
        except UnusableError as error:
            return str(error)

    def read_deep(row: int) -> None:
        try:
            with opened(files[row]) as image:
                images[row, 0] = square(scaled(image, *span), image_size)
        except UnusableError as error:
            raise DatasetError(f"{files[row]} changed while it was read ({error}); open the set again.") from error

    with ThreadPoolExecutor() as pool:
        found = dict(enumerate(pool.map(read, range(len(files)))))
        facts = {row: each for row, each in found.items() if isinstance(each, Facts)}
        span = common_span(facts.values())
        list(pool.map(read_deep, [row for row, each in facts.items() if each.span]))
    skipped = [
        f"{files[row].relative_to(folder).as_posix()} ({reason})"
        for row, reason in found.items()
        if isinstance(reason, str)
    ]
    if not facts:
        raise DatasetError(
            f"{folder} holds no readable image: {first_few(skipped)}; put {FORMATS_IN_WORDS} images there."
        )
    rows = np.array(list(facts), np.int64)
    return Decoded(
        images=images[rows] if skipped else images,
        rows=rows,
        notices=(*_skipped_notice(skipped, len(files)), *_notices(facts.values(), span, image_size)),
    )


def stored_side(file: Path) -> int | None:
    """The larger side in pixels that the header of `file` states; None if it cannot be used."""
    try:
        with opened(file) as image:
            return max(image.size)
    except UnusableError:
        return None


def first_few(names: Sequence[str]) -> str:
    """`names` in a sentence: the first three, and how many more."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


class UnusableError(Exception):
    """Why a file cannot be used; `remedy` is what whoever brought it can do."""

    remedy: ClassVar[str] = "save or export it again"


class DamagedError(UnusableError):
    """The file breaks off or contradicts itself; the reason is Pillow's."""


class OtherFormatError(UnusableError):
    """The file is none of `FORMATS`."""

    remedy = "save it as one of these"


class TooLargeError(UnusableError):
    """The file, or what it decodes to, is larger than it may be."""

    remedy = "make it smaller"


@contextmanager
def opened(file: Path | BinaryIO, most_pixels: int = MAX_SIDE**2) -> Iterator[Image.Image]:
    """The image in `file`, bounded by its header alone; pixels are decoded when they are asked for.

    Whatever is wrong with the file, here or within the block, is an UnusableError.
    """
    too_many = f"more than {most_pixels / 1e6:.0f} megapixels"
    try:
        if _byte_count(file) > MAX_FILE_BYTES:
            raise TooLargeError(f"larger than {MAX_FILE_BYTES // 1024**2} MiB")
        with Image.open(file, formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE:
                raise TooLargeError(f"{image.width} × {image.height} pixels, and at most {MAX_SIDE} a side can be read")
            if _decoded_pixels(image) > most_pixels:
                raise TooLargeError(too_many)
            yield image
    except UnidentifiedImageError as error:
        raise OtherFormatError(f"not a {FORMATS_IN_WORDS} image") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooLargeError(too_many) from error
    except OSError as error:
        raise DamagedError(error.strerror or _words(error)) from error
    except (SyntaxError, TypeError, ValueError, struct.error) as error:  # TypeError: a TIFF tag of the wrong type
        raise DamagedError(_words(error)) from error


def _byte_count(file: Path | BinaryIO) -> int:
    return file.stat().st_size if isinstance(file, Path) else file.seek(0, os.SEEK_END)


def _decoded_pixels(image: Image.Image) -> int:
    """Pixels that decoding makes room for: a small TIFF can be cut from enormous tiles.

    Raises DamagedError for tiles whose size is no number.
    """
    tags = image.tag_v2 if isinstance(image, TiffImageFile) else {}
    width, length = tags.get(TILEWIDTH, 0), tags.get(TILELENGTH, 0)
    if not (isinstance(width, int) and isinstance(length, int)):  # a text times a number would be a long text
        raise DamagedError("the size of its tiles is no number")
    return max(image.width * image.height, width * length)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _skipped_notice(skipped: list[str], files: int) -> tuple[str, ...]:
    if not skipped:
        return ()
    return (f"{len(skipped):,} of {files:,} images cannot be read and were skipped: {first_few(skipped)}.",)


def _notices(facts: Collection[Facts], span: tuple[float, float], image_size: int) -> tuple[str, ...]:
    """What was done to the images that `facts` describes, one sentence each."""
    sizes = sorted({found.size for found in facts}, key=lambda size: (size[0] * size[1], size))
    smaller = sum(max(found.size) < image_size for found in facts)
    count = Counter(found.kind for found in facts)
    told = [
        (count[COLOUR], "are in colour and were made grey"),
        (count[PALETTE], "have a palette and were made grey"),
        (count[TRANSPARENT], "have transparent pixels and were put over black"),
        (
            count[DEEP],
            f"have more than 8 bits a pixel; black to white is {span[0]:,.6g} to {span[1]:,.6g}, their range",
        ),
        (smaller, f"are smaller than {image_size} × {image_size} and were enlarged"),
    ]
    notices = [f"{number:,} images {what}." for number, what in told if number]
    if len(sizes) > 1:
        smallest, largest = (" × ".join(map(str, size)) for size in (sizes[0], sizes[-1]))
        notices.append(f"The images have {len(sizes):,} sizes, from {smallest} to {largest}; each was made square.")
    return tuple(notices)
