"""Charts of the compared runs: a metric over training, and bits an image against the error."""

from collections.abc import Sequence

import streamlit as st

from explorer.comparison import evaluations, rate, same_data
from explorer.library import Entry
from explorer.ui.charts import BARE
from explorer.ui.layout import explained_errors, section
from explorer.ui.state import theme
from explorer.ui.words import reconstruction_unit

METRICS = {"MSE": "mse", "PSNR, dB": "psnr", "SSIM": "ssim", "KL, nats": "kl", "Reconstruction": "reconstruction"}


def draw_curves(entries: Sequence[Entry]) -> None:
    """A metric of each run over its epochs, and the choice of the metric."""
    from explorer.comparison_figures import Curves, metric_curves

    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        section("How they learned")
        units = {reconstruction_unit(entry.record.config.objective) for entry in entries}
        has_kl = not all(entry.record.config.has_codes for entry in entries)
        is_offered = {"KL, nats": has_kl, "Reconstruction": len(units) == 1}
        offered = [name for name in METRICS if is_offered.get(name, True)]
        metric = st.selectbox(
            "Metric", offered, key="compared-metric", bind="query-params", width=170, label_visibility="collapsed"
        )
    with explained_errors():
        curves = {entry.key: Curves(*evaluations(entry, METRICS[metric])) for entry in entries}
    shown = {key: each for key, each in curves.items() if each.test}
    figure = metric_curves(shown, theme())
    st.plotly_chart(figure, key="compared-curves", config=BARE)
    unit = f", {units.pop()}" if metric == "Reconstruction" else ""
    st.caption(
        f"{metric}{unit} after each epoch. Solid: test. Dashed: a fixed sample of the training "
        "images, with the same weights."
    )


def draw_rate_distortion(entries: Sequence[Entry], everyone: Sequence[Entry]) -> None:
    """Every run of the same images as a point, the compared ones named; a click opens one on Overview."""
    from explorer.comparison_figures import Priced, rate_distortion

    section("What a bit buys")
    group = same_data([*entries, *everyone])[0]
    chosen = [entry.key for entry in entries]
    others = {entry.key: entry for entry in group if entry.key not in chosen}
    priced = [
        Priced(entry.key, rate(entry.record), entry.record.trained.test.mse, entry.key in chosen)
        for entry in [*entries, *others.values()]
    ]
    figure = rate_distortion(priced, theme())
    event = st.plotly_chart(
        figure,
        key=f"rate-distortion-{','.join(chosen)}",
        on_select="rerun",
        selection_mode="points",
        config=BARE,
    )
    for point in event["selection"]["points"]:
        st.switch_page("pages/overview.py", query_params={"model": str(point["customdata"])})
    st.caption(
        "Bits: the KL of a VAE; of a VQ-VAE what its codes cost under its prior. The dotted line joins the runs that "
        "no other one beats in both. Hollow: further runs of the same images. Click a point to open its run."
    )
