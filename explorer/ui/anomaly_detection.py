"""How well scores tell normal from anomalous images: what counts as normal, both curves, and every score's AUROC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.datasets.image_set import ImageSet
from explorer.detection import Detection, Estimate, detect
from explorer.library import Entry
from explorer.ui.anomalies import Pool
from explorer.ui.anomaly_scores import Score
from explorer.ui.charts import BARE
from explorer.ui.comparison import draw_cells
from explorer.ui.layout import Metric, metric_row, section
from explorer.ui.state import theme
from explorer.ui.words import plain

TRIVIAL = "intensity"  # as in `anomaly.py`, which imports torch
NEARLY = 0.02  # AUROC; a trivial score that is so near leaves little to a model
EASY = 0.9  # AUROC of a trivial score


def choose_normal(entry: Entry, images: ImageSet) -> tuple[str, ...]:
    """Draw the choice of the classes that count as normal: at first those that the run learned from."""
    usual = [name for name in images.label_names if name not in entry.record.data.without]
    key = f"normal-{entry.key}"
    if key not in st.session_state:
        is_link = "normal_of" not in st.session_state  # else it is of the model that was here before
        asked = st.query_params.get("normal", "").split(",") if is_link else []
        st.session_state[key] = [name for name in images.label_names if name in asked] or usual
    st.session_state["normal_of"] = entry.key
    chosen = st.multiselect(
        "What counts as normal",
        images.label_names,
        key=key,
        persist_state="session",
        help="All other classes count as anomalous. A model that learned a class does not find it strange.",
    )
    if set(chosen) == set(usual):
        st.query_params.pop("normal", None)
    else:
        st.query_params["normal"] = ",".join(chosen)
    return tuple(chosen)


def draw_detection(pool: Pool, scores: Sequence[Score], chosen: Score) -> None:
    """Draw how well `chosen` and the others of `scores` tell the groups of `pool` apart."""
    from explorer.anomaly_figures import Compared, precision_recall_curves, roc_curves

    assert pool.is_anomalous is not None
    found = {
        score.key: _detect(
            pool.scores[score.key][~pool.is_anomalous],
            pool.scores[score.key][pool.is_anomalous],
            is_trivial=score.key == TRIVIAL,
        )
        for score in scores
    }
    ours, trivial = found[chosen.key], found[TRIVIAL]
    section(f"Does it tell {pool.groups[1]} from {pool.groups[0]}?")
    metric_row(
        [
            Metric(f"AUROC, {plain(chosen.label)}", f"{ours.auroc.value:.3f}", f"95 %: {_interval(ours.auroc)}"),
            Metric("Average precision", f"{ours.average_precision.value:.3f}", f"by chance {ours.share:.3f}"),
            Metric("AUROC, trivial", f"{trivial.auroc.value:.3f}", f"95 %: {_interval(trivial.auroc)}"),
            Metric("Images", f"{ours.normal:,} + {ours.anomalous:,}", "normal + anomalous"),
        ]
    )
    st.markdown(verdict(ours, trivial, chosen))
    compared = [Compared(chosen.label, ours.roc, is_ours=True)]
    precise = [Compared(chosen.label, ours.precision_recall, is_ours=True)]
    if chosen.key != TRIVIAL:
        compared.append(Compared("trivial: intensity", trivial.roc, is_ours=False))
        precise.append(Compared("trivial: intensity", trivial.precision_recall, is_ours=False))
    charts = st.grid(2, min_column_width=320, gap="large")
    with charts.cell():
        st.plotly_chart(roc_curves(compared, theme()), key="roc", config=BARE)
    with charts.cell():
        st.plotly_chart(precision_recall_curves(precise, ours.share, theme()), key="precision-recall", config=BARE)
    draw_cells(
        {
            "score": [score.label for score in scores],
            "AUROC": [f"{found[score.key].auroc.value:.3f}" for score in scores],
            "95 % interval": [_interval(found[score.key].auroc) for score in scores],
            "average precision": [f"{found[score.key].average_precision.value:.3f}" for score in scores],
            "interval": [_interval(found[score.key].average_precision) for score in scores],
        }
    )
    turned = " Here low intensity stands for anomalous." if trivial.reversed else ""
    st.caption(
        f"Solid: {plain(chosen.label)}. Dashed: the mean grey value, in the better of its two directions.{turned} "
        "Dotted: a score that says nothing. AUROC is the probability that an anomalous image scores higher than a "
        "normal one. Intervals: 1,000 bootstrap resamples of both groups."
    )


def verdict(ours: Detection, trivial: Detection, score: Score) -> str:
    """One sentence on what the two areas under the curve say together."""
    if score.key == TRIVIAL:
        return "This is the trivial score. Choose another one above to see what the model adds."
    if ours.auroc.low <= 0.5:
        if ours.auroc.high >= 0.5:
            return f"{score.label} cannot tell them apart: the interval holds 0.5, which is chance."
        return f"{score.label} ranks the anomalous images *below* the normal ones: to it they are the easier ones."
    if trivial.auroc.value >= ours.auroc.value - NEARLY:
        task = "An easy task: the" if trivial.auroc.value >= EASY else "The"
        return f"{task} mean grey value alone reaches {trivial.auroc.value:.3f}, so this says little about the model."
    return (
        f"{score.label} adds to what the mean grey value sees: {ours.auroc.value:.3f} against "
        f"{trivial.auroc.value:.3f}."
    )


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


@st.cache_data(max_entries=128, show_spinner=False)
def _detect(normal: NDArray[np.float32], anomalous: NDArray[np.float32], *, is_trivial: bool) -> Detection:
    return detect(normal, anomalous, either_way=is_trivial)
