"""Choose a recipe, start it, follow it live, stop it, go on with it; the queue, and every run of this place."""

import streamlit as st

from explorer.jobs import list_jobs
from explorer.ui.access import is_readonly
from explorer.ui.layout import explained_errors, page_head
from explorer.ui.monitor import draw_monitor
from explorer.ui.picker import has_arrived
from explorer.ui.recipe_form import draw_form
from explorer.ui.run_actions import LOOKING
from explorer.ui.runs_list import draw_runs
from explorer.ui.words import plain

page_head(
    "Train",
    "One run at a time, further ones queue; they go on when you close this page.",
    r"Each step takes a batch, encodes it, draws $z = \mu + \sigma \varepsilon$, decodes it, and moves all weights a "
    r"little downhill on $\text{reconstruction} + \beta\,\mathrm{KL}$. Reconstruction falls as the images sharpen. "
    "KL often *rises* at first: the model learns to write more about each image into $z$, and pays for it. "
    "Test above train is overfitting."
    "\n\n"
    "A VQ-VAE learns in two stages. First the autoencoder, whose second term is the *commitment*: it keeps what the "
    "encoder gives near the codes. Then the *prior*, a network that guesses each code of a map from those before it. "
    "It is measured in bits per code, and soon knows few scans by heart: its train figure goes on falling when the "
    "validation figure rises again.",
)

with explained_errors():
    jobs = {job.run.name: job for job in list_jobs()}
    named = st.query_params.get("run")
    followed = jobs.get(named or "")
    if not named and has_arrived("train"):  # the browser's way back has lost which run was followed
        training = next((job for job in jobs.values() if job.alive and job.phase != "queued"), None)
        followed = jobs.get(st.session_state.get("followed", ""), training)
    st.session_state["followed"] = followed.run.name if followed else ""
    if is_readonly():
        st.info(LOOKING, icon=":material/visibility:")
    if named and not followed:
        st.info(plain(f"There is no run {named!r} here any more."), icon=":material/info:")
    if followed:
        draw_monitor(followed)
    elif is_readonly():
        draw_runs([*jobs.values()])
    else:
        draw_form([*jobs.values()])
