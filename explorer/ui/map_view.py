"""The views of the map: all of the best map there is, and those that a link names."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from explorer.library import Entry
from explorer.stored_maps import stored_maps
from explorer.ui.components import OWN
from explorer.ui.interpolator import ANCHORS, Anchor, Walk
from explorer.ui.manifold import BEHIND, MOST_PINS, MapPlace, MapView, Pin
from explorer.ui.map_blob import columns_of, maps_of
from explorer.ui.panel import FURTHEST
from explorer.ui.places import Places
from explorer.ui.state import open_latents

LABEL = "label"  # the colouring by class; mapcolors.js has the same
FURTHEST_PLACE = 1e4  # map units; a link that asks for more is not a place


def opening(entry: Entry) -> MapView:
    """All of the latent plane, or of a UMAP, or of the principal plane, in the colours of what is known of images."""
    space = open_latents(entry)
    across, up = sorted(np.argsort(-space.kl, kind="stable")[:2].tolist())
    color = LABEL if space.labels is not None else columns_of(entry)[0].name
    maps = list(maps_of(entry, stored_maps(entry.run)))
    best = "dims" if len(space.kl) == 2 else maps[min(1, len(maps) - 1)]  # the first UMAP, or else the principal plane
    return MapView(best, (across, up), color)


def walk_of(pins: tuple[Pin, ...]) -> Walk:
    """The way from the first pin to the second, or the square between four of them; there are two at least."""
    anchors = [Anchor(pin.label, pin.z or (), OWN) for pin in pins]
    chosen = [anchors[place % len(anchors)] for place in range(ANCHORS)]
    return Walk(tuple(chosen), square=len(pins) >= ANCHORS)


def _read(entry: Entry, given: Mapping[str, str]) -> MapView | None:
    view = opening(entry)
    try:
        across, up = (int(part) - 1 for part in given.get("dims", f"{view.dims[0] + 1}_{view.dims[1] + 1}").split("_"))
        at = _numbers(given["at"], 3, FURTHEST_PLACE) if "at" in given else None
        tokens = given["pins"].split("~")[:MOST_PINS] if given.get("pins") else []
        base = int(given["base"]) - 1 if "base" in given else None
    except ValueError:
        return None
    size = entry.record.config.latent_dim
    names = [column.name for column in columns_of(entry)] + [LABEL] * (open_latents(entry).labels is not None)
    view = replace(
        view,
        map=given["map"] if given.get("map") in ("dims", *maps_of(entry, stored_maps(entry.run))) else view.map,
        dims=(across, up) if across != up and 0 <= across < size and 0 <= up < size else view.dims,
        color=given["colour"] if given.get("colour") in names else view.color,
        behind=given["behind"] if given.get("behind") in BEHIND else view.behind,
        at=None if at is None else (at[0], at[1], at[2]),
    )
    pins = [_pin(token, view, entry) for token in tokens]
    kept = tuple(pin for pin in pins if pin is not None)
    return replace(view, pins=kept, base=base if base is not None and 0 <= base < len(kept) else None)


def _pin(token: str, view: MapView, entry: Entry) -> Pin | None:
    """The pin of "t12", a test image, of "m0.5_-1.2", a place of the map, or of "z0.5_-1.2_..."; else None."""
    kind, rest = token[:1], token[1:]
    try:
        if kind == "t":
            row, means = int(rest), open_latents(entry).mean
            return Pin(f"test image {row}", tuple(means[row].tolist()), row) if 0 <= row < len(means) else None
        if kind == "m":
            x, y = _numbers(rest, 2, FURTHEST_PLACE)
            return Pin("place of the link", None, on=MapPlace(view.key, (x, y)))
        z = _numbers(rest, entry.record.config.latent_dim, FURTHEST)
        return Pin("from the link", z) if kind == "z" else None
    except ValueError:
        return None


def _numbers(text: str, count: int, most: float) -> tuple[float, ...]:
    """Raises ValueError when it is not so many finite numbers of at most that size."""
    numbers = tuple(float(part) for part in text.split("_"))
    if len(numbers) != count or not all(math.isfinite(number) and abs(number) <= most for number in numbers):
        raise ValueError(f"{text} is not {count} numbers")
    return numbers


def _token(pin: Pin, view: MapView) -> str:
    """What `_pin` reads. A place of the map is short, where the link lifts it from the mean as well."""
    if pin.row is not None:
        return f"t{pin.row}"
    if pin.on is not None and pin.on.map == view.key and view.base is None:
        return "m" + "_".join(f"{value:.5g}" for value in pin.on.place)
    return "z" + "_".join(f"{value:.4g}" for value in pin.z or ())


def _write(view: MapView) -> dict[str, str]:
    params = {"map": view.map, "colour": view.color, "behind": view.behind}
    if view.map == "dims":
        params["dims"] = "_".join(str(dim + 1) for dim in view.dims)
    if view.at is not None:
        params["at"] = "_".join(f"{value:.4g}" for value in view.at)
    if view.pins:
        params["pins"] = "~".join(_token(pin, view) for pin in view.pins)
    if view.base is not None:
        params["base"] = str(view.base + 1)
    return params


MAP_VIEWS = Places("manifold", ("map", "dims", "colour", "behind", "at", "pins", "base"), opening, _read, _write)
