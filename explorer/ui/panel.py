"""The slider panel of a model: what the browser needs for it, and where it was left.

The bytes stay equal while a visitor is on the page, so that they travel once: the place to start
from is settled on arrival, and what is dragged later goes to the URL and the session alone.
"""

import json
from typing import Any

import numpy as np
import streamlit as st
from safetensors.numpy import save

from explorer.latent import DEAD_KL, Start
from explorer.library import Entry
from explorer.ui.components import SliderState
from explorer.ui.picker import has_arrived
from explorer.ui.state import open_latents, open_session

PRIOR_REACH = 3.0  # standard deviations of the prior that a slider spans where no latents are stored
FURTHEST = 20.0  # standard deviations of the prior; a link that asks for more is not a place


def slider_blob(entry: Entry, place: SliderState | None) -> bytes:
    """One safetensors file: decoder, reference, starts, and the panel's facts as JSON in its metadata."""
    return _blob(str(entry.run.directory), entry.run.version, place, entry)


def recall(entry: Entry) -> SliderState | None:
    """Where the panel of this model starts for this visit: as it was left, or as the link says."""
    memory: dict[str, SliderState] = st.session_state.setdefault("slider_memory", {})
    visit: dict[str, SliderState | None] = st.session_state.setdefault("slider_visit", {})
    if has_arrived("sliders"):
        visit.clear()
    if entry.key not in visit:
        is_first = "slider_link_read" not in st.session_state
        place = memory.get(entry.key) or (_from_link(entry) if is_first else None)
        visit[entry.key] = place
        st.session_state["slider_link_read"] = True
        _to_link(place)
    return visit[entry.key]


def remember(entry: Entry, place: SliderState) -> None:
    """Keep what was committed for the next visit, and put it into the URL."""
    if len(place.z) == entry.record.config.model.latent_dim:
        st.session_state["slider_memory"][entry.key] = place
        _to_link(place)


def _from_link(entry: Entry) -> SliderState | None:
    try:
        z = tuple(float(part) for part in st.query_params.get("z", "").split("_"))
        start = int(st.query_params.get("start", "-1"))
    except ValueError:
        return None
    fits = len(z) == entry.record.config.model.latent_dim and all(abs(value) <= FURTHEST for value in z)
    return SliderState(z, start) if fits else None


def _to_link(place: SliderState | None) -> None:
    params = {} if place is None else {"z": "_".join(f"{value:.3g}" for value in place.z), "start": str(place.start)}
    for name in ("z", "start"):
        if name not in params:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != params[name]:
            st.query_params[name] = params[name]


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(directory: str, version: int, place: SliderState | None, _entry: Entry) -> bytes:
    net = open_session(_entry).browser_decoder()
    size = _entry.record.config.model.image_size
    ranges, starts = _ranges(_entry)
    panel = ranges | {
        "model": f"{directory}@{version}",
        "image": [1, size, size],
        "dead_below": DEAD_KL,
        "starts": [{"label": start.label, "group": start.group} for start in starts],
        "z": None if place is None else list(place.z),
        "start": None if place is None else place.start,
    }
    latents = np.zeros((len(starts), len(ranges["low"])), np.float32)
    for row, start in enumerate(starts):
        latents[row] = start.latent
    tensors = net.tensors | {"starts": latents}
    return save(tensors, {"decoder": json.dumps(net.layers), "panel": json.dumps(panel)})


def _ranges(entry: Entry) -> tuple[dict[str, Any], list[Start]]:
    """What each slider spans and where all can start: the stored latents, or the prior where there are none."""
    if not entry.run.has_latents:
        kl = entry.record.trained.kl_per_dim
        return {"kl": kl, "low": [-PRIOR_REACH] * len(kl), "high": [PRIOR_REACH] * len(kl), "range": "prior"}, []
    space = open_latents(entry)
    bounds = {name: getattr(space, name).tolist() for name in ("kl", "low", "high")}
    return bounds | {"range": "test images"}, space.starts(entry.record.data)
