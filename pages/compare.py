"""Several models beside each other: what do more latent numbers, a higher beta, another network buy?"""

import streamlit as st

from explorer.comparison import same_data
from explorer.library import list_runs
from explorer.ui.comparison import LEAST, choose_runs, draw_table
from explorer.ui.comparison_bound import draw_bound
from explorer.ui.comparison_charts import draw_curves, draw_rate_distortion
from explorer.ui.comparison_images import (
    describe_images,
    draw_images,
    images_of,
    latent_sizes,
    own_images,
    pca_references,
)
from explorer.ui.layout import explained_errors, page_head, require_entry, section
from explorer.ui.words import plain

current = require_entry()
page_head(
    "Compare",
    "Choose two to six models: each column is one test image, each row what a model makes of it.",
    r"A model pays for an image in bits, the *rate*, and loses some of it, the *distortion*. A VAE's rate is its KL "
    r"term, $\mathrm{KL}(q(z|x)\,\|\,p(z)) / \ln 2$ bits; that of a VQ-VAE is what its map of codes costs under the "
    "prior. One model is better than another for certain only if it is better in both: no other one is better in both "
    "than those on the dotted line."
    "\n\n"
    "**PCA** is the best that a linear map of as many numbers can do by squared error. What a model adds to it is what "
    "its network is for."
    "\n\n"
    r"The ELBO is a lower bound of $\log p(x)$. Weighted samples tighten it: $\log p(x) \ge \mathbb{E}\,\log "
    r"\frac{1}{k}\sum_i \frac{p(x|z_i)\,p(z_i)}{q(z_i|x)} \ge \text{ELBO}$ with $z_i \sim q(z|x)$ (Burda et al. 2016).",
)
everyone, _ = list_runs()
entries = choose_runs(everyone, current)
if len(entries) < LEAST:
    st.info("Choose at least two models, or one of the prepared comparisons.", icon=":material/compare_arrows:")
    st.stop()
groups = same_data(entries)
if len(groups) > 1:
    titles = " | ".join(
        f"{', '.join(plain(each.key) for each in group)}: {plain(describe_images(group[0]))}" for group in groups
    )
    st.info(
        "These models learned from different images, and an error on easy images says nothing about one on hard "
        f"images. So their numbers stand in tables of their own and are not compared. {titles}.",
        icon=":material/info:",
    )
with explained_errors(), st.skeleton(height=420):
    pages = [images_of(group[0]) for group in groups]
with_pca = False
if any(own_images(page) and latent_sizes(group) for group, page in zip(groups, pages, strict=True)):
    with_pca = st.toggle(
        "PCA of the same size",
        key="pca",
        bind="query-params",
        help="A linear model with as many numbers, fitted on the same training images: what does the network add?",
    )
for group, page in zip(groups, pages, strict=True):
    size, own = group[0].record.config.model.image_size, own_images(page)
    guests = [each for each in entries if each not in group and each.record.config.model.image_size == size]
    sizes = latent_sizes(group) if own and with_pca else []
    draw_images(group, guests, page, sizes)
    section("Their numbers" if len(groups) == 1 else f"Numbers on {describe_images(group[0])}")
    draw_table(group, pca_references(own, sizes) if own else [])
if len(groups) > 1:
    st.stop()
charts = st.grid(2, min_column_width=360, gap="large")
with charts.cell():
    draw_curves(entries)
with charts.cell():
    draw_rate_distortion(entries, everyone)
if (own := own_images(pages[0])) is not None:
    draw_bound(entries, own)
