"""Which model is this, what does it make, where next."""

import streamlit as st

from explorer.errors import DatasetError
from explorer.palette import grey_tiles
from explorer.recipes import RECIPES
from explorer.ui import state
from explorer.ui.access import is_readonly
from explorer.ui.architecture import describe_schedule, draw_architecture, objective_latex
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.import_form import draw_import, import_dialog
from explorer.ui.layout import (
    Metric,
    explained_errors,
    metric_row,
    page_head,
    require_entry,
    section,
    show_notices,
    show_shortage,
)
from explorer.ui.stored import draw_stored_reconstructions
from explorer.ui.words import CURVES, duration, loss_unit, plain

DRAWN = 60  # samples; two bands of them are shown, as many as fit
SMALL = 32  # pixels; smaller images are shown larger

entry = require_entry()
record, config, imported = entry.record, entry.record.config, entry.record.imported
line, size = record.trained, config.model.image_size
scale = 3 if size <= SMALL else 2

if imported:
    caption = f"Imported from {plain(imported.file)}, read like the recipe {plain(config.recipe)}."
elif config.recipe in RECIPES:
    caption = RECIPES[config.recipe].summary
else:
    caption = f"Trained from the recipe {plain(config.recipe)}."
page_head(
    entry.key,
    caption,
    "A **variational autoencoder** squeezes an image $x$ into a few numbers $z$ and draws it again from them. "
    "It learns both at once, and so that numbers drawn from a plain Gaussian give a picture too: "
    "that is the first strip. It makes the *evidence lower bound* large:\n\n"
    r"$$\log p(x) \ge \underbrace{\mathbb{E}_{q(z|x)}[\log p(x|z)]}_{\text{reconstruction}}"
    r" - \underbrace{\mathrm{KL}(q(z|x)\,\|\,\mathcal{N}(0, I))}_{\text{price of } z}$$",
)
with explained_errors(), st.skeleton(height=230):
    session = state.open_session(entry)
seed = st.session_state.setdefault("prior_seed", 0)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    section("Drawn from the prior: none of these was ever written or scanned")
    if st.button("Draw again", icon=":material/casino:"):
        seed = st.session_state["prior_seed"] = seed + 1
image_sheet([SheetRow("", "", grey_tiles(session.sample(DRAWN, seed)))], key="prior", scale=scale, bands=2)
show_shortage(session)

metric_row(
    [
        Metric(f"ELBO, {loss_unit(config.objective)}", f"{line.test.elbo:.1f}", f"train {line.train_sample.elbo:.1f}"),
        Metric("SSIM, test", f"{line.test.ssim:.3f}", f"PSNR {line.test.psnr:.1f} dB"),
        Metric("KL, nats", f"{line.test.kl:.1f}", f"{line.active_units} of {config.model.latent_dim} units active"),
        Metric("MSE, test", f"{line.test.mse:.4f}", "imported weights")
        if imported
        else Metric("Training time", duration(line.seconds), f"{line.epoch} epochs"),
    ]
)
st.caption(
    f"{plain(record.data.title)}: {line.test.count:,} test images. ELBO as a loss, so lower is better: beta 1, one "
    "posterior sample. SSIM and PSNR of the decoded posterior mean, data range 1, scikit-image's default 7 × 7 window. "
    "A unit is active when its posterior mean varies over the images by more than 0.01."
)
if imported:
    with st.container(border=True):
        draw_import(record, imported)

network, objective = st.columns(2)
with network.container(border=True, height="stretch"):
    section("Network")
    draw_architecture(config.model)
with objective.container(border=True, height="stretch"):
    section("What it is measured by" if imported else "What it minimises")
    st.latex(objective_latex(config.objective))
    training = config.training
    st.caption(
        "Averaged over images. What these weights were trained to minimise, and how, is not known."
        if imported
        else f"Averaged over batches of {training.batch_size}. Adam, {describe_schedule(training)}, "
        f"seed {training.seed}, {record.data.counts.get('train', 0):,} training images; {plain(record.hardware)}."
    )
if not imported:
    with st.container(border=True), explained_errors():
        from explorer.figures import loss_curves

        section("How it learned")
        history = entry.run.read_history()
        st.plotly_chart(loss_curves(history, state.theme()), key="curves", config={"displayModeBar": False})
        st.caption(f"{loss_unit(config.objective).capitalize()} per image. {CURVES}")

try:
    page = state.open_images(record.data, size)
except DatasetError as error:
    draw_stored_reconstructions(entry, error)
else:
    section("Reconstructed")
    show_notices(page)
    test = page.images.select("test")
    chosen = test.take(test.telling_rows(12))
    decoded = grey_tiles(session.reconstruct(chosen.images))
    image_sheet(
        [SheetRow("original", "test set", chosen.images[:, 0]), SheetRow("decoded", "from the mean", decoded)],
        key="reconstructions",
        scale=2 if size <= SMALL else 1,
    )

with st.container(horizontal=True, vertical_alignment="center"):
    st.page_link("pages/sliders.py", label="Drag its latent", icon=":material/tune:")
    st.page_link("pages/reconstruct.py", label="See what it loses", icon=":material/compare:")
    st.page_link("pages/train.py", label="Train another", icon=":material/model_training:")
    if not is_readonly() and st.button("Bring your own weights", icon=":material/upload:", type="tertiary"):
        import_dialog()
if record.data.credit:
    st.caption(f"Data: {plain(record.data.credit)}")
