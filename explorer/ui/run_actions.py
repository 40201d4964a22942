"""What a visitor does to a run: stop it, go on with it, rename it, delete it. What loses something asks first."""

from collections.abc import Callable

import streamlit as st

from explorer.config import RunConfig
from explorer.errors import ExplorerError, RunError
from explorer.jobs import Job, resume_training, start_again
from explorer.library import delete_run, key_of, rename_run, size_on_disk
from explorer.runs import Run
from explorer.ui.access import is_readonly
from explorer.ui.words import file_size, plain

LOOKING = "This server is for looking: training runs can be followed here, and neither started nor changed."


def attempt(action: Callable[[], object]) -> bool:
    """Do `action`; a mistake is a sentence in place, and so is every action on a server for looking."""
    try:
        if is_readonly():
            raise RunError(LOOKING)
        action()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def draw_stop(job: Job) -> None:
    """The button that ends a living job: at once out of the queue, with a question out of training."""
    key = f"stop-{job.run.name}"
    if job.phase == "queued":
        cancelling = job.run.stop_requested
        label = "Cancelling" if cancelling else "Cancel"
        if st.button(label, icon=":material/close:", key=key, disabled=cancelling) and attempt(job.run.request_stop):
            st.rerun()
        return
    stopping = job.run.stop_requested
    if st.button("Stopping" if stopping else "Stop", icon=":material/stop:", key=key, disabled=stopping):
        _confirm_stop(job)


def draw_restart(job: Job) -> None:
    """The button that goes on with a run that is not alive, where that is possible."""
    if job.can_start_again:
        _restart_button(job, "Start again", "As it was asked for; it joins the queue", lambda: start_again(job))
    elif job.run.has_checkpoint and (job.status.epoch < job.status.epochs or _lacks_prior(job.run)):
        _restart_button(job, "Resume", "From where it stopped", lambda: resume_training(job.run))
    elif job.run.has_checkpoint and _can_train_on(job.run.read_record().config):
        epochs = 2 * job.status.epochs
        _restart_button(job, "Train on", f"Up to epoch {epochs}", lambda: resume_training(job.run, epochs))


def draw_changes(job: Job) -> None:
    """Two small buttons that rename and delete a run that is not alive; each asks."""
    name = job.run.name
    with st.container(horizontal=True, width="content", gap="xsmall"):
        for verb, icon, ask in (("Rename", "edit", _ask_name), ("Delete", "delete", _confirm_delete)):
            hint = f"{verb} {plain(name)}"
            if st.button("", icon=f":material/{icon}:", type="tertiary", key=f"{verb.lower()}-{name}", help=hint):
                ask(job)


def describe_stage(job: Job) -> str:
    """ "stage 2 of 2: prior"; empty for a run of one stage, and before its first epoch."""
    if job.status.stage == "prior":
        return "stage 2 of 2: prior"
    return "stage 1 of 2: autoencoder" if has_codes(job.run) else ""


def has_codes(run: Run) -> bool:
    """Whether `run` is a VQ-VAE, and was so far saved."""
    return run.exists and run.read_record().config.has_codes


def epochs_done(job: Job) -> str:
    """ "3 of 10 epochs", or that there was none."""
    if not job.run.exists and not job.alive:
        return "never started"
    if not job.status.epochs:
        return "imported"
    stage = " of its prior" if job.status.stage == "prior" else ""
    return f"{int(job.status.epoch)} of {job.status.epochs} epochs{stage}"


@st.dialog("Stop this training?")
def _confirm_stop(job: Job) -> None:
    st.markdown(f"**{plain(job.run.name)}** · {epochs_done(job)}")
    st.markdown("The step in hand is finished and everything is saved. Nothing is lost: it can be resumed.")
    if _asked("Stop training", ":material/stop:", "Keep training") and attempt(job.run.request_stop):
        st.rerun()


@st.dialog("Delete this run?")
def _confirm_delete(job: Job) -> None:
    st.markdown(f"**{plain(job.run.name)}** · {epochs_done(job)} · {file_size(size_on_disk(job.run))}")
    st.markdown("Its weights, curves and pictures are removed from the disk. This cannot be undone.")
    if _asked("Delete for good", ":material/delete:", "Keep it"):
        key = key_of(job.run)
        if attempt(lambda: delete_run(job.run)):
            _forget(key)
            st.rerun()


@st.dialog("Rename this run")
def _ask_name(job: Job) -> None:
    run = job.run
    with st.form("rename", border=False):
        name = st.text_input("Name", run.name, max_chars=100)
        if not st.form_submit_button("Rename", type="primary", icon=":material/edit:"):
            return
    key = key_of(run)
    if attempt(lambda: rename_run(run, name)):
        _follow_name(run, key, name)
        st.rerun()


def _asked(label: str, icon: str, other: str) -> bool:
    """A button that does it and one that does not; whether the first was pressed."""
    with st.container(horizontal=True):
        confirmed = st.button(label, icon=icon, type="primary", key="confirm")
        if st.button(other, key="keep"):
            st.rerun()
    return confirmed


def _lacks_prior(run: Run) -> bool:
    """Whether a VQ-VAE ended between its stages."""
    return has_codes(run) and not run.prior.has_checkpoint


def _can_train_on(config: RunConfig) -> bool:
    """Whether more epochs can follow the last: not where a schedule, or a prior, was laid over those there are."""
    return config.training.schedule == "constant" and not config.has_codes


def _restart_button(job: Job, label: str, hint: str, action: Callable[[], object]) -> None:
    if st.button(label, icon=":material/resume:", key="resume", help=hint) and attempt(action):
        st.query_params["run"] = job.run.name
        st.rerun()


def _forget(key: str) -> None:
    """Take a deleted run out of the address."""
    for name in ("run", "model"):
        if st.query_params.get(name) in {key, key.removeprefix("own:")}:
            st.query_params.pop(name)


def _follow_name(run: Run, key: str, name: str) -> None:
    """Let the address, and with it the picker, follow a run to its new name."""
    if st.query_params.get("run") == run.name:
        st.query_params["run"] = name
    if st.query_params.get("model") == key:
        st.query_params["model"] = name
