"""How the pixels of one image are stored, and the same image as 8-bit grey."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
GREY, COLOUR, PALETTE, TRANSPARENT, DEEP = "grey", "colour", "palette", "transparent", "deep"


@dataclass(frozen=True)
class Facts:
    """What one image is: its (width, height), how its pixels are stored, and their range if they are deep."""

    size: tuple[int, int]
    kind: str
    span: tuple[float, float] | None = None


def facts_of(image: Image.Image) -> Facts:
    """What `image` is. Raises ValueError for a deep image whose values are no numbers."""
    if image.mode not in DEEP_MODES:
        return Facts(image.size, _kind(image))
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("holds values that are no numbers")
    return Facts(image.size, DEEP, (low, high))


def common_span(facts: Iterable[Facts]) -> tuple[float, float]:
    """The lowest and the highest value of all deep images; (0, 0) if there are none."""
    spans = [found.span for found in facts if found.span]
    return min((low for low, _ in spans), default=0.0), max((high for _, high in spans), default=0.0)


def grey(image: Image.Image, paper: int = 0) -> Image.Image:
    """`image`, which is not deep, as 8-bit grey; where it is transparent, over the grey level `paper`."""
    if not image.has_transparency_data:
        return image.convert("L")
    below = Image.new("RGBA", image.size, (paper, paper, paper, 255))
    return Image.alpha_composite(below, image.convert("RGBA")).convert("L")


def scaled(image: Image.Image, low: float, high: float) -> Image.Image:
    """A deep image as 8-bit grey, from `low` as black to `high` as white."""
    part = (np.asarray(image).astype(np.float64) - low) / max(high - low, np.finfo(np.float64).tiny)
    return Image.fromarray(np.rint(part * 255).astype(np.uint8))


def _kind(image: Image.Image) -> str:
    if image.has_transparency_data:
        return TRANSPARENT
    if image.mode == "P":
        return PALETTE
    return GREY if image.mode in ("1", "L") else COLOUR
