"""Drag the latent, and see what each of its dimensions does."""

import streamlit as st

from explorer.ui.components import latent_sliders
from explorer.ui.exports import save_movie
from explorer.ui.layout import explained_errors, page_head, require_entry, require_latent
from explorer.ui.model_blob import model_blob
from explorer.ui.panel import SLIDERS, slider_blob
from explorer.ui.remote import decode_for
from explorer.ui.visit import visit_starts

entry = require_entry()
beside = page_head(
    "Sliders",
    "Drag across a strip: each frame shows what the image becomes there.",
    r"The image is decoded from the numbers under the playheads, $\hat{x} = \mathrm{decoder}(z)$, in your browser, "
    r"while you drag. The strips are sorted by $\mathrm{KL}(q(z_j|x)\,\|\,\mathcal{N}(0, 1))$, averaged over the test "
    "images: how much a dimension says about an image. One near 0 nats says nothing, and dragging it changes nothing. "
    "The hatched ends lie beyond 99 % of the test images: nobody has been there, so do not trust what is drawn."
    "\n\n"
    r"**Principal axes** are those of the aggregate posterior $q(z)$, the average of $q(z|x)$ over the test images: "
    "the eigenvectors of the covariance of the posterior means, plus the mean posterior variance on its diagonal. The "
    "dark part of a bar is the variance between images; the rest is that of the posteriors themselves."
    "\n\n"
    r"**Where is this?** compares $z$ with encoded test images: its length, its distance to the nearest one, and, in "
    "posterior standard deviations, how far from $z$ its image is encoded. The worst of the three decides.",
)
require_latent(entry)
with explained_errors(), st.skeleton(height=620):
    blob = slider_blob(entry, SLIDERS.recall(entry).place, visit_starts(entry, beside))
    decodes_here = model_blob(entry).has_decoder
news = latent_sliders(blob, key="sliders")
if not decodes_here:
    decode_for(entry, "sliders")
if news.state is not None:
    SLIDERS.remember(entry, news.state)
if news.movie is not None:
    save_movie(entry, news.movie)
