"""What a model finds strange: scores of a set as percentiles, ranked cases, detection of what is known to differ."""

import streamlit as st

from explorer.errors import DatasetError
from explorer.ui import state
from explorer.ui.access import is_readonly
from explorer.ui.anomalies import OwnImages, choose_others, own_images, own_upload, pooled
from explorer.ui.anomaly_alterations import changed_parts, choose_change, draw_preview
from explorer.ui.anomaly_cases import draw_cases, draw_percentiles
from explorer.ui.anomaly_detection import choose_normal, draw_detection
from explorer.ui.anomaly_scores import scores_of
from explorer.ui.anomaly_scoring import Part, desk_of, draw_scoring
from explorer.ui.layout import (
    empty_state,
    explained_errors,
    page_head,
    require_entry,
    section,
    show_notices,
    show_shortage,
)
from explorer.ui.leave_out import TEST, draw_leave_out
from explorer.ui.upload import upload_images
from explorer.ui.words import plain

_, OTHERS, UPLOAD, CHANGED = SOURCES = (TEST, "Other images", "Upload", "Changed images")

entry = require_entry()
record = entry.record
size = record.config.model.image_size

page_head(
    "Anomalies",
    "Choose what is scored and by what; the images that the model finds strangest come first.",
    r"A model that learned $p(x)$ should find images strange that are unlike those it learned from. A VAE bounds "
    r"$-\log p(x) \le \mathbb{E}_{q(z|x)}[-\log p(x|z)] + \mathrm{KL}(q(z|x)\,\|\,p(z))$, the *negative ELBO*; its two "
    "terms, and how far the latent lies from known ones, are scores of their own. A VQ-VAE has its reconstruction, how "
    "far the encoder's vectors are from codes, and what these codes cost under the prior, in bits."
    "\n\n"
    "A score means little by itself, so each is given as a *percentile* of the model's own held-out images. The "
    r"*standardised residual* is $(x - \hat{x} - m) / s$, with the mean $m$ and deviation $s$ that residuals of "
    "held-out images have at that pixel, near that slice. Orange: brighter than the model expects; blue: darker."
    "\n\n"
    "Strange is not ill, and usual is not well: a score sees contrast, noise and pose as much as anything else. "
    "Known failures: a simple image of another kind can score *below* all known ones (Nalisnick et al. 2019).",
)
st.caption(
    ":material/school: This page teaches how such scores behave and where they fail. It does not diagnose: what it "
    "marks is unlike the training images, and nothing more is known of it."
)
toolbar = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
with toolbar:
    sources = [source for source in SOURCES if source != UPLOAD or not is_readonly()]
    usual = None if "scored" in st.session_state else TEST  # else Streamlit objects to a value that was set
    source = st.segmented_control(
        "What is scored", sources, default=usual, required=True, key="scored", bind="query-params"
    )
with explained_errors(), st.skeleton(height=620):
    model = state.open_model(entry)
    desk = desk_of(entry)
    calibrated = desk.calibration
    try:
        own: OwnImages | None = own_images(entry)
    except DatasetError as error:
        own, missing = None, str(error)
scores = scores_of(record.config, has_prior=bool(getattr(model, "has_prior", False)))
with toolbar:
    first = next((score for score in scores if score.key in ("elbo", "bits_per_code")), scores[0])
    label = st.segmented_control(
        "By which score",
        [score.label for score in scores],
        default=first.label,
        required=True,
        key="score",
        bind="query-params",
    )
chosen = next((score for score in scores if score.label == label), first)
st.caption(f"**{chosen.label}**: {chosen.says}{f', in {chosen.unit}' if chosen.unit else ''}.")

learned = own.learned if own else None
normal: tuple[str, ...] = ()
parts: list[Part] = []
if own and (source in (TEST, CHANGED) or learned):
    show_notices(own.page)
if source == OTHERS:
    with explained_errors():
        others = choose_others(entry)
    if others:
        parts = [own.part, others] if own and learned else [others]
elif source == UPLOAD:
    with explained_errors():
        uploads = upload_images(entry, key="upload")
    if uploads:
        parts = [own_upload(uploads)]
elif own is None:
    empty_state(
        ":material/folder_off:",
        "The model's test images are not here",
        f"{plain(missing)} Until then, choose above other images or your own: what is usual for this model is known.",
    )
elif source == CHANGED:
    change = choose_change(entry, size)
    with st.spinner("Changing"):
        before, after = changed_parts(own.part, change)
    parts = [before, after]
    with explained_errors():
        draw_preview(model, desk.calibration, before, after, own.slices)
else:
    parts = [own.part]
    if own.part.images.labels is not None:
        normal = choose_normal(entry, own.part.images)

with explained_errors():
    scored = draw_scoring(entry, parts, learned) if parts else None
show_shortage(model)
if calibrated is not desk.calibration:
    st.rerun()  # what is above was drawn without it
if scored is not None and desk.calibration is not None:
    with explained_errors():
        pool = pooled(parts, scored, record, normal)
        draw_percentiles(desk.calibration, pool, chosen)
        if source == CHANGED:
            draw_detection(pool, scores, chosen)
        draw_cases(model, desk.calibration, pool, scores, chosen, key=f"{entry.key}-{parts[-1].key}")
        if source != CHANGED and pool.is_anomalous is not None:
            draw_detection(pool, scores, chosen)
        elif normal:
            section("Does it tell classes apart?")
            st.caption(
                "All classes count as normal. Take some out, above, to see how they score. A model that learned them "
                "does not find them strange; below is how to train one that did not."
            )
draw_leave_out(entry, learned)
