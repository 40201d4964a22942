"""A run and its process: what it does now, what can be done with it, and what it learned so far."""

import streamlit as st

from explorer.jobs import Job, find_job, find_place
from explorer.library import key_of
from explorer.runs import Run
from explorer.ui.access import is_readonly
from explorer.ui.layout import explained_errors
from explorer.ui.learning import draw_learning
from explorer.ui.picker import current_entry
from explorer.ui.run_actions import describe_stage, draw_changes, draw_restart, draw_stop, has_codes
from explorer.ui.runs_list import BADGES, describe_place
from explorer.ui.words import duration, plain


def draw_monitor(job: Job) -> None:
    """Draw `job`; while its process lives the page follows it once a second, and stays with it after."""
    if st.query_params.get("run") != job.run.name:
        st.query_params["run"] = job.run.name
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        facts = st.container(width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            _buttons(job)
    if job.alive:
        with facts:
            _follow_facts(job.run, _outline(job))
        _follow_learning(job.run)
    else:
        with facts:
            _facts(job)
        _learning(job)


@st.fragment(run_every=1.0)
@explained_errors()
def _follow_facts(run: Run, outline: tuple[object, ...]) -> None:
    """Follow the facts; draw the page anew, buttons and all, when what can be done changes."""
    job = find_job(run)
    if job is None or _outline(job) != outline:
        st.rerun()
    _facts(job)


@st.fragment(run_every=1.0)
@explained_errors()
def _follow_learning(run: Run) -> None:
    job = find_job(run)
    if job:
        _learning(job)


def _outline(job: Job) -> tuple[object, ...]:
    return job.alive, job.phase == "queued", job.run.stop_requested


def _facts(job: Job) -> None:
    label, icon, colour = BADGES[job.phase]
    status = job.status
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
        facts = [f"**{plain(job.run.name)}**"]
        if stage := describe_stage(job):
            facts.append(stage)
        if status.epochs:
            facts.append(f"epoch {int(status.epoch)} of {status.epochs}")
        if job.alive and status.images_per_second:
            facts.append(f"{status.images_per_second:,.0f} images/s")
        if job.alive and status.seconds_left is not None:
            facts.append(f"about {duration(status.seconds_left)} left")
        st.markdown(" · ".join(facts))


def _buttons(job: Job) -> None:
    if not is_readonly():
        (draw_stop if job.alive else draw_restart)(job)
    if job.run.version and not job.alive:
        name, icon = ("Codebook", ":material/grid_on:") if has_codes(job.run) else ("Sliders", ":material/tune:")
        st.button(f"Open in {name}", icon=icon, key="open", type="primary", on_click=_choose, args=(job.run,))
        opened = current_entry()  # another one where the picker could not open this one, and says so
        if st.session_state.pop("open_chosen", False) and opened and opened.key == key_of(job.run):
            st.switch_page(f"pages/{name.lower()}.py")
    label, icon = ("All runs", ":material/list:") if is_readonly() else ("New run", ":material/add:")
    if st.button(label, icon=icon, key="new"):
        st.query_params.pop("run", None)
        st.rerun()
    if not job.alive and not is_readonly():
        draw_changes(job)


def _choose(run: Run) -> None:
    st.session_state["model"] = key_of(run)
    st.session_state["open_chosen"] = True


def _learning(job: Job) -> None:
    status = job.status
    if job.phase == "queued":
        place = describe_place(find_place(job))
        sentence = f"{place[0].upper()}{place[1:]}. It begins by itself, also when this page is closed."
        st.info(sentence, icon=":material/hourglass_empty:")
    elif job.alive or 0 < status.epoch < status.epochs:
        st.progress(min(1.0, status.epoch / max(status.epochs, 1)), describe_stage(job) or None)
    for notice in status.notices:
        st.caption(f":material/info: {plain(notice)}")
    if job.phase in {"failed", "interrupted"}:
        st.error(plain(job.reason), icon=":material/error:")
    if draw_learning(job):
        return
    if job.alive and job.phase != "queued":
        st.caption(plain(status.message))
        st.skeleton(height=480)
    elif job.phase in {"stopped", "imported"}:
        st.caption(plain(job.reason))
