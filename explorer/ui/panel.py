"""The slider panel of a model: what the browser needs for it, and the places that a link names."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import streamlit as st

from explorer.latent import Start
from explorer.library import Entry
from explorer.ui.components import OWN, SliderState
from explorer.ui.model_blob import model_blob
from explorer.ui.places import Places

FURTHEST = 20.0  # standard deviations of the prior; a link that asks for more is not a place


def slider_blob(entry: Entry, place: SliderState | None, starts: Sequence[Start] = ()) -> bytes:
    """The model, the starts of this visit, and where its panel starts: as `place` says, or at its first start."""
    brought = tuple((start.label, start.group, start.latent.tobytes()) for start in starts)
    return _blob(str(entry.run.directory), entry.run.version, place, brought, entry, starts)


def open_in_sliders(entry: Entry, z: tuple[float, ...]) -> None:
    """Go to the Sliders page, which starts at z."""
    SLIDERS.leave(entry, SliderState(z, OWN))
    st.switch_page("pages/sliders.py", query_params={"model": entry.key})


def _read(entry: Entry, given: Mapping[str, str]) -> SliderState | None:
    try:
        z = tuple(float(part) for part in given.get("z", "").split("_"))
        start = int(given.get("start", "-1"))
    except ValueError:
        return None
    fits = len(z) == entry.record.config.latent_dim and all(abs(value) <= FURTHEST for value in z)
    basis = "principal" if given.get("basis") == "principal" else "latent"
    return SliderState(z, start, basis) if fits else None


def _write(place: SliderState | None) -> dict[str, str]:
    if place is None:
        return {}
    params = {"z": "_".join(f"{value:.3g}" for value in place.z), "start": str(place.start)}
    return params if place.basis == "latent" else params | {"basis": place.basis}


SLIDERS = Places[SliderState | None]("sliders", ("z", "start", "basis"), lambda _: None, _read, _write)


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
