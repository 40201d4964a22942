"""The same test images through several models, one row each, and through PCA of the same sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from explorer.comparison import NUMBER_BYTES
from explorer.datasets.image_set import ImageSet
from explorer.errors import DatasetError
from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.ui.comparison import Reference
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.facts import describe_image
from explorer.ui.layout import explained_errors, section, show_notices
from explorer.ui.picture_size import MEDIUM, SMALL, row_scale
from explorer.ui.state import PageImages, open_images, open_model
from explorer.ui.words import plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.reference import LinearModel

Tiles = NDArray[np.uint8]


def images_of(entry: Entry) -> PageImages | DatasetError:
    """The images that the run learned from, or others in their place, or why there are none."""
    try:
        return open_images(entry.record.data, entry.record.config.model.image_size)
    except DatasetError as error:
        return error


def own_images(page: PageImages | DatasetError) -> ImageSet | None:
    """The images, where they are those that the run learned from; None where none or others are here."""
    return None if isinstance(page, DatasetError) or page.stand_in else page.images


def draw_images(
    group: Sequence[Entry], guests: Sequence[Entry], page: PageImages | DatasetError, sizes: Sequence[int]
) -> None:
    """Draw the rows: the originals, the runs of one data set, then `guests` of another, and PCA of `sizes`."""
    size = group[0].record.config.model.image_size
    if isinstance(page, DatasetError):
        _draw_stored(group, page)
        return
    test, name = page.images.select("test"), page.images.title
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        section(f"The same test images of {name}")
        tools = st.container(horizontal=True, vertical_alignment="bottom", width="content")
    rows = _choose_rows(test, tools, group[0].key)
    show_notices(page)
    originals = test.images[rows]
    sheet = [SheetRow("original", "test set", originals[:, 0])]
    with explained_errors(), st.spinner("Decoding"):
        for entry in [*group, *guests]:
            detail = describe_latent(entry) if entry in group else "of other images"
            sheet.append(SheetRow(entry.key, detail, _decoded_by(entry, page.images, rows)))
    for each in sizes:
        rebuilt = grey_tiles(_linear(page.images, each).reconstruct(originals))
        sheet.append(SheetRow(f"PCA, {each}", "components", rebuilt))
    key = f"compared-images-{group[0].key}"
    tooltips = [describe_image(test, row) for row in rows]
    image_sheet(sheet, key=key, scale=row_scale(size), tooltips=tooltips, bands=None)


def pca_references(images: ImageSet, sizes: Sequence[int]) -> list[Reference]:
    """What PCA of each size, fitted on the training images, reaches on the test images."""
    found = []
    for size in sizes:
        with st.spinner(f"Fitting PCA with {size} components"):
            quality = _linear_quality(images.fingerprint, images.image_size, size, images)
        costs = {"parameters": (size + 1) * images.image_size**2, "bytes": NUMBER_BYTES * size}
        found.append(Reference(size, quality | costs))
    return found


def latent_sizes(entries: Sequence[Entry]) -> list[int]:
    """The latent dimensions of the VAEs among the runs, each once, from small to large."""
    return sorted({entry.record.config.latent_dim for entry in entries if not entry.record.config.has_codes})


def describe_images(entry: Entry) -> str:
    """ "MNIST, 28 × 28": what a run learned from; not yet plain."""
    size = entry.record.config.model.image_size
    return f"{entry.record.data.title}, {size} × {size}"


def describe_latent(entry: Entry) -> str:
    """ "20 numbers" or "7 × 7 codes"."""
    model = entry.record.config.model
    return f"{model.map_size} × {model.map_size} codes" if model.kind == "vqvae" else f"{model.latent_dim} numbers"


def _choose_rows(test: ImageSet, tools: DeltaGenerator, key: str) -> NDArray[np.int64]:
    """Rows of the test images: of a class or of all, a page of them spread evenly over the set."""
    rows, label = np.arange(len(test)), "All"
    at_once = 12 if test.image_size <= SMALL else 10 if test.image_size <= MEDIUM else 6
    with tools:
        if test.labels is not None:
            classes = test.occurring_classes()
            label = st.selectbox("Class", ["All", *classes], key=f"compared-class-{key}", width=120)
            if label != "All":
                rows = np.flatnonzero(test.labels == classes[label])
        sheets = max(1, -(-len(rows) // at_once))
        sheet = (
            st.pagination(sheets, key=f"compared-sheet-{key}-{label}-{sheets}", max_visible_pages=5)
            if sheets > 1
            else 1
        )
    return rows[sheet - 1 :: sheets]


def _draw_stored(entries: Sequence[Entry], error: DatasetError) -> None:
    """Without images: the decodes that each run stored at its end, of the same test images, and what to do."""
    st.info(plain(str(error)), icon=":material/info:")
    stored = {}
    for entry in entries:
        epochs = entry.run.snapshot_epochs()
        if epochs:
            with explained_errors():
                stored[entry.key] = entry.run.read_snapshot(epochs[-1])
    if not stored:
        return
    chosen = next(iter(stored.values()))
    alike = {
        key: each["reconstructions"].astype(np.uint8)
        for key, each in stored.items()
        if each["reconstructions"].shape == chosen["reconstructions"].shape and (each["rows"] == chosen["rows"]).all()
    }
    section("The same test images, as each run stored them at its end")
    size = entries[0].record.config.model.image_size
    sheet = [SheetRow(key, "decoded", images) for key, images in alike.items()]
    image_sheet(sheet, key=f"compared-stored-{entries[0].key}", scale=row_scale(size), bands=None)


def _decoded_by(entry: Entry, images: ImageSet, rows: NDArray[np.int64]) -> Tiles:
    place = str(entry.run.directory), entry.run.version
    return _decoded(*place, images.fingerprint, rows.tobytes(), rows, images, entry)


def _linear(images: ImageSet, components: int) -> LinearModel:
    return _fitted(images.fingerprint, images.image_size, components, images)


@st.cache_data(max_entries=64, show_spinner=False)
def _decoded(
    directory: str,
    version: int,
    fingerprint: str,
    key: bytes,
    _rows: NDArray[np.int64],
    _images: ImageSet,
    _entry: Entry,
) -> Tiles:
    return grey_tiles(open_model(_entry).reconstruct(_images.select("test").images[_rows]))


@st.cache_resource(max_entries=16, show_spinner=False)
def _fitted(fingerprint: str, image_size: int, components: int, _images: ImageSet) -> LinearModel:
    from explorer.reference import LinearModel

    return LinearModel.fit(_images.select("train"), components)


@st.cache_data(max_entries=64, show_spinner=False)
def _linear_quality(fingerprint: str, image_size: int, components: int, _images: ImageSet) -> dict[str, float]:
    return _linear(_images, components).quality(_images.select("test"))
