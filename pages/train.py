"""Choose a recipe, start it, follow it live, stop it, go on with it."""

import streamlit as st

from explorer.jobs import list_jobs
from explorer.ui.layout import explained_errors, page_head
from explorer.ui.monitor import draw_monitor
from explorer.ui.recipe_form import draw_form
from explorer.ui.words import plain

page_head(
    "Train",
    "One run at a time; it goes on when you close this page.",
    r"Each step takes a batch, encodes it, draws $z = \mu + \sigma \varepsilon$, decodes it, and moves all weights a "
    r"little downhill on $\text{reconstruction} + \beta\,\mathrm{KL}$. Reconstruction falls as the images sharpen. "
    "KL often *rises* at first: the model learns to write more about each image into $z$, and pays for it. "
    "Test above train is overfitting.",
)

with explained_errors():
    jobs = {job.run.name: job for job in list_jobs()}
    named = st.query_params.get("run")
    followed = jobs.get(named) or next((job for job in jobs.values() if job.alive), None)
    if followed:
        draw_monitor(followed)
    else:
        if named:
            st.info(plain(f"There is no run {named!r} here any more."), icon=":material/info:")
        draw_form(list(jobs.values()))
