"""A run as it trains, read from its directory alone: status, curves, what it draws, where its latents lie."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from explorer.errors import DatasetError, ExplorerError
from explorer.jobs import Job, find_job, resume_training
from explorer.latent import first_two_principal_axes
from explorer.library import list_runs
from explorer.records import EpochLine, RunningLine, RunRecord
from explorer.runs import Arrays, Run
from explorer.ui.components import Legend, SheetRow, image_sheet
from explorer.ui.layout import Metric, explained_errors, metric_row, residual_row, section, show_notices
from explorer.ui.state import PageImages, open_images, theme
from explorer.ui.words import CURVES, duration, loss_unit, plain, reconstruction_unit

BADGES = {
    "preparing": ("Preparing", ":material/hourglass_top:", "gray"),
    "training": ("Training", ":material/play_arrow:", "green"),
    "finished": ("Finished", ":material/check:", "gray"),
    "stopped": ("Stopped", ":material/pause:", "orange"),
    "failed": ("Failed", ":material/error:", "red"),
    "interrupted": ("Interrupted", ":material/error:", "red"),
}
Lines = Sequence[EpochLine | RunningLine]


def draw_monitor(job: Job) -> None:
    """Draw `job`; while its process lives the page follows it once a second, and stays with it after."""
    if st.query_params.get("run") != job.run.name:
        st.query_params["run"] = job.run.name
    if job.alive:
        _follow(job.run)
    else:
        _draw(job)


@st.fragment(run_every=1.0)
def _follow(run: Run) -> None:
    job = find_job(run)
    if job is None or not job.alive:
        st.rerun()
    with explained_errors():  # a fragment's errors do not reach its page
        _draw(job)


def _draw(job: Job) -> None:
    _status_line(job)
    lines = job.run.read_history()
    epochs = [line for line in lines if isinstance(line, EpochLine)]
    if job.alive or 0 < job.status.epoch < job.status.epochs:
        st.progress(min(1.0, job.status.epoch / max(job.status.epochs, 1)))
    if job.phase in {"failed", "interrupted"}:
        st.error(plain(job.reason), icon=":material/error:")
    if not epochs or not job.run.exists:  # the first epoch's line comes before its record
        if job.alive:
            st.caption(plain(job.status.message))
            st.skeleton(height=480)
        return
    record = job.run.read_record()
    _metrics(epochs, record)
    curves, sheet = st.columns(2)
    with curves.container(border=True, height="stretch"):
        _curves(lines, record)
    with sheet.container(border=True, height="stretch"):
        _sheet(job, record)
    quality, scatter = st.columns(2)
    with quality.container(border=True, height="stretch"):
        _quality(lines)
    with scatter.container(border=True, height="stretch"):
        _scatter(job.run, record)


def _status_line(job: Job) -> None:
    label, icon, colour = BADGES[job.phase]
    status = job.status
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            st.badge(label, icon=icon, color=colour)  # type: ignore[arg-type]
            facts = [f"**{plain(job.run.name)}**"]
            if status.epochs:
                facts.append(f"epoch {int(status.epoch)} of {status.epochs}")
            if job.alive and status.images_per_second:
                facts.append(f"{status.images_per_second:,.0f} images/s")
            if job.alive and status.seconds_left is not None:
                facts.append(f"about {duration(status.seconds_left)} left")
            st.markdown(" · ".join(facts))
        with st.container(horizontal=True, width="content"):
            _buttons(job)


def _buttons(job: Job) -> None:
    if job.alive:
        stopping = job.run.stop_requested
        if st.button("Stopping" if stopping else "Stop", icon=":material/stop:", key="stop", disabled=stopping):
            job.run.request_stop()
            st.rerun()
        return
    if job.run.has_checkpoint:
        if job.status.epoch < job.status.epochs:
            _resume_button(job, "Resume", None)
        elif job.run.read_record().config.training.schedule == "constant":
            _resume_button(job, "Train on", 2 * job.status.epochs)
        st.button(
            "Open in Sliders",
            icon=":material/tune:",
            key="open",
            type="primary",
            on_click=_choose,
            args=(job.run,),
        )
        if st.session_state.pop("open_sliders", False):
            st.switch_page("pages/sliders.py")
    if st.button("New run", icon=":material/add:", key="new"):
        st.query_params.pop("run", None)
        st.rerun()


def _choose(run: Run) -> None:
    keys = {entry.run.directory: entry.key for entry in list_runs()[0]}
    st.session_state["model"] = keys.get(run.directory)
    st.session_state["open_sliders"] = True


def _resume_button(job: Job, label: str, epochs: int | None) -> None:
    hint = f"Up to epoch {epochs}" if epochs else "From where it stopped"
    if st.button(label, icon=":material/resume:", key="resume", help=hint):
        try:
            resume_training(job.run, epochs)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        st.query_params["run"] = job.run.name
        st.rerun()


def _metrics(epochs: list[EpochLine], record: RunRecord) -> None:
    last = epochs[-1]
    past = epochs[1:] or epochs  # the untrained model would flatten every sparkline
    change = last.test.total - epochs[-2].test.total if len(epochs) > 1 else 0.0
    train = last.train.get("reconstruction")
    units = record.config.model.latent_dim

    def trend(value: Callable[[EpochLine], float]) -> list[float]:
        return [value(line) for line in past]

    metric_row(
        [
            Metric(
                f"Test loss, {loss_unit(record.config.objective)}",
                f"{last.test.total:.1f}",
                f"{_signed(change)} this epoch",
                trend(lambda e: e.test.total),
            ),
            Metric(
                f"Reconstruction, {reconstruction_unit(record.config.objective)}",
                f"{last.test.reconstruction:.1f}",
                f"train {train:.1f}" if train else "untrained",
                trend(lambda e: e.test.reconstruction),
            ),
            Metric(
                "KL, nats",
                f"{last.test.kl:.2f}",
                f"{last.active_units} of {units} units active",
                trend(lambda e: e.test.kl),
            ),
            Metric(
                "SSIM, test", f"{last.test.ssim:.3f}", f"PSNR {last.test.psnr:.1f} dB", trend(lambda e: e.test.ssim)
            ),
        ]
    )


def _curves(lines: Lines, record: RunRecord) -> None:
    from explorer.figures import loss_curves

    section(f"Loss per image, {loss_unit(record.config.objective)}")
    st.plotly_chart(loss_curves(lines, theme()), key="loss", config={"displayModeBar": False})
    st.caption(CURVES)


def _sheet(job: Job, record: RunRecord) -> None:
    stored = job.run.snapshot_epochs()
    section("What it draws now" if job.alive else "What it draws")
    picture = st.container()
    epoch = stored[-1]
    if not job.alive and len(stored) > 1:
        epoch = st.select_slider("After epoch", stored, value=stored[-1], key="snapshot")
    snapshot = job.run.read_snapshot(epoch)
    page = _images(record)
    with picture:
        rows, legend = _sheet_rows(snapshot, page, epoch)
        image_sheet(rows, key="drawn", scale=2 if record.config.model.image_size <= 32 else 1, legend=legend)
    if page:
        show_notices(page)


def _sheet_rows(snapshot: Arrays, page: PageImages | None, epoch: int) -> tuple[list[SheetRow], Legend | None]:
    decoded, samples = (snapshot[name].astype(np.uint8) for name in ("reconstructions", "samples"))
    rows = [SheetRow("decoded", f"epoch {epoch}", decoded), SheetRow("samples", "z ~ N(0, I)", samples[: len(decoded)])]
    if page is None or page.stand_in:
        return rows, None
    originals = page.images.select("test").images[snapshot["rows"].astype(np.int64), 0]
    residual, legend = residual_row(decoded / 255, originals, limit=1.0)  # one scale for all epochs
    return [SheetRow("original", "test set", originals), rows[0], residual, rows[1]], legend


def _images(record: RunRecord) -> PageImages | None:
    try:
        return open_images(record.data, record.config.model.image_size)
    except DatasetError:
        return None


def _quality(lines: Lines) -> None:
    from explorer.figures import quality_curves

    section("Quality of reconstructions")
    metric = st.segmented_control(
        "Metric", ["SSIM", "PSNR", "MSE"], default="SSIM", required=True, key="quality", label_visibility="collapsed"
    )
    figure = quality_curves(lines, metric.lower(), theme())
    st.plotly_chart(figure, key="quality-curves", config={"displayModeBar": False})
    st.caption("Solid: test. Dotted: a fixed sample of the training images. Decoded posterior mean, data range 1.")


def _scatter(run: Run, record: RunRecord) -> None:
    from explorer.figures import latent_scatter

    latents = run.read_latents()
    means = latents["mean"].astype(np.float32)
    labels = latents["labels"].astype(np.int64) if "labels" in latents else None
    section("Where the test images lie")
    figure = latent_scatter(first_two_principal_axes(means), labels, record.data.label_names, theme())
    st.plotly_chart(figure, key="scatter", config={"displayModeBar": False})
    plane = "The latent plane itself" if means.shape[1] == 2 else "The two principal axes of the latent space"
    st.caption(f"{plane}: posterior means of {len(means):,} test images.")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
