"""Originals beside what the model makes of them: where, and how much, does it lose?"""

from zlib import crc32

import numpy as np
import streamlit as st

from explorer.datasets.image_set import SPLITS
from explorer.errors import DatasetError
from explorer.palette import grey_tiles
from explorer.ui import state
from explorer.ui.access import is_readonly
from explorer.ui.charts import BARE
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.facts import describe_image, describe_quality
from explorer.ui.layout import (
    explained_errors,
    page_head,
    require_entry,
    residual_row,
    section,
    show_notices,
    show_shortage,
)
from explorer.ui.picture_size import MEDIUM, is_small
from explorer.ui.stored import draw_stored_reconstructions
from explorer.ui.upload import upload_images
from explorer.ui.words import plain

METRICS = {"SSIM": "ssim", "PSNR": "psnr", "MSE": "mse"}
UNITS = {"SSIM": "SSIM", "PSNR": "PSNR, dB", "MSE": "mean squared error"}
IMAGE_SET, UPLOAD = SOURCES = ("Image set", "Upload")
ORDERS = ("As stored", "Worst first", "Best first")
BY_CLASS = "By class"
DECODED = {"Mean": "posterior mean", "Sample": "posterior sample"}
SHOWN = {True: 36, False: 12}  # images a sheet: small ones, large ones
OWN_TILE = {True: 168, False: 112}  # CSS pixels that a tile of the visitor's images aims at: of few, of many
FEW = 4

GAUSSIAN = (
    "The encoder turns an image $x$ into a Gaussian $q(z|x) = \\mathcal{N}(\\mu, \\sigma^2)$ over latents, "
    "and the decoder draws $\\hat{x}$ from one $z$ of it. *Mean* takes $z = \\mu$. *Sample* takes "
    "$z = \\mu + \\sigma \\varepsilon$ with a random $\\varepsilon$, as in training: what then changes is what the "
    "model is unsure of."
)
CODES = (
    "The encoder turns an image $x$ into a map of codes, the nearest vectors of the codebook, and the decoder draws "
    "$\\hat{x}$ from these alone. There is no noise in it: the same image gives the same codes."
)

entry = require_entry()
config = entry.record.config
size = config.model.image_size

page_head(
    "Reconstruct",
    "Each column is one image: as it is, as the model draws it again, and the difference.",
    (CODES if config.has_codes else GAUSSIAN)
    + " The residual $\\hat{x} - x$ is what does not fit through the bottleneck.",
)

toolbar = st.container(horizontal=True, vertical_alignment="top")
source = IMAGE_SET
if not is_readonly():
    source = toolbar.segmented_control(
        "Source", SOURCES, default=IMAGE_SET, required=True, key="images", bind="query-params"
    )
is_own = source == UPLOAD

with explained_errors(), st.skeleton(height=620):
    model = state.open_model(entry)
    page: state.PageImages | DatasetError | None = None
    if not is_own:
        try:
            page = state.open_images(entry.record.data, size)
        except DatasetError as error:
            page = error
if isinstance(page, DatasetError):
    draw_stored_reconstructions(entry, page)
    st.stop()
if page is not None:
    show_notices(page)
images = page.images if page is not None else upload_images(entry, key="upload")
if images is None:
    st.stop()

splits = [split for split in SPLITS if images.count(split)]
with toolbar:
    split = splits[-1]
    if not is_own:
        split = st.segmented_control(
            "Split", splits, default=split, required=True, key="split", bind="query-params", format_func=str.capitalize
        )
    decode = "Codes"
    if not config.has_codes:
        decode = st.segmented_control(
            "Latent", list(DECODED), default="Mean", required=True, key="latent", bind="query-params"
        )
    orders = ORDERS if images.labels is None else (*ORDERS, BY_CLASS)
    order = st.selectbox("Order", orders, key="order", bind="query-params", width=150)
    metric = st.selectbox("Metric", list(METRICS), key="metric", bind="query-params", width=120)
    subset = images.select(split)
    label, classes = "All", subset.occurring_classes()
    if classes:
        label = st.selectbox("Class", ["All", *classes], key="class", bind="query-params", width=140)
    if decode == "Sample" and st.button("Draw again", icon=":material/casino:"):
        st.session_state["posterior_seed"] = st.session_state.get("posterior_seed", 0) + 1

seed = st.session_state.get("posterior_seed", 0) if decode == "Sample" else None
with explained_errors(), st.spinner("Reconstructing"):
    quality = state.reconstruction_quality(entry, images, split, seed)
values = quality[METRICS[metric]]
rows = np.arange(len(subset)) if label == "All" else np.flatnonzero(subset.labels == classes[label])
if order == BY_CLASS and subset.labels is not None:
    rows = rows[np.argsort(subset.labels[rows], kind="stable")]
elif order != "As stored":
    merit = values[rows] if metric != "MSE" else -values[rows]
    rows = rows[np.argsort(merit if order == "Worst first" else -merit, kind="stable")]

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    whose = "Your images" if is_own else f"{len(rows):,} {split} images"
    section(whose + ("" if label == "All" else f" of class {label}"))
    at_once = SHOWN[is_small(size)]
    sheets = -(-len(rows) // at_once)
    sheet = st.pagination(sheets, key=f"sheet-{split}-{label}-{order}") if sheets > 1 else 1
shown = rows[(sheet - 1) * at_once : sheet * at_once]
noise = state.posterior_noise(entry, len(subset), seed)
originals = subset.images[shown]
with explained_errors():
    decoded = model.reconstruct(originals, None if noise is None else noise[shown])
show_shortage(model)

described = [f"{describe_image(subset, row)}, {describe_quality(quality, row)}" for row in shown]
captions = [
    f"{values[row]:.3g}" if metric == "MSE" else f"{values[row]:.{3 - 2 * (metric == 'PSNR')}f}" for row in shown
]
residual, legend = residual_row(decoded, originals[:, 0])
picked = image_sheet(
    [
        SheetRow("original", "as framed" if is_own else f"{split} split", originals[:, 0]),
        SheetRow("decoded", DECODED.get(decode, "from its codes"), grey_tiles(decoded)),
        residual,
    ],
    key=f"sheet-{entry.key}-{source}-{split}-{crc32(shown.tobytes()):08x}",
    scale=max(2, round(OWN_TILE[len(shown) <= FEW] / size)) if is_own else 1 + (size <= MEDIUM),
    captions=captions,
    tooltips=described,
    bands=None,
    legend=legend,
    selectable=not is_own,
)
if is_own:
    usual = getattr(entry.record.trained.test, METRICS[metric])
    origin = "" if config.has_codes else ", decoded from the mean"
    st.caption(f"Under each column: its {UNITS[metric]}; the test images have {usual:.3g} on average{origin}.")
    st.stop()
st.caption(f"Under each column: its {UNITS[metric]}. Click one to mark it below.")

with st.container(border=True):
    from explorer.figures import histogram

    section(f"{UNITS[metric]} of these {len(rows):,} images")
    marked = None if picked is None else float(values[shown[picked]])
    figure = histogram(values[rows], UNITS[metric], state.theme(), marked)
    st.plotly_chart(figure, key="distribution", config=BARE)
    means = " · ".join(f"{name} {quality[key][rows].mean():.4g}" for name, key in METRICS.items())
    st.caption(
        f"Means: {means}. Data range 1, scikit-image's default 7 × 7 window, PSNR as the mean of per-image values"
        + (f"; marked: {plain(described[picked])}." if picked is not None else ".")
    )
