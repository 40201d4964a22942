"""What a run learned, read from its directory alone: metrics, curves, what it draws, where its latents lie."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.errors import DatasetError
from explorer.jobs import Job
from explorer.latent import first_two_principal_axes
from explorer.networks import VQVAEConfig
from explorer.records import EpochLine, Line, PriorLine, RunRecord
from explorer.runs import Run
from explorer.store import Arrays
from explorer.ui.charts import BARE, draw_curves
from explorer.ui.code_learning import code_metrics, draw_codebook, draw_prior
from explorer.ui.components import Legend, SheetRow, image_sheet
from explorer.ui.layout import Metric, metric_row, residual_row, section, show_notices
from explorer.ui.picture_size import row_scale
from explorer.ui.state import PageImages, open_images, theme
from explorer.ui.time_machine import draw_time_machine, has_evolved
from explorer.ui.words import CURVES, loss_unit, reconstruction_unit, signed


def draw_learning(job: Job) -> bool:
    """Draw what `job` learned so far; False when there is nothing yet."""
    lines = job.run.read_history()
    epochs = [line for line in lines if isinstance(line, EpochLine)]
    if not epochs or not job.run.exists:  # the first epoch's line comes before its record
        return False
    record = job.run.read_record()
    model = record.config.model
    if model.kind == "vqvae":
        prior = job.run.prior.read_history()
        metric_row(code_metrics(epochs, [line for line in prior if isinstance(line, PriorLine)], model))
        if prior:  # the newest first: stage one is over
            with st.container(border=True):
                draw_prior(prior, record)
        _draw_codes(job, lines, record, model)
    else:
        metric_row(_metrics(epochs, record, model.latent_dim))
        _draw_latents(job, lines, record)
    return True


def _draw_codes(job: Job, lines: Sequence[Line], record: RunRecord, model: VQVAEConfig) -> None:
    curves, codebook = st.columns(2)
    with curves.container(border=True, height="stretch"):
        _curves(job.run, lines, record)
    with codebook.container(border=True, height="stretch"):
        draw_codebook(lines, model)
    quality, pictures = st.columns(2)
    with quality.container(border=True, height="stretch"):
        _quality(job.run, lines, record)
    with pictures.container(border=True, height="stretch"):
        if has_evolved(job.run):
            draw_time_machine(job.run, record, key="machine", can_save=not job.alive)
        else:
            _sheet(job, record)


def _draw_latents(job: Job, lines: Sequence[Line], record: RunRecord) -> None:
    curves, quality = st.columns(2)
    with curves.container(border=True, height="stretch"):
        _curves(job.run, lines, record)
    with quality.container(border=True, height="stretch"):
        _quality(job.run, lines, record)
    if has_evolved(job.run):
        with st.container(border=True):
            draw_time_machine(job.run, record, key="machine", can_save=not job.alive)
        return
    sheet, latent = st.columns(2)  # of the newest weights alone
    with sheet.container(border=True, height="stretch"):
        _sheet(job, record)
    with latent.container(border=True, height="stretch"):
        _scatter(job.run, record)


def _metrics(epochs: Sequence[EpochLine], record: RunRecord, units: int) -> list[Metric]:
    last = epochs[-1]
    change = last.test.total - epochs[-2].test.total if len(epochs) > 1 else 0.0
    train = last.train.get("reconstruction")
    return [
        Metric(f"Test loss, {loss_unit(record.config)}", f"{last.test.total:.1f}", f"{signed(change)} this epoch"),
        Metric(
            f"Reconstruction, {reconstruction_unit(record.config.objective)}",
            f"{last.test.reconstruction:.1f}",
            f"train {train:.1f}" if train else "imported" if record.imported else "untrained",
        ),
        Metric("KL, nats", f"{last.test.kl:.2f}", f"{last.active_units} of {units} units active"),
        Metric("SSIM, test", f"{last.test.ssim:.3f}", f"PSNR {last.test.psnr:.1f} dB"),
    ]


def _curves(run: Run, lines: Sequence[Line], record: RunRecord) -> None:
    from explorer.figures import loss_curves

    section(f"Loss per image, {loss_unit(record.config)}")
    draw_curves(loss_curves(lines, theme()), key="loss", name=f"{run.name}-loss")
    st.caption(CURVES)


def _sheet(job: Job, record: RunRecord) -> None:
    stored = job.run.snapshot_epochs()
    section("What it draws now" if job.alive else "What it draws")
    if not stored:
        st.caption("No pictures are stored with this run.")
        return
    page = _images(record)
    rows, legend = _sheet_rows(job.run.read_snapshot(stored[-1]), page, stored[-1])
    image_sheet(rows, key="drawn", scale=row_scale(record.config.model.image_size), legend=legend)
    if page:
        show_notices(page)


def _sheet_rows(snapshot: Arrays, page: PageImages | None, epoch: int) -> tuple[list[SheetRow], Legend | None]:
    decoded = snapshot["reconstructions"].astype(np.uint8)
    rows = [SheetRow("decoded", f"epoch {epoch}", decoded)]
    if "samples" in snapshot:  # the prior of a VQ-VAE is not trained yet
        rows.append(SheetRow("samples", "z ~ N(0, I)", snapshot["samples"].astype(np.uint8)[: len(decoded)]))
    if page is None or page.stand_in:
        return rows, None
    originals = page.images.select("test").images[snapshot["rows"].astype(np.int64), 0]
    residual, legend = residual_row(decoded / 255, originals, limit=1.0)
    return [SheetRow("original", "test set", originals), rows[0], residual, *rows[1:]], legend


def _images(record: RunRecord) -> PageImages | None:
    try:
        return open_images(record.data, record.config.model.image_size)
    except DatasetError:
        return None


def _quality(run: Run, lines: Sequence[Line], record: RunRecord) -> None:
    from explorer.figures import quality_curves

    section("Quality of reconstructions")
    metric = st.segmented_control(
        "Metric", ["SSIM", "PSNR", "MSE"], default="SSIM", required=True, key="quality", label_visibility="collapsed"
    )
    figure = quality_curves(lines, metric.lower(), theme())
    draw_curves(figure, key="quality-curves", name=f"{run.name}-{metric.lower()}")
    validation = " Dashed: validation." if record.data.counts.get("validation") else ""
    decoded = "Decoded code map" if record.config.has_codes else "Decoded posterior mean"
    st.caption(f"Solid: test. Dotted: a fixed sample of the training images.{validation} {decoded}, data range 1.")


def _scatter(run: Run, record: RunRecord) -> None:
    from explorer.figures import latent_scatter

    section("Where the test images lie")
    if not run.has_latents:
        st.caption("The run came without the latents of its test images.")
        return
    latents = run.read_latents()
    means = latents["mean"].astype(np.float32)
    labels = latents["labels"].astype(np.int64) if "labels" in latents else None
    figure = latent_scatter(first_two_principal_axes(means), labels, record.data.label_names, theme())
    st.plotly_chart(figure, key="scatter", config=BARE)
    plane = "The latent plane itself" if means.shape[1] == 2 else "The two principal axes of the latent space"
    st.caption(f"{plane}: posterior means of {len(means):,} test images.")
