"""Movies of a way through the latent space: decoded when they are wanted, and saved by the browser."""

import numpy as np
import streamlit as st

from explorer.library import Entry
from explorer.movies import gif, webp
from explorer.palette import grey_tiles
from explorer.ui.components import MovieWish, save_file
from explorer.ui.layout import told_errors
from explorer.ui.state import Floats, open_session

KINDS = {"gif": gif, "webp": webp}
STEPS = 32  # images one way; the movie goes there and back
RATE = 20  # images a second
SIDE = 224  # pixels that a movie has at least


def save_movie(entry: Entry, wish: MovieWish) -> None:
    """Hand the browser a movie of the way between the two latents, if they are latents of this model."""
    if all(len(end) == entry.record.config.latent_dim for end in wish.ends):
        save_way(entry, np.linspace(*wish.ends, STEPS, dtype=np.float32), wish.kind, entry.run.directory.name)


@told_errors()
def save_way(entry: Entry, latents: Floats, kind: str, name: str) -> None:
    """Hand the browser a movie of what latents (N, L) of this model decode to, there and back."""
    if kind not in KINDS:
        return
    frames = grey_tiles(open_session(entry).decode(np.concatenate([latents, latents[-2:0:-1]])))
    content = KINDS[kind](frames, -(-SIDE // frames.shape[-1]), RATE)
    st.session_state["movies"] = st.session_state.get("movies", 0) + 1
    save_file(content, f"image/{kind}", f"{name}.{kind}", key=f"movie-{st.session_state['movies']}")
