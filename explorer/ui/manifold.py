"""The map of a model's latents as a typed function: what is shown, what is pinned, what is selected, what is wanted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from explorer.ui.components import Letter, declare, rerun

BEHIND = ("support", "images", "density", "plain")  # mapbar.js has the same
MOST_PINS = 12  # pinboard.js has the same
MOST_FRAMES = 64  # of a path that is saved
MOVIES = ("gif", "webp")
Latent = tuple[float, ...]


@dataclass(frozen=True)
class MapPlace:
    """A place (x, y) of the map of this name."""

    map: str
    place: tuple[float, float]


@dataclass(frozen=True)
class Pin:
    """A pinned latent z (L,); None in a link that names the place `on` the map instead, from which the page lifts it.

    `row` is that of the test image that it is, `own` says that a visitor brought or drew it.
    """

    label: str
    z: Latent | None
    row: int | None = None
    own: bool = False
    on: MapPlace | None = None


@dataclass(frozen=True)
class MapView:
    """What the panel shows.

    Attributes:
        map: "dims" for two dimensions of z, or the name of a stored map.
        dims: which two, counted from 0.
        color: "label", or the name of a column.
        behind: one of `BEHIND`.
        at: x and y of the centre and the zoom, 1 for everything; None for everything.
        pins, base: what is pinned, and the index of the pin that places are lifted from; None: the mean of all latents.
    """

    map: str
    dims: tuple[int, int]
    color: str
    behind: str = BEHIND[0]
    at: tuple[float, float, float] | None = None
    pins: tuple[Pin, ...] = ()
    base: int | None = None

    @property
    def key(self) -> str:
        """What a `MapPlace` calls the map that is shown."""
        return f"dims {self.dims[0]},{self.dims[1]}" if self.map == "dims" else self.map

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Self:
        """From what the page says. Raises ValueError when it is out of range."""
        across, up = map(int, given["dims"])
        x, y, zoom = map(float, given["at"])
        pins = tuple(map(_pin, given["pins"]))[:MOST_PINS]
        base = None if given["base"] is None else int(given["base"])
        if given["behind"] not in BEHIND or not all(map(math.isfinite, (x, y, zoom))):
            raise ValueError(f"{given} is no view of a map")
        return cls(str(given["map"]), (across, up), str(given["color"]), given["behind"], (x, y, zoom), pins, base)


@dataclass(frozen=True)
class PathWish:
    """A visitor wants a movie of what is decoded along a path, latents (T, L), there and back; `kind` is a movie's."""

    kind: str
    latents: tuple[Latent, ...]


@dataclass(frozen=True)
class OpenWish:
    """A visitor wants to move z (L,) on the Sliders page."""

    z: Latent
    label: str


@dataclass(frozen=True)
class WalkWish:
    """A visitor wants to walk between the pins."""


@dataclass(frozen=True)
class MapNews:
    """What the panel says: its view, None before anything was changed; rows of the test split; and a wish."""

    view: MapView | None
    selected: Sequence[int]
    wish: PathWish | OpenWish | WalkWish | None


_PANEL = declare("manifold")


def manifold(blob: bytes, run: str, *, key: str) -> MapNews:
    """Mount the map: the blob's decoder runs in the page, at the pointer.

    `blob` is what `map_blob.map_blob` makes of the model `run`. What its metadata `panel` says of the view counts at
    the first mount of a model.
    """
    result = _PANEL(
        key=key,
        data=Letter(key, blob).data,
        on_committed_change=rerun,
        on_selected_change=rerun,
        on_wish_change=rerun,
    )
    # what was said of another model is no news
    committed, selected, wish = (
        None if sent is None or sent["run"] != run else sent
        for sent in (result.committed, result.selected, result.wish)
    )
    return MapNews(
        None if committed is None else MapView.parse(committed),
        () if selected is None else tuple(map(int, selected["rows"])),
        None if wish is None else _wish(wish),
    )


def _pin(sent: dict[str, Any]) -> Pin:
    on = None if sent["on"] is None else MapPlace(str(sent["on"]["map"]), _pair(sent["on"]["place"]))
    row = None if sent["row"] is None else int(sent["row"])
    return Pin(str(sent["label"]), tuple(map(float, sent["z"])), row, bool(sent["own"]), on)


def _pair(sent: Sequence[float]) -> tuple[float, float]:
    x, y = map(float, sent)
    return x, y


def _wish(sent: dict[str, Any]) -> PathWish | OpenWish | WalkWish:
    if "walk" in sent:
        return WalkWish()
    if "open" in sent:
        return OpenWish(tuple(map(float, sent["open"])), str(sent["label"]))
    latents = tuple(tuple(map(float, z)) for z in sent["latents"])
    if sent["save"] not in MOVIES or not 2 <= len(latents) <= MOST_FRAMES:
        raise ValueError(f"a movie {sent['save']!r} of {len(latents)} frames")
    return PathWish(sent["save"], latents)
