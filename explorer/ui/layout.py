"""The pieces that every page is made of: its head, its metrics, what it says when there is nothing to show."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explorer.errors import ExplorerError
from explorer.library import Entry
from explorer.palette import TILE_DIVERGING, signed_limit, signed_tiles
from explorer.ui.components import Legend, SheetRow
from explorer.ui.picker import current_entry, require_app
from explorer.ui.state import PageImages
from explorer.ui.words import plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Loaded


@dataclass(frozen=True)
class Metric:
    """A number with its unit in the label, and a fact beside it."""

    label: str
    value: str
    fact: str = ""


def page_head(title: str, caption: str, explanation: str) -> DeltaGenerator:
    """Title, one sentence on what to do, and the answer to "What am I looking at?" at the right.

    Gives the place beside that, for what a page takes in.
    """
    require_app()
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap="xxsmall", width="stretch"):
            st.title(plain(title), anchor=False)
            st.caption(caption)
        beside = st.container(width="content")
        with st.popover("What am I looking at?", type="tertiary", icon=":material/school:"):
            st.markdown(explanation)
    return beside


def residual_row(
    decoded: NDArray[np.floating], originals: NDArray[np.uint8], limit: float | None = None
) -> tuple[SheetRow, Legend]:
    """The signed difference of decoded images (N, H, W) in [0, 1] and uint8 originals, and the key to its colours.

    The colours end at +-`limit`; without one, where 99 % of the differences do.
    """
    difference = decoded - originals / 255
    limit = limit or signed_limit(difference)
    legend = Legend(f"darker than the original −{limit:g}", f"+{limit:g} brighter", TILE_DIVERGING)
    return SheetRow("residual", "signed", signed_tiles(difference, limit)), legend


def show_notices(page: PageImages) -> None:
    """Say whose images are shown, if they are not the model's, and what was skipped on opening them."""
    if page.stand_in:
        st.info(plain(page.stand_in), icon=":material/info:")
    for notice in page.images.notices:
        st.caption(plain(notice))


def show_shortage(session: "Loaded") -> None:
    """Say what was done about a lack of memory, once something was."""
    if session.notice:
        st.caption(f":material/memory: {plain(session.notice)}")


def section(title: str) -> None:
    """The title of a part of a page."""
    st.markdown(f"##### {plain(title)}")


def metric_row(metrics: Sequence[Metric], *, least_width: int = 150) -> None:
    """A row of bordered metrics that wraps where each would be narrower than `least_width` CSS pixels."""
    grid = st.grid(len(metrics), min_column_width=least_width)
    for metric in metrics:
        grid.metric(
            metric.label,
            metric.value,
            metric.fact or None,
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def require_entry() -> Entry:
    """The chosen model; without one, the page ends in an empty state that leads to Train."""
    require_app()
    entry = current_entry()
    if entry is None:
        empty_state(
            ":material/model_training:",
            "There is no model yet",
            "Nothing is shipped or trained here. The demo run takes about a minute.",
            link=("pages/train.py", "Train one"),
        )
        st.stop()
    return entry


def require_latent(entry: Entry) -> None:
    """End a page about latent numbers, for a VQ-VAE, with why it has none and where its codes are."""
    model = entry.record.config.model
    if model.kind != "vqvae":
        return
    side = model.map_size
    empty_state(
        ":material/grid_on:",
        "This model has no latent numbers",
        f"The latent of {plain(entry.key)} is a map of {side} × {side} codes, each of them one of "
        f"{model.codebook_size:,}. Between two codes lies nothing.",
        link=("pages/codebook.py", "See and paint its codes"),
        further=("pages/sample.py", "Draw new maps"),
    )
    st.stop()


def empty_state(
    icon: str,
    missing: str,
    why: str,
    *,
    link: tuple[str, str] | None = None,
    further: tuple[str, str] | None = None,
) -> None:
    """What is missing, why, and the page that mends it; perhaps another that helps."""
    entry = current_entry()
    address = {"model": entry.key} if entry else None  # a switch of pages forgets it
    with (
        st.container(border=True, height=320, vertical_alignment="center", horizontal_alignment="center"),
        st.container(width="content", horizontal_alignment="center"),
    ):
        st.markdown(f"### {icon} {missing}", text_alignment="center")
        st.caption(why, text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if link and st.button(link[1], type="primary"):
                st.switch_page(link[0], query_params=address)
            if further and st.button(further[1]):
                st.switch_page(further[0], query_params=address)


@contextmanager
def explained_errors() -> Iterator[None]:
    """Show what a user can act on as one sentence in place of the content, and end the page there.

    Decorate each fragment that reads a run or decodes: its errors do not reach its page.
    """
    try:
        yield
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        st.stop()


@contextmanager
def told_errors() -> Iterator[None]:
    """Tell what a user can act on beside the page, which goes on: for what it does, not for what it shows."""
    try:
        yield
    except ExplorerError as error:
        st.toast(plain(str(error)), icon=":material/error:")
