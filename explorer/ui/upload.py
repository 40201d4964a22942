"""A visitor's own images on a page: what may come, what became of it, and whether it is shown inverted.

Any page can take them: `upload_images` draws the controls and returns a set of images framed for the
model. They live as long as the visit to the page does.
"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer.datasets.image_folder import SUFFIXES
from explorer.datasets.image_set import ImageSet
from explorer.datasets.uploads import BOUNDS, MAX_MEGABYTES, Upload, Uploads, border_level, read_uploads
from explorer.library import Entry
from explorer.ui.state import open_code_maps, open_code_session, open_session
from explorer.ui.words import plain

HOW_INVERTED = "Dark becomes light and light becomes dark; paper, as the border of the image shows it, becomes black."
BLACK = 0.1  # the brightest that the ground of a model's images is, of 1, to be called black


def upload_images(entry: Entry, *, key: str) -> ImageSet | None:
    """Let the visitor bring images, framed for the model of `entry`; None until there is one.

    What was converted, inverted or refused is said beneath. Raises RunError when the model cannot be loaded.
    """
    size = entry.record.config.model.image_size
    files = st.file_uploader(
        "Your images",
        SUFFIXES,
        accept_multiple_files=True,
        key=key,
        max_upload_size=MAX_MEGABYTES,
        label_visibility="collapsed",
    )
    if not files:
        st.caption(
            f"{BOUNDS}. They are framed like the training images, padded to a square with black and averaged down to "
            f"{size} × {size} grey, and are not saved."
        )
        return None
    with st.spinner("Reading"):
        uploads = _read(files, size)
    if uploads.refusals:
        st.warning("  \n".join(map(plain, uploads.refusals)), icon=":material/warning:")
    if not len(uploads.images):
        return None
    inverted = _choose_inverted(entry, uploads, key)
    st.caption(plain(uploads.notice))
    return uploads.image_set(inverted)


def _choose_inverted(entry: Entry, uploads: Uploads, key: str) -> NDArray[np.bool_]:
    """Which images to take as negatives, (N,) bool; those on white at once where the model draws on black."""
    dark = uploads.dark_on_light
    if not dark.any():
        return np.full(dark.shape, st.toggle("Invert", key=f"{key}-invert", help=HOW_INVERTED))
    is_fitting = _draws_on_black(entry)
    which = f"{dark.sum()} of {len(dark)} images" if len(dark) > 1 else "your image"
    why = " This model draws light on dark." if is_fitting else ""
    label = f"Invert what is dark on light: {which}.{why}"
    return dark & st.toggle(label, value=is_fitting, key=f"{key}-invert-dark-{is_fitting}", help=HOW_INVERTED)


def _draws_on_black(entry: Entry) -> bool:
    """Whether the border of what the model draws is black: at the prior's mean, or from the codes of a test image."""
    if entry.record.config.has_codes:
        drawn = open_code_session(entry).decode(open_code_maps(entry, "test").codes[:1])
    else:
        drawn = open_session(entry).decode(np.zeros((1, entry.record.config.latent_dim), np.float32))
    return border_level(drawn[0]) < BLACK


@st.cache_data(scope="session", max_entries=4, show_spinner=False, hash_funcs={UploadedFile: lambda file: file.file_id})
def _read(files: Sequence[UploadedFile], image_size: int) -> Uploads:
    return read_uploads([Upload(file.name, file) for file in files], image_size)
