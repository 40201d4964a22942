"""Leaving classes out: the same model trained without them in the background, and the runs that never saw some."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import streamlit as st

from explorer.config import FIELD_SECTIONS, RunConfig
from explorer.datasets.image_set import ImageSet
from explorer.errors import RunError
from explorer.jobs import Job, find_job, list_jobs, start_training
from explorer.library import Entry, key_of
from explorer.recipes import RECIPES
from explorer.runs import Run
from explorer.ui.access import is_readonly
from explorer.ui.layout import explained_errors, section
from explorer.ui.pace import has_pace, seconds_at_pace
from explorer.ui.run_actions import attempt
from explorer.ui.runs_list import BADGES, describe_progress
from explorer.ui.words import duration, plain

LOOK = 1.0  # seconds from look to look while a run trains
TEST = "Test set"  # what is scored at first
MOST_RUNS = 6  # that are listed, the newest
OF_THIS_PLACE = {
    "device",
    "precision",
    "threads",
    "snapshots",
    "dataset",
    "without",
}  # fields that a new run does not take over


def draw_leave_out(entry: Entry, learned: ImageSet | None) -> None:
    """Draw the section: which classes to leave out, the button, and the runs that left some out.

    `learned` are the images that the run learned from, where they are here.
    """
    record = entry.record
    if len(record.data.label_names) < 2:
        return
    section("Leave a class out")
    st.caption(
        "The fair question to a model is about what it never saw. Train this one again without some classes, in the "
        "background; then open that run here, and its missing classes are what it is asked about."
    )
    if not is_readonly():
        _draw_form(entry, learned)
    with explained_errors():
        jobs = _jobs_like(entry)
    for job, without in jobs:
        _draw_run(job, without, is_current=job.run.directory == entry.run.directory)
    if any(job.alive for job, _ in jobs):
        _watch(entry, tuple(job.run for job, _ in jobs if job.alive), _outline(jobs))


def left_out(job: Job, recipe: str) -> tuple[str, ...]:
    """The classes that a run of `recipe` never saw, or will not see once its turn has come; none of another one's."""
    if job.run.exists:
        try:
            config = job.run.read_record().config
        except RunError:
            return ()
        return config.without if config.recipe == recipe else ()
    request = job.status.request
    asked = str(request.changes.get("without", "")) if request and request.recipe == recipe else ""
    return tuple(filter(None, asked.split(",")))


def changes_of(config: RunConfig) -> dict[str, Any]:
    """What makes a run like `config` out of its recipe, as `start_training` takes it, but for its images."""
    usual, ours = _flat(RECIPES[config.recipe].config), _flat(config)
    differing = {name: value for name, value in ours.items() if usual.get(name) != value and name not in OF_THIS_PLACE}
    return {
        name: ",".join(map(str, value)) if isinstance(value, (list, tuple)) else value
        for name, value in differing.items()
    }


def _flat(config: RunConfig) -> dict[str, Any]:
    """The fields of all sections by their plain names."""
    values = config.model_dump()
    sections = {name: values[section] if section else values for name, section in FIELD_SECTIONS.items()}
    return {name: section[name] for name, section in sections.items() if name in section}


def _draw_form(entry: Entry, learned: ImageSet | None) -> None:
    config, names = entry.record.config, entry.record.data.label_names
    if config.recipe not in RECIPES:
        st.caption(f"{plain(entry.key)} is of no recipe here, so it cannot be trained again.")
        return
    if learned is None:
        st.caption(f"That needs {plain(entry.record.data.title)}, which is not on this machine.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Classes to leave out",
            names,
            default=names[-1:],
            key=f"without-{entry.key}",
            max_selections=len(names) - 1,
            width=320,
        )
        label = f"Train {plain(config.recipe)} without {plain(', '.join(chosen))}" if chosen else "Train"
        wants = st.button(label, icon=":material/play_arrow:", key="train-without", disabled=not chosen)
    past = entry.record
    if has_pace(past) and past.hardware:
        took = duration(seconds_at_pace(past, config))
        st.caption(f"{plain(entry.key)} itself took about {took} ({plain(past.hardware)}).")

    def start() -> None:
        start_training(config.recipe, changes_of(config) | {"dataset": learned.source, "without": ",".join(chosen)})

    if wants and attempt(start):
        st.rerun()


def _draw_run(job: Job, without: Sequence[str], *, is_current: bool) -> None:
    label, icon, colour = BADGES[job.phase]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
        st.markdown(f"**{plain(job.run.name)}** without {plain(', '.join(without))}", width="content")
        if job.run.version and not job.alive and job.phase != "failed":
            st.button(
                "Is open above" if is_current else "Open above",
                key=f"score-{job.run.name}",
                icon=":material/troubleshoot:",
                disabled=is_current,
                on_click=_choose,
                args=(job.run,),
            )
        st.page_link(
            "pages/train.py", label="On Train", icon=":material/model_training:", query_params={"run": job.run.name}
        )


@st.fragment(run_every=LOOK)
@explained_errors()
def _watch(entry: Entry, alive: tuple[Run, ...], outline: set[tuple[str, str, bool]]) -> None:
    """Show how far training is; draw the page anew once a run begins, ends, comes or goes."""
    if _outline(_jobs_like(entry)) != outline:
        st.rerun()
    for job in filter(None, map(find_job, alive)):
        st.progress(min(1.0, job.status.epoch / max(job.status.epochs, 1)), describe_progress(job))


def _jobs_like(entry: Entry) -> list[tuple[Job, tuple[str, ...]]]:
    """The newest runs of the same recipe that left something out, and what."""
    like = ((job, left_out(job, entry.record.config.recipe)) for job in list_jobs())
    return list(islice(((job, without) for job, without in like if without), MOST_RUNS))


def _outline(jobs: Sequence[tuple[Job, tuple[str, ...]]]) -> set[tuple[str, str, bool]]:
    return {(job.run.name, job.phase, job.alive) for job, _ in jobs}  # calibration comes after the end


def _choose(run: Run) -> None:
    """Make it the model of the page, scored on its test set."""
    st.session_state["model"] = key_of(run)
    st.session_state["scored"] = TEST
