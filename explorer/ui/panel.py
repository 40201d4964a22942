"""The slider panel of a model: what the browser needs for it, and where it was left.

The bytes stay equal while a visitor is on the page, so that they travel once: the place to start
from is settled on arrival, and what is dragged later goes to the URL and the session alone.
"""

from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from explorer.latent import Start
from explorer.library import Entry
from explorer.ui.components import OWN, SliderState
from explorer.ui.model_blob import model_blob
from explorer.ui.picker import has_arrived

FURTHEST = 20.0  # standard deviations of the prior; a link that asks for more is not a place


def slider_blob(entry: Entry, place: SliderState | None, starts: Sequence[Start] = ()) -> bytes:
    """The model, the starts of this visit, and where its panel starts: as `place` says, or at its first start."""
    brought = tuple((start.label, start.group, start.latent.tobytes()) for start in starts)
    return _blob(str(entry.run.directory), entry.run.version, place, brought, entry, starts)


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
    if len(place.z) == entry.record.config.latent_dim:
        st.session_state["slider_memory"][entry.key] = place
        _to_link(place)


def open_in_sliders(entry: Entry, z: tuple[float, ...]) -> None:
    """Go to the Sliders page, which starts at z."""
    st.session_state.setdefault("slider_memory", {})[entry.key] = SliderState(z, OWN)
    st.switch_page("pages/sliders.py", query_params={"model": entry.key})


def _from_link(entry: Entry) -> SliderState | None:
    try:
        z = tuple(float(part) for part in st.query_params.get("z", "").split("_"))
        start = int(st.query_params.get("start", "-1"))
    except ValueError:
        return None
    fits = len(z) == entry.record.config.latent_dim and all(abs(value) <= FURTHEST for value in z)
    basis = "principal" if st.query_params.get("basis") == "principal" else "latent"
    return SliderState(z, start, basis) if fits else None


def _to_link(place: SliderState | None) -> None:
    params = {} if place is None else {"z": "_".join(f"{value:.3g}" for value in place.z), "start": str(place.start)}
    if place is not None and place.basis != "latent":
        params["basis"] = place.basis
    for name in ("z", "start", "basis"):
        if name not in params:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != params[name]:
            st.query_params[name] = params[name]


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(
    directory: str,
    version: int,
    place: SliderState | None,
    brought: tuple[tuple[str, str, bytes], ...],
    _entry: Entry,
    _starts: Sequence[Start],
) -> bytes:
    panel = {"z": None, "start": None} if place is None else asdict(place)
    return model_blob(_entry).with_panel(panel, starts=_starts)
