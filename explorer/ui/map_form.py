"""A UMAP map on demand: its parameters are chosen first; it is computed in the background, and can be cancelled."""

import streamlit as st

from explorer.jobs import cancel_map, start_map
from explorer.library import Entry
from explorer.projection import UmapConfig
from explorer.stored_maps import StoredMap
from explorer.ui.access import is_readonly
from explorer.ui.layout import explained_errors, told_errors
from explorer.ui.words import plain

LEAST_DIMENSIONS = 3  # of a latent space that has more to it than its plane


def map_form(entry: Entry) -> None:
    """Draw the form, or how far the map is that was asked for; the page is drawn anew once it is there."""
    if is_readonly() or entry.record.config.latent_dim < LEAST_DIMENSIONS:
        return
    wanted: dict[str, UmapConfig] = st.session_state.setdefault("map_wanted", {})
    if entry.key in wanted and StoredMap(entry.run, wanted[entry.key]).state().phase == "computing":
        _follow(entry, wanted[entry.key])
        return
    with st.popover("UMAP", type="tertiary", icon=":material/hub:", help="Lay the latents out by their neighbours"):
        chosen = _choose(entry)
        stored = StoredMap(entry.run, chosen)
        state = stored.state()
        if state.phase == "failed" or (state.phase == "interrupted" and entry.key in wanted):
            st.error(plain(state.message), icon=":material/error:")
        if state.phase == "stored":
            st.caption("This map is there: choose it above the picture.")
        elif st.button("Compute the map", type="primary", icon=":material/play_arrow:", key="umap-start"):
            with told_errors():
                start_map(stored)
                wanted[entry.key] = chosen
                st.rerun()


def _choose(entry: Entry) -> UmapConfig:
    fields, usual = UmapConfig.model_fields, UmapConfig()
    most = min(200, entry.record.data.counts["test"] - 1)
    neighbours = st.number_input("Neighbours", 2, most, min(usual.neighbours, most), key="umap-neighbours")
    st.caption(f"{fields['neighbours'].description}: few show clumps, many the whole.")
    distance = st.number_input("Min. distance", 0.0, 1.0, usual.min_dist, 0.05, key="umap-distance")
    st.caption(f"{fields['min_dist'].description}.")
    return UmapConfig(neighbours=int(neighbours), min_dist=round(float(distance), 3))


@st.fragment(run_every=1.0)
@explained_errors()
def _follow(entry: Entry, config: UmapConfig) -> None:
    stored = StoredMap(entry.run, config)
    state = stored.state()
    if state.phase != "computing":
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        about = f"{config.neighbours} neighbours, min. distance {config.min_dist:g}. {state.message}"
        st.caption(f"UMAP {100 * state.progress:.0f} %", help=plain(about))
        if st.button("Cancel", icon=":material/close:", type="tertiary", key="umap-cancel"):
            with told_errors():
                cancel_map(stored)
            st.rerun()
