"""Where the map stands: as it was left, as the link says, or at all of the best map there is.

The panel's bytes stay equal while a visitor is on the page, as those of the sliders do: what they hold is settled on
arrival, and what is shown later goes to the URL and the session alone.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.latent import Start
from explorer.library import Entry
from explorer.stored_maps import stored_maps
from explorer.ui.components import OWN
from explorer.ui.handoff import handed
from explorer.ui.interpolator import ANCHORS, Anchor, Walk
from explorer.ui.manifold import BEHIND, MOST_PINS, MapPlace, MapView, Pin
from explorer.ui.map_blob import columns_of, maps_of
from explorer.ui.panel import FURTHEST
from explorer.ui.picker import has_arrived
from explorer.ui.state import open_latents

PARAMS = ("map", "dims", "colour", "behind", "at", "pins", "base")
LABEL = "label"  # the colouring by class; mapcolors.js has the same
FURTHEST_PLACE = 1e4  # map units; a link that asks for more is not a place


@dataclass(frozen=True)
class Arrival:
    """What a visitor of the page arrives with: the view, and what was clicked last elsewhere."""

    view: MapView
    handed: Start | None


def recall(entry: Entry) -> Arrival:
    """What this visit began with, for this model. Raises RunError when its latents cannot be read."""
    memory: dict[str, MapView] = st.session_state.setdefault("map_memory", {})
    visit: dict[str, Arrival] = st.session_state.setdefault("map_visit", {})
    if has_arrived("manifold"):
        visit.clear()
    if entry.key not in visit:
        is_first = "map_link_read" not in st.session_state
        place = memory.get(entry.key) or (_from_link(entry) if is_first else None)
        visit[entry.key] = Arrival(place or opening(entry), handed(entry))
        st.session_state["map_link_read"] = True
        _to_link(place)
    return visit[entry.key]


def remember(entry: Entry, view: MapView) -> None:
    """Keep what was committed for the next visit, and put it into the URL."""
    st.session_state["map_memory"][entry.key] = view
    _to_link(view)


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


def _from_link(entry: Entry) -> MapView | None:
    if not set(PARAMS) & set(st.query_params):
        return None
    view, given = opening(entry), st.query_params
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


def _to_link(view: MapView | None) -> None:
    params = {} if view is None else _params(view)
    for name in PARAMS:
        if name not in params:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != params[name]:
            st.query_params[name] = params[name]


def _params(view: MapView) -> dict[str, str]:
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
