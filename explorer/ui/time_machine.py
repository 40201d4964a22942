"""The time machine: one slider over the epochs of a run, and movies of how it learned to take away."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from explorer.errors import DatasetError
from explorer.evolution import Evolution, PointValues, Tiles, point_values, read_evolution
from explorer.palette import PALETTES
from explorer.records import RunRecord
from explorer.runs import Run
from explorer.ui.components import Letter, declare
from explorer.ui.layout import section
from explorer.ui.state import open_images, theme
from explorer.ui.time_machine_blob import machine_blob

_MACHINE = declare("timemachine")
PICTURES, LATENTS = "Reconstructions", "Latent space"
GIF, WEBP = "GIF", "WebP"


@dataclass(frozen=True)
class Learned:
    """What there is of a run to look back on; `originals` u8 (R, H, W) where the images are here."""

    evolution: Evolution
    values: PointValues | None
    originals: Tiles | None
    blob: bytes


def has_evolved(run: Run) -> bool:
    """Whether more than one epoch is stored."""
    return len(run.snapshot_epochs()) > 1


def draw_time_machine(run: Run, record: RunRecord, *, key: str, can_save: bool = True) -> None:
    """Draw it; a page that runs again each second cannot save. Raises RunError when the run cannot be read."""
    fingerprint = _fingerprint(record)
    learned = _learned(str(run.directory), tuple(run.snapshot_epochs()), run.version, fingerprint, record)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        section("Watch it learn")
        if can_save:
            with st.popover("Save", icon=":material/download:"):
                _save_form(run, learned, key)
    _MACHINE(key=key, data=Letter(key, learned.blob).data)
    st.caption(_explained(learned, record))


def movie_file(learned: Learned, what: str, kind: str, shown: str) -> bytes:
    """The movie of `what`, PICTURES or LATENTS, as `kind`, in the colours of the theme `shown`."""
    from explorer.evolution_movies import latent_movie, reconstruction_movie
    from explorer.movies import gif, webp

    evolution, palette = learned.evolution, PALETTES[shown]
    if what == LATENTS and evolution.plane:
        movie = latent_movie(evolution, evolution.plane, learned.values, palette)
    else:
        movie = reconstruction_movie(evolution, learned.originals, palette)
    return (gif if kind == GIF else webp)(movie.frames, 1, movie.rate)


@st.fragment
def _save_form(run: Run, learned: Learned, key: str) -> None:
    what = PICTURES
    if learned.evolution.plane:
        what = _either("Movie of", (PICTURES, LATENTS), f"{key}-what")
    kind = _either("File", (GIF, WEBP), f"{key}-kind")
    content: Callable[[], bytes] = partial(movie_file, learned, what, kind, theme())
    st.download_button(
        "Save the movie",
        data=content,
        file_name=f"{run.name}-{what.split()[0].lower()}.{kind.lower()}",
        mime=f"image/{kind.lower()}",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}-save",
    )
    st.caption("The curves as PNG: the camera that comes up at the corner of each chart.")


def _either(label: str, options: tuple[str, str], key: str) -> str:
    chosen: str = st.segmented_control(label, options, default=options[0], required=True, key=key)
    return chosen


def _explained(learned: Learned, record: RunRecord) -> str:
    plane = learned.evolution.plane
    pictures = "Marks on the line: the stored epochs."
    if plane is None:
        return pictures
    dims = record.config.latent_dim
    space = f"all {dims} dimensions" if dims > 1 else "its dimension"
    seen = f", then seen on that epoch's principal plane, {plane.share:.0%} of its variance" if dims > 2 else ""
    return (
        f"{pictures} Points: posterior means of {plane.points.shape[1]:,} test images, each epoch aligned to the last: "
        f"centred, and turned or mirrored as near to it as can be in {space} (orthogonal Procrustes, no "
        f"scaling){seen}. So what moves was learned. Between the marks points go straight; that is drawn, not stored."
    )


def _fingerprint(record: RunRecord) -> str:
    """Of the images that the run learned from, where they are here."""
    try:
        page = open_images(record.data, record.config.model.image_size)
    except DatasetError:
        return ""
    return "" if page.stand_in else page.images.fingerprint


@st.cache_resource(max_entries=4, show_spinner=False)
def _learned(directory: str, epochs: tuple[int, ...], version: int, fingerprint: str, _record: RunRecord) -> Learned:
    run = Run(Path(directory))
    evolution = read_evolution(run)
    values = point_values(run, _record.data, evolution.point_rows) if evolution.plane else None
    originals = _originals(_record, evolution) if fingerprint else None
    return Learned(evolution, values, originals, machine_blob(evolution, values, originals, run.read_epochs(), _record))


def _originals(record: RunRecord, evolution: Evolution) -> Tiles:
    test = open_images(record.data, record.config.model.image_size).images.select("test")
    originals: Tiles = np.ascontiguousarray(test.images[evolution.rows, 0])
    return originals
