"""What a visitor takes away from a way between images: its strip, or a movie of it, decoded when asked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.library import Entry
from explorer.movies import gif, strip_png, webp
from explorer.palette import grey_tiles
from explorer.ui.interpolator import Walk
from explorer.ui.state import open_session

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Session

MOST_FRAMES = 64
MOST_SIDE = 512  # pixels of a movie's frame
USUAL_SIDE = 256
LATTICE = 9  # images a side, of the square's picture
RATES = (5, 10, 15, 20, 25, 50)
PNG, GIF, WEBP = KINDS = ("Strip, PNG", "Movie, GIF", "Movie, WebP")


@dataclass(frozen=True)
class MovieWish:
    """What the form asks for; `scale` is pixels an image pixel, `rate` images a second."""

    kind: str = PNG
    frames: int = 16
    scale: int = 4
    rate: int = 15
    returns: bool = True

    @property
    def suffix(self) -> str:
        """ "png", "gif" or "webp"."""
        return {PNG: "png", GIF: "gif", WEBP: "webp"}[self.kind]


def movie_form(entry: Entry, walk: Walk) -> None:
    """Draw the form and the button that makes the file."""
    size = entry.record.config.model.image_size
    kind = st.segmented_control("File", KINDS, default=GIF, required=True, key="movie-kind")
    is_movie = kind != PNG
    usual = 48 if is_movie else 12
    frames = usual
    if is_movie or not walk.square:
        frames = st.slider("Frames", 2, MOST_FRAMES if is_movie else 32, usual, key=f"movie-frames-{is_movie}")
    scales = [scale for scale in (1, 2, 3, 4, 6, 8, 12, 16, 32) if scale * size <= MOST_SIDE]
    scale = st.select_slider(
        "Size",
        scales,
        value=max(scale for scale in scales if scale == 1 or scale * size <= USUAL_SIDE),
        key=f"movie-scale-{size}",
        format_func=lambda scale: f"×{scale}, {scale * size} pixels",
    )
    rate, returns = 15, False
    if is_movie:
        rate = st.select_slider("Frames a second", RATES, value=15, key="movie-rate")
        returns = not walk.square and st.toggle("There and back", value=True, key="movie-returns")
    session = open_session(entry)
    wish = MovieWish(kind, frames, scale, rate, returns)
    st.download_button(
        f"Save the {'movie' if is_movie else 'strip'}",
        data=lambda: movie_file(session, walk, wish),
        file_name=f"{entry.run.directory.name}-between.{wish.suffix}",
        mime=f"image/{wish.suffix}",
        icon=":material/download:",
        on_click="ignore",
        key="movie-save",
    )


def movie_file(session: "Session", walk: Walk, wish: MovieWish) -> bytes:
    """The file: of a way its frames, of the square its lattice or a walk around it."""
    images = _lattice(session, walk) if walk.square and wish.kind == PNG else _frames(session, walk, wish.frames)
    if wish.kind == PNG:
        return strip_png(images, wish.scale)
    if wish.returns:
        images = np.concatenate([images, images[-2:0:-1]])
    write = gif if wish.kind == GIF else webp
    return write(images, wish.scale, wish.rate)


def _frames(session: "Session", walk: Walk, count: int) -> NDArray[np.uint8]:
    """The images along a walk, those of several ways one above the other, (count, W * H, W)."""
    latents = walk.frames(count)
    images = _decoded(session, latents.reshape(-1, latents.shape[-1]))
    return np.concatenate(np.split(images, len(latents)), axis=1)


def _lattice(session: "Session", walk: Walk) -> NDArray[np.uint8]:
    """The columns of the square's lattice, as images from top to bottom."""
    latents = walk.lattice(LATTICE)
    rows = _decoded(session, latents.reshape(LATTICE**2, -1))
    return np.concatenate(np.split(rows, LATTICE), axis=1)


def _decoded(session: "Session", latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    return grey_tiles(session.decode(latents))
