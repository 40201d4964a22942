"""The runs of this place: what trains now, what waits in the queue, and what was trained before."""

import streamlit as st

from explorer.jobs import Job, Place, find_job, find_place, list_jobs
from explorer.runs import Run
from explorer.ui.access import is_readonly
from explorer.ui.layout import explained_errors, section
from explorer.ui.run_actions import describe_stage, draw_changes, draw_stop, epochs_done
from explorer.ui.words import duration, plain

BADGES = {
    "queued": ("Queued", ":material/hourglass_empty:", "gray"),
    "preparing": ("Preparing", ":material/hourglass_top:", "gray"),
    "training": ("Training", ":material/play_arrow:", "green"),
    "finished": ("Finished", ":material/check:", "gray"),
    "stopped": ("Stopped", ":material/pause:", "orange"),
    "failed": ("Failed", ":material/error:", "red"),
    "interrupted": ("Interrupted", ":material/error:", "red"),
    "imported": ("Imported", ":material/download:", "gray"),
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
SHOWN = 8  # past runs; older ones are behind a click


def draw_runs(jobs: list[Job]) -> None:
    """Draw every job, and follow those that live."""
    places = {job.run.name: find_place(job) for job in jobs if job.phase == "queued"}
    queued = sorted((job for job in jobs if job.phase == "queued"), key=lambda job: _order(places[job.run.name]))
    training = [job for job in jobs if job.alive and job.phase != "queued"]
    past = [job for job in jobs if not job.alive]
    if training:
        section("Training now")
        for job in training:
            _row(job)
    if training or queued:
        _watch(tuple(job.run for job in training), _outline(jobs))
    if queued:
        section("In the queue")
        for job in queued:
            _row(job, describe_place(places[job.run.name]))
    if past:
        section("Earlier runs")
        for job in past[:SHOWN]:
            _row(job, f"{BADGES[job.phase][0].lower()}, {epochs_done(job)}")
    if past[SHOWN:]:
        with st.expander(f"{len(past) - SHOWN} older"):
            for job in past[SHOWN:]:
                _row(job, f"{BADGES[job.phase][0].lower()}, {epochs_done(job)}")


def describe_place(place: Place | None) -> str:
    """ "second in the queue, after mnist-20-…"."""
    if place is None:
        return "starts in a moment"
    number = ORDINALS[place.number - 1] if place.number <= len(ORDINALS) else f"number {place.number}"
    return f"{number} in the queue, after {plain(place.after)}"


def describe_progress(job: Job) -> str:
    """ "stage 2 of 2: prior · epoch 3 of 10 · about 41 s left", or what it does before that."""
    status = job.status
    if not status.images_per_second:
        return plain(status.message)
    left = f" · about {duration(status.seconds_left)} left" if status.seconds_left is not None else ""
    stage = f"{stage} · " if (stage := describe_stage(job)) else ""
    return f"{stage}epoch {int(status.epoch)} of {status.epochs}{left}"


def _row(job: Job, fact: str = "") -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap=None):
            if st.button(plain(job.run.name), key=f"open-{job.run.name}", type="tertiary", icon=BADGES[job.phase][1]):
                st.query_params["run"] = job.run.name
                st.rerun()
            if fact:
                st.caption(fact)
        if not is_readonly():
            (draw_stop if job.alive else draw_changes)(job)


@st.fragment(run_every=1.0)
@explained_errors()
def _watch(training: tuple[Run, ...], outline: set[tuple[str, str]]) -> None:
    """Show how far training is; draw the page anew once a job begins, ends, comes or goes."""
    if _outline(list_jobs()) != outline:
        st.rerun()
    for job in filter(None, map(find_job, training)):
        st.progress(min(1.0, job.status.epoch / max(job.status.epochs, 1)), describe_progress(job))


def _outline(jobs: list[Job]) -> set[tuple[str, str]]:
    return {(job.run.name, job.phase) for job in jobs}


def _order(place: Place | None) -> int:
    return place.number if place else 0
