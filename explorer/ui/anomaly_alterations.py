"""Changes that are known: which, how large and where; what the model makes of them; the changed test images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.alterations import inversion, lesion, noise, occlusion, random_places, same_places
from explorer.calibration import Calibration
from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.ui.anomaly_cases import residual_sheet_row, scale_of
from explorer.ui.anomaly_scoring import Part
from explorer.ui.components import SheetRow, image_sheet

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Loaded

LESION, OCCLUSION, NOISE, INVERSION = CHANGES = ("Lesion", "Occlusion", "Noise", "Inversion")
RANDOM, FIXED = PLACES = ("Random", "Fixed")
USUAL_SIZES = {LESION: 12.5, OCCLUSION: 25.0}  # % of the side
BRAINS = {"oasis", "adni", "template-brain"}
MOST_CHANGED = 500  # images; they are scored anew with every change
SHOWN = 8  # of them in the preview
Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Change:
    """What is done to images: its name with all its settings, and the function that does it."""

    name: str
    apply: Callable[[Images], Images]


def choose_change(entry: Entry, size: int) -> Change:
    """Draw the settings of a change to images of `size` pixels."""
    usual = LESION if entry.record.data.name in BRAINS else OCCLUSION
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = st.segmented_control("Change", CHANGES, default=usual, required=True, key="change", bind="query-params")
        if kind == INVERSION:
            return Change("inversion", inversion)
        if kind == NOISE:
            sigma = st.slider(
                "Strength, standard deviation in % of the grey range",
                1,
                50,
                10,
                key="strength",
                bind="query-params",
                width=320,
            )
            return Change(f"noise {sigma} %", lambda images: noise(images, sigma=sigma / 100))
        width = _choose_size(kind, size)
        if kind == LESION:
            contrast = st.slider(
                "Contrast, % of the grey range", -100, 100, 40, step=5, key="contrast", bind="query-params", width=190
            )
        else:
            grey = st.slider(
                "Grey, 0 black to 100 white", 0, 100, 0, step=5, key="grey", bind="query-params", width=200
            )
        find, where = _choose_place()
    if kind == LESION:
        return Change(
            f"lesion {width} {contrast} {where}",
            lambda images: lesion(images, find(images), size=width, contrast=contrast / 100),
        )
    return Change(
        f"occlusion {width} {grey} {where}",
        lambda images: occlusion(images, find(images), size=width, grey=grey / 100),
    )


def changed_parts(own: Part, change: Change) -> tuple[Part, Part]:
    """Some of the test images as they are, and changed; in both a test image is none of its own neighbours."""
    count = min(MOST_CHANGED, len(own.images))
    images = own.images.take(np.arange(count))
    changed = _changed(own.key, change.name, images.images, change)
    return (
        Part(f"some {own.key}", "unchanged images", images, own.own[:count]),
        Part(f"{change.name} {own.key}", "changed images", replace(images, images=changed), own.own[:count]),
    )


def draw_preview(
    model: Loaded, calibration: Calibration | None, before: Part, after: Part, slices: NDArray[np.int64] | None
) -> None:
    """Some images before and after the change, what the model draws of the changed ones, and where it differs."""
    originals, changed = (part.images.images[:SHOWN] for part in (before, after))
    decoded = model.reconstruct(changed)
    rows = [
        SheetRow("before", "test image", originals[:, 0]),
        SheetRow("changed", "", changed[:, 0]),
        SheetRow("decoded", "of the changed", grey_tiles(decoded)),
    ]
    legend = None
    if calibration is not None:
        row, legend = residual_sheet_row(calibration, changed, decoded, None if slices is None else slices[:SHOWN])
        rows.append(row)
    image_sheet(
        rows,
        key="change-preview",
        scale=scale_of(originals.shape[-1]),
        tooltips=list(before.images.ids[:SHOWN]),
        legend=legend,
    )


def _choose_size(kind: str, size: int) -> int:
    """How large a lesion or an occlusion is, in pixels; a link means the same for images of every size."""
    share = st.slider(
        "Size, % of the side",
        1.0,
        50.0,
        USUAL_SIZES[kind],
        step=0.5,
        format="%g",
        key=f"{kind.lower()}_size",
        bind="query-params",
        help=f"Of {size} pixels here, and at least one of them.",
        width=150,
    )
    return max(1, round(share * size / 100))


def _choose_place() -> tuple[Callable[[Images], NDArray[np.int64]], str]:
    """Where a change goes, and that in words."""
    place = st.segmented_control(
        "Place",
        PLACES,
        default=RANDOM,
        required=True,
        key="place",
        bind="query-params",
        help="Random: anywhere in the foreground, drawn for each image. Fixed: the same pixel of every image.",
    )
    if place == RANDOM:
        return random_places, RANDOM
    row = st.slider("From the top, %", 0, 100, 50, key="from_top", bind="query-params", width=140)
    column = st.slider("From the left, %", 0, 100, 50, key="from_left", bind="query-params", width=140)
    return lambda images: same_places(images, (row / 100, column / 100)), f"{row} {column}"


@st.cache_data(max_entries=8, show_spinner=False)
def _changed(own: str, name: str, _images: Images, _change: Change) -> Images:  # noqa: ARG001, the key
    return _change.apply(_images)
