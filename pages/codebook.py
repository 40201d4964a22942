"""Look at the codes of a VQ-VAE, and paint with them: what does each of them draw?"""

import streamlit as st

from explorer.ui import state
from explorer.ui.charts import BARE
from explorer.ui.codebook import CODEBOOK_VIEWS, answer_codebook, codebook, panel_blob
from explorer.ui.layout import empty_state, explained_errors, page_head, require_entry, section

entry = require_entry()
page_head(
    "Codebook",
    "Choose a code and paint it on the map: the image follows. Point at a cell to see what else could stand there.",
    r"The encoder turns an image into a map of vectors, and each is replaced by the nearest of the $K$ vectors of a "
    r"*codebook*: $k = \mathrm{argmin}_j \|z_e(x) - e_j\|$. The map of these numbers is all that the decoder sees, "
    r"$\hat{x} = \mathrm{decoder}(e_k)$. It has no layer that looks far, so a code changes the image only within a few "
    "sites of its own, and the browser decodes no more than that while you paint."
    "\n\n"
    "A **patch** shows what is decoded where its code stands, averaged over test images: one site and one more around "
    "it. The same code draws a little differently beside others. A code that no test image uses is *dead* and hatched; "
    "its patch is a map of it alone. **Perplexity** is how many codes, used equally often, would carry as much.",
)
if not entry.record.config.has_codes:
    empty_state(
        ":material/grid_off:",
        "This model has no codes",
        "A VAE describes an image by a few numbers, not by a map of codes. Drag those instead, or choose a VQ-VAE.",
        link=("pages/sliders.py", "Open Sliders"),
    )
    st.stop()
if not entry.run.has_codes:
    empty_state(
        ":material/grid_off:",
        "This run has no code maps",
        "A VQ-VAE stores them with its weights, and these are missing here. Train it again to have them.",
        link=("pages/train.py", "Open Train"),
    )
    st.stop()
with explained_errors(), st.skeleton(height=720):
    blob = panel_blob(entry, CODEBOOK_VIEWS.recall(entry).place)
left = codebook(blob, key="codebook")
answer_codebook(entry, "codebook")
if left is not None:
    CODEBOOK_VIEWS.remember(entry, left)

with st.container(border=True), explained_errors():
    from explorer.figures import codebook_curves

    section("How the codebook came into use")
    size = entry.record.config.model.codebook_size
    figure = codebook_curves(entry.run.read_history(), size, state.theme())
    st.plotly_chart(figure, key="perplexity", config=BARE)
    st.caption("Of the test images, after each epoch.")
