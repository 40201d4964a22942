"""Image files to one array; a file that cannot be read is left out, named and counted."""

import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from explorer.datasets.framing import MAX_SIDE, square
from explorer.errors import DatasetError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
FORMATS_IN_WORDS = "PNG, JPEG, TIFF or BMP"
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
GREY, COLOUR, PALETTE, TRANSPARENT, DEEP = "grey", "colour", "palette", "transparent", "deep"  # how pixels are stored
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

    def read(row: int) -> _Facts | str:
        """Fill one row, unless its image is deep; what the image is, or why the file cannot be used."""
        try:
            with _opened(files[row]) as image:
                if image.mode in DEEP_MODES:
                    return _deep_facts(image)
                images[row, 0] = square(_grey(image), image_size)
                return _Facts(image.size, _kind(image))
        except _UnusableError as error:
            return str(error)

    def read_deep(row: int) -> None:
        try:
            with _opened(files[row]) as image:
                images[row, 0] = square(_scaled(image, *span), image_size)
        except _UnusableError as error:
            raise DatasetError(f"{files[row]} changed while it was read ({error}); open the set again.") from error

    with ThreadPoolExecutor() as pool:
        found = dict(enumerate(pool.map(read, range(len(files)))))
        facts = {row: each for row, each in found.items() if isinstance(each, _Facts)}
        span = _common_span(facts.values())
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


@dataclass(frozen=True)
class _Facts:
    """What one image is: its (width, height), how its pixels are stored, and their range if they are deep."""

    size: tuple[int, int]
    kind: str
    span: tuple[float, float] | None = None


def _kind(image: Image.Image) -> str:
    if image.has_transparency_data:
        return TRANSPARENT
    if image.mode == "P":
        return PALETTE
    return GREY if image.mode in ("1", "L") else COLOUR


def _grey(image: Image.Image) -> Image.Image:
    """`image` as 8-bit grey, over black where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("L")
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, image.convert("RGBA")).convert("L")


def _deep_facts(image: Image.Image) -> _Facts:
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise _UnusableError("holds values that are no numbers")
    return _Facts(image.size, DEEP, (low, high))


def _common_span(facts: Iterable[_Facts]) -> tuple[float, float]:
    """The lowest and the highest value of all deep images; (0, 0) if there are none."""
    spans = [found.span for found in facts if found.span]
    return min((low for low, _ in spans), default=0.0), max((high for _, high in spans), default=0.0)


def _scaled(image: Image.Image, low: float, high: float) -> Image.Image:
    """A deep image as 8-bit grey, from `low` as black to `high` as white."""
    part = (np.asarray(image).astype(np.float64) - low) / max(high - low, np.finfo(np.float64).tiny)
    return Image.fromarray(np.rint(part * 255).astype(np.uint8))


@contextmanager
def _opened(file: Path) -> Iterator[Image.Image]:
    """The image in `file`, its header checked; whatever fails within is an _UnusableError."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise _UnusableError(f"larger than {MAX_FILE_BYTES // 1024**2} MiB")
        with Image.open(file, formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE:
                raise _UnusableError(f"{image.width} × {image.height} pixels; {MAX_SIDE} a side can be read")
            yield image
    except UnidentifiedImageError as error:
        raise _UnusableError(f"not a {FORMATS_IN_WORDS} image") from error
    except OSError as error:
        raise _UnusableError(error.strerror or _words(error)) from error
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        SyntaxError,
        TypeError,  # a TIFF tag of the wrong type
        ValueError,
        struct.error,
    ) as error:
        raise _UnusableError(_words(error)) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _skipped_notice(skipped: list[str], files: int) -> tuple[str, ...]:
    if not skipped:
        return ()
    return (f"{len(skipped):,} of {files:,} images cannot be read and were skipped: {first_few(skipped)}.",)


def _notices(facts: Collection[_Facts], span: tuple[float, float], image_size: int) -> tuple[str, ...]:
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
