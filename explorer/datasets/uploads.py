"""Images that a visitor brings: bounded before they are decoded, then converted and framed like a training set.

A file is judged by its length and its header; only what is within the bounds is decoded, one file at
a time for all visitors together, so that a busy server keeps its memory. Nothing is written.
"""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.datasets.decoding import FORMATS_IN_WORDS, DamagedError, TooLargeError, UnusableError, opened
from explorer.datasets.framing import square
from explorer.datasets.image_set import ImageSet, fingerprint
from explorer.datasets.pixels import COLOUR, DEEP, PALETTE, TRANSPARENT, Facts, common_span, facts_of, grey, scaled

MAX_MEGABYTES = 20
MAX_PIXELS = 25_000_000  # a large photo; decoding holds several copies of it
MOST_FILES = 24
BOUNDS = f"{FORMATS_IN_WORDS}, up to {MAX_MEGABYTES} MB and {MAX_PIXELS // 10**6} megapixels each, {MOST_FILES} at most"

_DECODING = threading.Lock()


class Upload(NamedTuple):
    """A file as it came: the name that its sender gave it, and its bytes."""

    name: str
    file: BinaryIO


@dataclass(frozen=True)
class Uploads:
    """What became of the files that a visitor brought.

    Attributes:
        images: uint8 (N, 1, S, S), over black.
        negatives: the same inverted, uint8 (N, 1, S, S); a light ground, what shows through, and what was
            added to make a square are black here.
        dark_on_light: bool (N,), whether the negative is likely the one that is light on dark.
        names: str (N,), unique.
        refusals: why other files were left out and what to do, one sentence each.
        notice: how the images were converted, in one sentence; empty if they were taken as they are.
    """

    images: NDArray[np.uint8]
    negatives: NDArray[np.uint8]
    dark_on_light: NDArray[np.bool_]
    names: NDArray[np.str_]
    refusals: tuple[str, ...]
    notice: str

    def image_set(self, inverted: NDArray[np.bool_]) -> ImageSet:
        """The images, or negatives where `inverted` (N,), as a set of its own; every one is in its test split."""
        images = np.where(inverted[:, None, None, None], self.negatives, self.images)
        split = np.full(len(images), "test")
        return ImageSet(
            name="upload",
            title="Your images",
            source="upload",
            images=images,
            split=split,
            ids=self.names,
            fingerprint=fingerprint(images, self.names, split),
        )


def read_uploads(uploads: Sequence[Upload], image_size: int) -> Uploads:
    """Read the first `MOST_FILES` of `uploads` at `image_size`; what cannot be used is refused, not raised.

    Images of more than 8 bits a pixel are brought to 8 by the range of values that they have together.
    """
    with _DECODING:
        framed, span, refusals = _frame_all(uploads[:MOST_FILES], image_size)
    if len(uploads) > MOST_FILES:
        refusals.append(
            f"Only the first {MOST_FILES} of {len(uploads)} files were taken; remove some of them to see the others."
        )
    shape = (-1, 1, image_size, image_size)
    return Uploads(
        images=np.array([each.image for each in framed], np.uint8).reshape(shape),
        negatives=np.array([each.negative for each in framed], np.uint8).reshape(shape),
        dark_on_light=np.array([each.dark_on_light for each in framed], np.bool_),
        names=np.array(_unique([each.name for each in framed]), np.str_),
        refusals=tuple(refusals),
        notice=_notice(framed, span, image_size),
    )


def border_level(image: NDArray[np.generic]) -> float:
    """The median of the outermost pixels of an image (H, W), in its own unit."""
    return float(np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])))


class _Framed(NamedTuple):
    """One image that could be used: uint8 (S, S) as it is and inverted, and what was found on the way."""

    name: str
    image: NDArray[np.uint8]
    negative: NDArray[np.uint8]
    dark_on_light: bool
    facts: Facts
    has_pages: bool


def _frame_all(uploads: Sequence[Upload], image_size: int) -> tuple[list[_Framed], tuple[float, float], list[str]]:
    """What can be used, the range that deep images share, and why each of the others is refused."""
    examined: list[tuple[Upload, Facts]] = []
    framed: list[_Framed] = []
    refusals: list[str] = []
    for upload in uploads:
        try:
            examined.append((upload, _examine(upload)))
        except UnusableError as error:
            refusals.append(_refusal(upload, error))
    span = common_span(facts for _, facts in examined)
    for upload, facts in examined:
        try:
            framed.append(_frame(upload, facts, span, image_size))
        except UnusableError as error:
            refusals.append(_refusal(upload, error))
    return framed, span, refusals


def _examine(upload: Upload) -> Facts:
    """What the header says, and the range of a deep image. Raises UnusableError."""
    if upload.file.seek(0, os.SEEK_END) > MAX_MEGABYTES * 1024**2:
        raise TooLargeError(f"larger than {MAX_MEGABYTES} MB")
    with opened(upload.file, MAX_PIXELS) as image:
        return facts_of(image)


def _frame(upload: Upload, facts: Facts, span: tuple[float, float], image_size: int) -> _Framed:
    """Decode and frame one image, upright as its camera says. Raises UnusableError."""
    with opened(upload.file, MAX_PIXELS) as image:
        has_pages = image.format in ("TIFF", "PNG") and bool(getattr(image, "is_animated", False))
        ImageOps.exif_transpose(image, in_place=True)
        positive = scaled(image, *span) if facts.kind == DEEP else grey(image)
        negative = _negative(grey(image, paper=255) if facts.kind == TRANSPARENT else positive)
        return _Framed(
            name=upload.name,
            image=square(positive, image_size),
            negative=square(negative, image_size),
            dark_on_light=_ground(negative) < _ground(positive),
            facts=facts,
            has_pages=has_pages,
        )


def _negative(image: Image.Image) -> Image.Image:
    """A grey image inverted. White is what its border shows if that is light: paper in a photograph is not 255."""
    border = border_level(np.asarray(image))
    white = border if border > 127 else 255.0
    return image.point([round(255 * max(0.0, 1 - level / white)) for level in range(256)])


def _ground(image: Image.Image) -> tuple[float, float]:
    """Sorts an image before its negative if its ground is darker, or as dark (transparent) with more drawn on it."""
    pixels = np.asarray(image)
    return border_level(pixels), -float(pixels.mean())


def _refusal(upload: Upload, error: UnusableError) -> str:
    reason = "damaged or incomplete" if isinstance(error, DamagedError) else str(error)
    return f"{upload.name} was left out: {reason}; {error.remedy} and upload that."


def _unique(names: Sequence[str]) -> list[str]:
    """`names`, with a number behind those that stood before."""
    seen = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return [name if number == 1 else f"{name} ({number})" for name, number in zip(names, seen, strict=True)]


def _notice(framed: Sequence[_Framed], span: tuple[float, float], image_size: int) -> str:
    """One sentence on how `framed` were converted; empty if nothing was done to any."""
    kinds = Counter(each.facts.kind for each in framed)
    sides = [each.facts.size for each in framed]
    told = [
        (sum(each.has_pages for each in framed), "first page taken"),
        (kinds[COLOUR], "colour made grey"),
        (kinds[PALETTE], "palette made grey"),
        (kinds[TRANSPARENT], "put over black where transparent"),
        (kinds[DEEP], f"brought to 8 bits, black to white being their range, {span[0]:,.6g} to {span[1]:,.6g}"),
        (sum(width != height for width, height in sides), "padded to a square with black"),
        (sum(max(side) > image_size for side in sides), f"averaged down to {image_size} × {image_size}"),
        (sum(max(side) < image_size for side in sides), f"enlarged to {image_size} × {image_size}"),
    ]
    done = [what + (f" ({count} of {len(framed)})" if count < len(framed) else "") for count, what in told if count]
    return f"Framed like the training images: {', '.join(done)}." if done else ""
