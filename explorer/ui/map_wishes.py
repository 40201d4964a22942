"""What a visitor takes from the map: a movie of a path, pins to walk between; and why a model has no map."""

import numpy as np
import streamlit as st

from explorer.library import Entry
from explorer.ui.exports import save_way
from explorer.ui.layout import empty_state, require_latent
from explorer.ui.manifold import PathWish, Pin
from explorer.ui.map_view import walk_of
from explorer.ui.walks import WALKS


def require_map(entry: Entry) -> None:
    """End the page where this model has no latents to draw a map of, and say why."""
    require_latent(entry)
    if not entry.run.has_latents:
        why = "This run stored no latents of test images, so there are no points. Training writes them at its end."
        empty_state(":material/scatter_plot:", "No latents to map", why, link=("pages/train.py", "Train a model"))
    elif entry.record.config.latent_dim < 2:
        why = "The latents of this model are single numbers: they lie on a line, which one slider goes along."
        empty_state(":material/scatter_plot:", "A line has no map", why, link=("pages/sliders.py", "Open the Sliders"))
    else:
        return
    st.stop()


def save_path(entry: Entry, wish: PathWish) -> None:
    """Hand the browser a movie of what is decoded along a path, there and back."""
    latents = np.asarray(wish.latents, np.float32)
    if latents.ndim == 2 and latents.shape[1] == entry.record.config.latent_dim:
        save_way(entry, latents, wish.kind, f"{entry.run.directory.name}-path")


def open_walk(entry: Entry, pins: tuple[Pin, ...]) -> None:
    """Go to the Interpolate page, which starts between the pins."""
    WALKS.leave(entry, walk_of(pins))
    st.switch_page("pages/interpolate.py", query_params={"model": entry.key})
