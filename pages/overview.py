"""Which model is this, what does it make, where next."""

import streamlit as st

from explorer.errors import DatasetError
from explorer.palette import grey_tiles
from explorer.recipes import RECIPES
from explorer.ui import state
from explorer.ui.access import is_readonly
from explorer.ui.architecture import describe_prior, describe_schedule, draw_architecture, objective_latex
from explorer.ui.charts import draw_curves
from explorer.ui.components import SheetRow, image_sheet
from explorer.ui.headline import explanation, headline, measured_how
from explorer.ui.import_form import draw_import, import_dialog
from explorer.ui.layout import (
    explained_errors,
    metric_row,
    page_head,
    require_entry,
    section,
    show_notices,
    show_shortage,
)
from explorer.ui.lesson import draw_lesson
from explorer.ui.picture_size import MEDIUM, SMALL, row_scale
from explorer.ui.stored import draw_stored_reconstructions, draw_stored_rows
from explorer.ui.time_machine import draw_time_machine, has_evolved
from explorer.ui.words import BITS, CURVES, duration, loss_unit, plain

DRAWN = {False: 60, True: 24}  # samples, in one go or site by site; two bands of them are shown, as many as fit

entry = require_entry()
record, config, imported = entry.record, entry.record.config, entry.record.imported
size = config.model.image_size
evolved = not imported and has_evolved(entry.run)
scale = 3 if size <= SMALL else 2 if size <= MEDIUM else 1

if imported:
    caption = f"Imported from {plain(imported.file)}, read like the recipe {plain(config.recipe)}."
elif config.recipe in RECIPES:
    caption = RECIPES[config.recipe].summary
else:
    caption = f"Trained from the recipe {plain(config.recipe)}."
page_head(
    entry.key,
    caption,
    explanation(config),
)
with explained_errors(), st.skeleton(height=230):
    model = state.open_model(entry)
if config.has_codes and record.prior is None:
    section("Reconstructed: the prior that draws new images is not trained yet")
    draw_stored_rows(entry, most=1)
else:
    seed = st.session_state.setdefault("prior_seed", 0)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        section("Drawn from the prior: none of these was ever written or scanned")
        if st.button("Draw again", icon=":material/casino:"):
            seed = st.session_state["prior_seed"] = seed + 1
    with explained_errors(), st.skeleton(height=170):
        drawn = grey_tiles(state.prior_samples(entry, DRAWN[config.has_codes], seed))
    image_sheet([SheetRow("", "", drawn)], key="prior", scale=scale, bands=2)
show_shortage(model)

metric_row(headline(entry))
st.caption(measured_how(record))
draw_lesson()
if imported:
    with st.container(border=True):
        draw_import(record, imported)

network, objective = st.columns(2)
with network.container(border=True, height="stretch"):
    section("Network")
    draw_architecture(config.model)
with objective.container(border=True, height="stretch"):
    section("What it is measured by" if imported else "What it minimises")
    st.latex(objective_latex(config))
    training = config.training
    st.caption(
        "Averaged over images. What these weights were trained to minimise, and how, is not known."
        if imported
        else f"Averaged over batches of {training.batch_size}. Adam, {describe_schedule(training)}, "
        f"seed {training.seed}, {record.data.counts.get('train', 0):,} training images; {plain(record.hardware)}."
    )
    if config.has_codes:
        first, second = record.trained, record.prior and record.prior.trained
        times = " and ".join(f"{line.epoch} epochs in {duration(line.seconds)}" for line in (first, second) if line)
        st.caption(
            f"Then its prior, by the bits that a code costs. {describe_prior(config.prior)} Trained for {times}."
        )
if not imported:
    with st.container(border=True), explained_errors():
        from explorer.figures import loss_curves, prior_curves

        section("How it learned")
        history = entry.run.read_history()
        draw_curves(loss_curves(history, state.theme()), key="curves", name=f"{entry.run.name}-loss")
        st.caption(f"{loss_unit(config).capitalize()} per image. {CURVES}")
        if record.prior:
            bits = prior_curves(entry.run.prior.read_history(), record.prior, state.theme())
            draw_curves(bits, key="bits", name=f"{entry.run.name}-bits")
            st.caption(f"Bits per code. {BITS}")
    if evolved:
        with st.container(border=True), explained_errors():
            draw_time_machine(entry.run, record, key="machine")

try:
    page = state.open_images(record.data, size)
except DatasetError as error:
    if evolved:  # what is stored was just shown
        st.info(plain(str(error)), icon=":material/info:")
    else:
        draw_stored_reconstructions(entry, error)
else:
    section("Reconstructed")
    show_notices(page)
    test = page.images.select("test")
    chosen = test.take(test.telling_rows(12))
    with explained_errors():
        decoded = grey_tiles(model.reconstruct(chosen.images))
    origin = "from its codes" if config.has_codes else "from the mean"
    image_sheet(
        [SheetRow("original", "test set", chosen.images[:, 0]), SheetRow("decoded", origin, decoded)],
        key="reconstructions",
        scale=row_scale(size),
    )

with st.container(horizontal=True, vertical_alignment="center"):
    if config.has_codes:
        st.page_link("pages/codebook.py", label="See and paint its codes", icon=":material/grid_on:")
        st.page_link("pages/sample.py", label="Draw from its prior", icon=":material/casino:")
    else:
        st.page_link("pages/sliders.py", label="Drag its latent", icon=":material/tune:")
    st.page_link("pages/reconstruct.py", label="See what it loses", icon=":material/compare:")
    st.page_link("pages/train.py", label="Train another", icon=":material/model_training:")
    if not is_readonly() and st.button("Bring your own weights", icon=":material/upload:", type="tertiary"):
        import_dialog()
if record.data.credit:
    st.caption(f"Data: {plain(record.data.credit)}")
