"""The test images that a lasso caught: what they are, how they are decoded, what lies in their middle; their file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.errors import DatasetError
from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.ui.charts import BARE
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.facts import describe_row
from explorer.ui.layout import section
from explorer.ui.manifold import MapView
from explorer.ui.map_blob import run_of, shown_map
from explorer.ui.picture_size import is_small
from explorer.ui.state import Floats, open_images, open_latents, open_session, theme
from explorer.ui.words import plain

SHOWN = {True: 42, False: 24}  # images of a selection: small ones, large ones
LARGE = 112  # CSS pixels that the image of the mean aims at
HOW = "Choose :material/lasso_select: above the map and draw around test images; they appear here, and as a file."
Rows = NDArray[np.int64]


def draw_selection(entry: Entry, view: MapView, selected: Sequence[int]) -> None:
    """Draw the section, of rows of the test split; one line where there are none."""
    space = open_latents(entry)
    rows = np.array([row for row in selected if 0 <= row < len(space.mean)], np.int64)
    if len(rows) == 0:
        section("Selection")
        st.caption(HOW)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        section(f"Selection: {len(rows):,} test image{'s' if len(rows) > 1 else ''}")
        st.download_button(
            "Save, CSV",
            data=partial(selection_csv, entry, view, rows),
            file_name=f"{entry.run.directory.name}-selection.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            key="save-selection",
            help="Rows, classes, what else is known, latents and places on this map",
        )
    middle, kinds = st.columns([2, 3], gap="large")
    with middle:
        _draw_middle(entry, rows)
    with kinds:
        _draw_kinds(entry, rows)
    _draw_images(entry, rows)


def selection_csv(entry: Entry, view: MapView, rows: Rows) -> bytes:
    """A line for each of `rows`, with a head: row of the test split, id, class, metadata, latents, place on the map.

    Ids come with the images, and are left out where the model's own images are not here.
    """
    space, shown, names = open_latents(entry), shown_map(entry, view), entry.record.data.label_names
    columns: dict[str, NDArray[np.generic] | list[str]] = {"row": rows}
    ids = _ids(entry)
    if ids is not None:
        columns["id"] = ids[rows]
    if space.labels is not None:
        columns["class"] = [names[label] for label in space.labels[rows]]
    taken = set(columns)  # a set may know an id of its own
    columns |= {name: column[rows] for name, column in space.metadata.items() if name not in taken}
    columns |= {f"z{dim + 1}": space.mean[rows, dim] for dim in range(space.mean.shape[1])}
    name = view.map if view.map != "dims" else "dims-" + "-".join(str(dim + 1) for dim in view.dims)
    columns |= {f"{name}_{axis}": shown.points[rows, place] for place, axis in enumerate("xy")}
    return _csv(columns)


def _csv(columns: Mapping[str, NDArray[np.generic] | list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def _ids(entry: Entry) -> NDArray[np.str_] | None:
    try:
        page = open_images(entry.record.data, entry.record.config.model.image_size)
    except DatasetError:
        return None
    return None if page.stand_in else page.images.ids[page.images.split == "test"]


def _draw_middle(entry: Entry, rows: Rows) -> None:
    """What the mean of their latents is decoded to, beside the test image that is nearest to it."""
    from explorer.neighbours import nearest

    space = open_latents(entry)
    mean = space.mean[rows].mean(0, keepdims=True)
    (row,), (distance,) = (found[0] for found in nearest(mean, space.mean, 1))
    own = np.linalg.norm(space.mean[rows] - mean, axis=1).mean()
    size = entry.record.config.model.image_size
    image_sheet(
        [SheetRow("", "", _decoded(entry, np.concatenate([mean, space.mean[[row]]])))],
        key="selection-mean",
        scale=max(1, round(LARGE / size)),
        bands=None,
        captions=["their mean", "nearest to it"],
        tooltips=["The mean of their latents, decoded", _describe(entry, int(row))],
    )
    st.caption(
        f"The selected are {own:.2f} from the mean of their z on average, the nearest test image {distance:.2f}: the "
        "nearer that is, the more the mean is an image that could be."
    )


def _draw_kinds(entry: Entry, rows: Rows) -> None:
    """How many are of each class, or else of each slice; nothing where neither is known."""
    from explorer.latent_figures import kind_bars

    space = open_latents(entry)
    kinds = space.kinds(entry.record.data)
    if kinds is None:
        return
    present, counts = np.unique(kinds.of[rows], return_counts=True)
    names = [kinds.names[kind].removeprefix("digit ").removeprefix("slice ") for kind in present]
    classes = None if space.labels is None else np.unique(space.labels)[present]
    title, several = ("slice", "slices") if classes is None else ("class", "classes")
    figure = kind_bars(names, title, counts, classes, theme())
    st.plotly_chart(figure, key="selection-kinds", config=BARE)
    every = f"{len(kinds.names)} {several}"
    st.caption(plain(kinds_sentence([kinds.names[kind] for kind in present], counts, every)))


def kinds_sentence(names: Sequence[str], counts: Rows, every: str) -> str:
    """Which kind is there the most, and how many of `every`, which are "10 classes"."""
    most = int(counts.argmax())
    share = f"{100 * counts[most] / counts.sum():.0f} %"
    if len(names) == 1:
        return f"All of them are {names[0]}."
    return f"{share} are {names[most]}; {len(names)} of {every} are among them."


def _draw_images(entry: Entry, rows: Rows) -> None:
    """Some of them, spread evenly, decoded from their stored latents."""
    most = SHOWN[is_small(entry.record.config.model.image_size)]
    chosen = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)]
    image_sheet(
        [SheetRow("", "", _decoded(entry, open_latents(entry).mean[chosen]))],
        key="selection-images",
        tooltips=[_describe(entry, row) for row in chosen.tolist()],
        bands=None,
    )
    some = f"{len(chosen)} of them, spread evenly, as" if len(chosen) < len(rows) else "As"
    st.caption(f"{some} decoded from their stored latents.")


def _describe(entry: Entry, row: int) -> str:
    return describe_row(f"test image {row}", open_latents(entry), entry.record.data.label_names, row)


def _decoded(entry: Entry, latents: Floats) -> NDArray[np.uint8]:
    return _tiles(run_of(entry), latents, entry)


@st.cache_data(scope="session", max_entries=8, show_spinner=False)
def _tiles(run: str, latents: Floats, _entry: Entry) -> NDArray[np.uint8]:  # noqa: ARG001, the key
    return grey_tiles(open_session(_entry).decode(latents))
