"""Where a visitor can start from besides the model's own starts: own images, and what another page handed over."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.latent import Start
from explorer.library import Entry
from explorer.ui.access import is_readonly
from explorer.ui.handoff import handed
from explorer.ui.state import posterior_means
from explorer.ui.upload import upload_images

GROUP = "upload"


def visit_starts(entry: Entry, place: DeltaGenerator) -> list[Start]:
    """The latent handed over last, and `uploaded_starts`. Raises RunError when the model cannot be loaded."""
    last = handed(entry)
    return ([] if last is None else [last]) + uploaded_starts(entry, place)


def uploaded_starts(entry: Entry, place: DeltaGenerator) -> list[Start]:
    """The latent of each image that is uploaded at `place`, where that is allowed.

    Raises RunError when the model cannot be loaded.
    """
    if is_readonly():
        return []
    with place, st.popover("Upload", type="tertiary", icon=":material/upload:", help="Start from images of your own"):
        images = upload_images(entry, key="start-upload")
    if images is None:
        return []
    means = posterior_means(entry, images)
    return [Start(str(name), GROUP, mean) for name, mean in zip(images.ids, means, strict=True)]
