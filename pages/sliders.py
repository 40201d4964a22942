"""Drag the latent, and see what each of its dimensions does."""

import streamlit as st

from explorer.ui.components import latent_sliders
from explorer.ui.layout import explained_errors, page_head, require_entry
from explorer.ui.panel import recall, remember, slider_blob

entry = require_entry()
page_head(
    "Sliders",
    "Drag across a strip: each frame shows what the image becomes there.",
    r"The image is decoded from the numbers under the playheads, $\hat{x} = \mathrm{decoder}(z)$, in your browser, "
    r"while you drag. The strips are sorted by $\mathrm{KL}(q(z_j|x)\,\|\,\mathcal{N}(0, 1))$, averaged over the test "
    "images: how much a dimension says about an image. One near 0 nats says nothing, and dragging it changes nothing. "
    "The hatched ends lie beyond 99 % of the test images: nobody has been there, so do not trust what is drawn.",
)
with explained_errors(), st.skeleton(height=620):
    blob = slider_blob(entry, recall(entry))
chosen = latent_sliders(blob, key="sliders")
if chosen is not None:
    remember(entry, chosen)
