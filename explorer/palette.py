"""Colours: the same meaning everywhere, in light and in dark, and for every kind of colour vision.

The theme file of the app is their one source; only the two loss terms are set here. The accent
means "you" and is never a class, a curve or a scale. On image tiles, which are black in both
themes, amounts use the dark sequential scale, and differences the dark diverging one with black in
the middle.
"""

import tomllib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.paths import PROJECT


@dataclass(frozen=True)
class Palette:
    """Chart colours of one theme; `classes` are in the order of the class index, the two scales from low to high."""

    total: str
    reconstruction: str
    neutral: str
    ink: str
    paper: str
    grid: str
    accent: str
    classes: tuple[str, ...]
    diverging: tuple[str, ...]
    sequential: tuple[str, ...]


def _palette(theme: dict[str, Any], total: str, reconstruction: str) -> Palette:
    return Palette(
        total=total,
        reconstruction=reconstruction,
        neutral=theme["grayColor"],
        ink=theme["textColor"],
        paper=theme["backgroundColor"],
        grid=theme["borderColor"],
        accent=theme["primaryColor"],
        classes=tuple(theme["chartCategoricalColors"]),
        diverging=tuple(theme["chartDivergingColors"]),
        sequential=tuple(theme["chartSequentialColors"]),
    )


_THEME = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
PALETTES = {
    "light": _palette(_THEME["light"], "#1B6E8C", "#B45615"),
    "dark": _palette(_THEME["dark"], "#5CC3DE", "#F1A33C"),
}
_DARK = _THEME["dark"]["chartDivergingColors"]
TILE_DIVERGING = (*_DARK[:4], "#000000", "#000000", *_DARK[6:])
TILE_SEQUENTIAL: tuple[str, ...] = tuple(_THEME["dark"]["chartSequentialColors"])
LIMITS = (0.1, 0.2, 0.5, 1.0)


def signed_limit(difference: NDArray[np.floating]) -> float:
    """The smallest of `LIMITS` that holds 99 % of the differences: the two ends of their colour scale."""
    reach = float(np.quantile(np.abs(difference), 0.99))
    return next((limit for limit in LIMITS if reach <= limit), LIMITS[-1])


def signed_tiles(difference: NDArray[np.floating], limit: float) -> NDArray[np.uint8]:
    """Differences (N, H, W) as colours u8 (N, H, W, 3): blue is darker than the original, orange brighter.

    The scale ends at -limit and +limit.
    """
    return _coloured(difference, -limit, limit, TILE_DIVERGING)


def sequential_tiles(amounts: NDArray[np.floating], limit: float) -> NDArray[np.uint8]:
    """Amounts (N, H, W) as colours u8 (N, H, W, 3), the darkest is 0; the scale ends at `limit`."""
    return _coloured(amounts, 0, limit, TILE_SEQUENTIAL)


def grey_tiles(images: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Images (N, H, W) in [0, 1] as u8."""
    tiles: NDArray[np.uint8] = (np.clip(images, 0, 1) * 255).round().astype(np.uint8)
    return tiles


def _coloured(values: NDArray[np.floating], low: float, high: float, colours: tuple[str, ...]) -> NDArray[np.uint8]:
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours], np.float64)
    places = np.linspace(low, high, len(stops))
    tiles = np.empty((*values.shape, 3), np.uint8)
    for channel in range(3):
        tiles[..., channel] = np.interp(values, places, stops[:, channel]).round()
    return tiles
