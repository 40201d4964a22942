"""What a visitor asks a prior of codes for: new images or the rest of one, which class, how bold, how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.draws import MOST_SEED, MOST_TEMPERATURE
from explorer.library import Entry
from explorer.networks import VQVAEConfig
from explorer.ui.code_drawing import Hole, Unfinished, Wish

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_maps import CodeMaps

NEW, COMPLETE = MODES = ("New images", "Complete an image")
ANY = "Any"
MOST_COUNT = 64
USUAL_COUNT = 12
LEAST_TEMPERATURE = 0.1  # as `ancestral.py` has it, which imports torch
OWN_HOLE = "Rows and columns"
TOP, BOTTOM, LEFT, RIGHT, CENTRE = ("Top half", "Bottom half", "Left half", "Right half", "Centre")
HOLES = (BOTTOM, TOP, LEFT, RIGHT, CENTRE, OWN_HOLE)


def code_controls(entry: Entry, model: VQVAEConfig, test: CodeMaps) -> Wish:
    """Draw the controls; every setting is in the address, by names that the samples of a VAE do not have."""
    names = entry.record.data.label_names
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mode = st.segmented_control("Draw", MODES, default=NEW, required=True, key="draw", bind="query-params")
        label = _class(names, entry.record.data.without) if names else None
        count = st.number_input("Images", 1, MOST_COUNT, USUAL_COUNT, key="count", bind="query-params", width=120)
        seed = st.number_input("Seed", 0, MOST_SEED, key="code_seed", bind="query-params", width=150)
        st.button("Draw again", icon=":material/casino:", type="primary", help="The next seed", on_click=_next)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        temperature = st.slider(
            "Temperature",
            LEAST_TEMPERATURE,
            MOST_TEMPERATURE,
            1.0,
            0.05,
            key="code_temperature",
            bind="query-params",
            help="Divides the logits: below 1 the likely codes become likelier. 1 is what the prior was trained for.",
            width=320,
        )
        _clamp("top_k", 0, model.codebook_size)
        top_k = st.number_input(
            "Top-k",
            0,
            model.codebook_size,
            key="top_k",
            bind="query-params",
            help=f"Draw among so many likeliest codes of {model.codebook_size}; 0 is all of them.",
            width=130,
        )
        image = _unfinished(model.map_size, test, names) if mode == COMPLETE else None
    return Wish(int(seed), float(temperature), int(top_k), label, int(count), image)


def _class(names: tuple[str, ...], unseen: tuple[str, ...]) -> int | None:
    """The label that is chosen; classes that the prior never saw are not offered."""
    offered = (ANY, *(name for name in names if name not in unseen))
    choice = st.selectbox("Class", offered, key="class", bind="query-params", width=130)
    return names.index(choice) if choice in names else None


def _unfinished(side: int, test: CodeMaps, names: tuple[str, ...]) -> Unfinished:
    """Which test image, and what of it is erased."""
    rows = np.arange(len(test.codes))
    if test.labels is not None:
        of = st.selectbox("Test images of", (ANY, *names), key="image_class", bind="query-params", width=140)
        if of in names and (test.labels == names.index(of)).any():
            rows = np.flatnonzero(test.labels == names.index(of))
    _clamp("test_image", 1, len(rows))
    help_text = f"1 to {len(rows):,}"
    number = st.number_input("Number", 1, len(rows), key="test_image", bind="query-params", help=help_text, width=130)
    erased = st.selectbox("Erased", HOLES, key="erased", bind="query-params", width=170)
    return Unfinished(int(rows[int(number) - 1]), _hole(erased or BOTTOM, side))


def _hole(erased: str, side: int) -> Hole:
    half, quarter = side // 2, side // 4
    if erased == OWN_HOLE:
        (top, bottom), (left, right) = _span("Rows", side), _span("Columns", side)
        return Hole(top - 1, bottom, left - 1, right)
    return {
        TOP: Hole(0, half, 0, side),
        BOTTOM: Hole(half, side, 0, side),
        LEFT: Hole(0, side, 0, half),
        RIGHT: Hole(0, side, half, side),
        CENTRE: Hole(quarter, side - quarter, quarter, side - quarter),
    }[erased]


def _span(name: str, side: int) -> tuple[int, int]:
    """The first and the last one that are erased, from 1."""
    key, quarter = f"erased_{name.lower()}", side // 4
    if max(st.session_state.get(key, (1,))) > side:  # left by a model with larger maps
        del st.session_state[key]
    return st.slider(f"{name} erased", 1, side, (quarter + 1, side - quarter), key=key, bind="query-params", width=200)


def _clamp(key: str, low: int, high: int) -> None:
    """Bring what another model or class left in a number field into its new range."""
    if key in st.session_state and not low <= st.session_state[key] <= high:
        st.session_state[key] = min(max(st.session_state[key], low), high)


def _next() -> None:
    st.session_state["code_seed"] = (st.session_state["code_seed"] + 1) % (MOST_SEED + 1)
