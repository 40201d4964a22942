"""Movies that a visitor takes away from the sliders: decoded on the way, and saved by the browser."""

import numpy as np
import streamlit as st

from explorer.library import Entry
from explorer.movies import gif, webp
from explorer.ui.components import MovieWish, save_file
from explorer.ui.state import open_session

KINDS = {"gif": gif, "webp": webp}
STEPS = 32  # images one way; the movie goes there and back
RATE = 20  # images a second
SIDE = 224  # pixels that a movie has at least


def save_movie(entry: Entry, wish: MovieWish) -> None:
    """Hand the browser a movie of the way between the two latents, if they are latents of this model."""
    if wish.kind not in KINDS or any(len(end) != entry.record.config.latent_dim for end in wish.ends):
        return
    way = np.linspace(*wish.ends, STEPS, dtype=np.float32)
    frames = (255 * open_session(entry).decode(np.concatenate([way, way[-2:0:-1]]))).round().astype(np.uint8)
    content = KINDS[wish.kind](frames, -(-SIDE // frames.shape[-1]), RATE)
    st.session_state["movies"] = st.session_state.get("movies", 0) + 1
    name = f"{entry.run.directory.name}.{wish.kind}"
    save_file(content, f"image/{wish.kind}", name, key=f"movie-{st.session_state['movies']}")
