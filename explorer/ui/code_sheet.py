"""The sheet of what was drawn: samples over their nearest training images, or an image and its completions."""

import numpy as np
import streamlit as st

from explorer.datasets.image_set import ImageSet
from explorer.errors import DatasetError
from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.ui.code_drawing import Drawing, Tiles, Unfinished
from explorer.ui.code_pictures import hatched
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.layout import section
from explorer.ui.state import open_code_maps, open_code_session, open_images
from explorer.ui.words import plain

SKELETON = 190  # CSS pixels: a row of small samples and their nearest


def draw_sheet(entry: Entry, drawing: Drawing, *, key: str) -> int:
    """Draw it once there are images. Returns which image was clicked last, the first before a click."""
    section("Samples" if drawing.wish.image is None else "Completions")
    if drawing.images is None:
        st.skeleton(height=SKELETON)
        return 0
    if drawing.wish.image is not None:
        return _completions(entry, drawing.images, drawing.wish.image, key)
    return _samples(drawing, drawing.images, len(open_code_maps(entry, "train").codes), key)


def _samples(drawing: Drawing, images: Tiles, compared: int, key: str) -> int:
    rows, captions = [SheetRow("sample", "of the prior", images)], []
    if drawing.nearest is not None and drawing.ssim is not None:
        nearest = np.zeros_like(images)
        nearest[: len(drawing.nearest)] = drawing.nearest
        rows.append(SheetRow("nearest", "training image", nearest))
        captions = [f"{value:.2f}" for value in drawing.ssim]
    picked = image_sheet(rows, key=key, captions=captions, bands=None, selectable=True)
    st.caption(
        f"Under each sample: the most similar of {compared:,} training images, as decoded from its codes, and their "
        "SSIM. Click one to see its code map above."
    )
    return picked or 0


def _completions(entry: Entry, images: Tiles, image: Unfinished, key: str) -> int:
    """The image as it is here, decoded, and with its hole, before the completions."""
    test = open_code_maps(entry, "test")
    decoded = grey_tiles(open_code_session(entry).decode(test.codes[[image.row]]))
    before = [("decoded", decoded), ("kept", hatched(decoded, image.hole.kept(test.codes.shape[1])))]
    original = _original(entry, image.row)
    if original is not None:
        before.insert(0, ("original", original))
    numbers = [str(number + 1) for number in range(len(images))]
    picked = image_sheet(
        [SheetRow("", "", np.concatenate([*(tile for _, tile in before), images]))],
        key=key,
        captions=[*(name for name, _ in before), *numbers],
        bands=None,
        selectable=True,
    )
    of = "" if test.labels is None else f", class {plain(entry.record.data.label_names[test.labels[image.row]])}"
    st.caption(
        f"Test image {image.row + 1}{of}. A completion continues what is kept above and to the left of each site. "
        "The prior reads from top to bottom, so what is kept below a hole has no say in what fills it."
    )
    return max(0, (picked or 0) - len(before))


def _original(entry: Entry, row: int) -> Tiles | None:
    """The test image itself, u8 (1, H, H); None where the model's own images are not on this machine."""
    try:
        page = open_images(entry.record.data, entry.record.config.model.image_size)
    except DatasetError:
        return None
    test: ImageSet = page.images.select("test")
    if page.stand_in is not None or row >= len(test):
        return None
    original: Tiles = test.images[[row], 0]
    return original
