"""The panel of a codebook as a typed function: the views that a link names, and what Python answers it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.datasets.image_set import ImageSet
from explorer.errors import DatasetError
from explorer.library import Entry
from explorer.networks import VQVAEConfig
from explorer.palette import grey_tiles
from explorer.ui.codebook_blob import codebook_blob
from explorer.ui.components import Letter, answer_latents, answer_page, declare, rerun
from explorer.ui.layout import explained_errors
from explorer.ui.places import Places
from explorer.ui.state import open_code_maps, open_code_session, open_images

COLORINGS = ("index", "usage")  # codecolors.js has the same
ORIGINALS = "-originals"  # of the panel's key: the line on which test images are asked for; codebook.js has the same


@dataclass(frozen=True)
class CodebookView:
    """Where the panel stands: which test image, and how its map is coloured."""

    row: int = 0
    coloring: str = COLORINGS[0]


@dataclass(frozen=True)
class TestImages:
    """The test images that the stored maps were encoded from, or a sentence on why they are not to be had."""

    images: ImageSet | None
    missing: str | None


_PANEL = declare("codebook")


def codebook(blob: bytes, *, key: str) -> CodebookView | None:
    """Mount the panel: the blob's decoder runs in the page while codes are painted.

    `blob` is what `codebook_blob.py` makes. What its metadata `panel` says counts at the first mount.
    Returns where it was left last with this blob, None before that.
    """
    letter = Letter(key, blob)
    result = _PANEL(key=key, data=letter.data, on_committed_change=rerun)
    committed = letter.answer(result.committed)
    if committed is None:
        return None
    return CodebookView(int(committed["row"]), as_coloring(committed["coloring"]))


def panel_blob(entry: Entry, view: CodebookView) -> bytes:
    """The model's codes, and where the panel starts. Raises RunError when the run cannot be loaded or has no maps."""
    return _panel_blob(str(entry.run.directory), entry.run.version, view, test_images(entry).missing, entry)


def test_images(entry: Entry) -> TestImages:
    """Of the run's own images. A set that stands in for them was never encoded here."""
    record = entry.record
    try:
        page = open_images(record.data, record.config.model.image_size)
    except DatasetError:
        return TestImages(None, "The images are not on this machine; their code maps are stored with the model.")
    test = page.images.select("test")
    if page.stand_in or len(test) != len(open_code_maps(entry, "test").codes):
        return TestImages(None, "The images of the training set are not on this machine; their code maps are stored.")
    return TestImages(test, None)


@st.fragment
@explained_errors()
def answer_codebook(entry: Entry, panel: str) -> None:
    """Send the test image that the panel shows, and decode where the page does not; nothing else runs again for it."""
    model, session = entry.record.config.model, open_code_session(entry)
    assert isinstance(model, VQVAEConfig)
    test = test_images(entry).images
    if test is not None:
        answer_page(
            lambda wanted: _original(entry, test, wanted), panel=panel + ORIGINALS, key=f"{panel}-asked-{entry.key}"
        )
    if codebook_blob(entry).has_decoder:
        return
    side, last = model.map_size, model.codebook_size - 1

    def decode(maps: np.ndarray) -> np.ndarray:
        codes = np.clip(np.nan_to_num(maps), 0, last).astype(np.int64)
        return grey_tiles(session.decode(codes.reshape(-1, side, side)))

    answer_latents(decode, side**2, panel=panel, key=f"{panel}-decodes-{entry.key}")


def as_coloring(name: str) -> str:
    """The colouring of this name; the first one where there is no such."""
    return name if name in COLORINGS else COLORINGS[0]


def _original(entry: Entry, test: ImageSet, wanted: dict[str, Any]) -> bytes:
    """Grey levels of a test image (H, W), and f32 of what the encoder makes of it (D, s, s); nothing of no such row."""
    row = int(wanted["row"])
    if not 0 <= row < len(test):
        return b""
    image = test.images[row : row + 1]
    vectors = open_code_session(entry).vectors(image)
    return image.tobytes() + vectors.astype(np.float32).tobytes()


def _read(entry: Entry, given: Mapping[str, str]) -> CodebookView:
    try:
        row = int(given.get("image", "0"))
    except ValueError:
        row = 0
    most = entry.record.data.counts.get("test", 1) - 1
    return CodebookView(max(0, min(most, row)), as_coloring(given.get("colour", "")))


def _write(view: CodebookView) -> dict[str, str]:
    return {"image": str(view.row), "colour": view.coloring}


CODEBOOK_VIEWS = Places("codebook", ("image", "colour"), lambda _: CodebookView(), _read, _write)


@st.cache_resource(max_entries=8, show_spinner=False)
def _panel_blob(directory: str, version: int, view: CodebookView, missing: str | None, _entry: Entry) -> bytes:
    return codebook_blob(_entry).with_panel(asdict(view), missing)
