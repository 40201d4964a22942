"""Ranked cases: the strangest images first, where the model fails on them, and why one of them ranks where it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.calibration import Calibration
from explorer.palette import TILE_DIVERGING, grey_tiles, signed_tiles
from explorer.ui.anomalies import Pool
from explorer.ui.anomaly_scores import Score, spell_percentile
from explorer.ui.anomaly_scoring import Floats
from explorer.ui.charts import BARE
from explorer.ui.components import Legend, SheetRow, image_sheet
from explorer.ui.layout import section
from explorer.ui.picture_size import is_small
from explorer.ui.state import theme
from explorer.ui.words import plain, signed

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Loaded

LIMIT = 5  # standard deviations, the ends of the residuals' colours
SHOWN = {True: 8, False: 6}  # cases a sheet: small images, large ones
LARGE = 128  # CSS pixels of a tile of images that are not small
UNUSUAL = 95.0  # percentile from which a score is called unusual
PATCHES = 7  # along a side: residuals are averaged over patches before the largest is called by its place
FAINT = 1.0  # standard deviations; a patch below that is nothing to look at
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
ALL, ANOMALOUS, NORMAL = GROUPS = ("All", "Anomalous", "Normal")


def draw_percentiles(calibration: Calibration, pool: Pool, chosen: Score) -> None:
    """Draw where the images lie among the model's held-out ones, normal and anomalous ones apart."""
    from explorer.anomaly_figures import percentile_bars

    percentiles = calibration.percentile(chosen.key, pool.scores[chosen.key])
    marks = pool.is_anomalous
    groups = {f"{len(percentiles):,} images": percentiles}
    if marks is not None:
        groups = {name: percentiles[marks == is_in] for is_in, name in enumerate(pool.groups)}
    section(f"Where they lie by {_within(chosen.label)}")
    st.plotly_chart(percentile_bars(groups, theme()), key="percentiles", config=BARE)
    share = float(((percentiles if marks is None else percentiles[marks]) >= UNUSUAL).mean())
    whose = "the scored images" if marks is None else pool.groups[1]
    st.caption(
        f"Percentiles are among the model's own {calibration.source}, of which each bar holds 5 % (dotted). "
        f"{100 * share:.1f} % of {plain(whose)} are unusual: at {UNUSUAL:.0f} or above."
    )


def draw_cases(
    model: Loaded, calibration: Calibration, pool: Pool, scores: Sequence[Score], chosen: Score, *, key: str
) -> None:
    """Draw the cases by `chosen` of `scores`, the strangest first, and below them the one that was clicked."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        section(f"Ranked by {_within(chosen.label)}, the strangest first")
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            rows = _choose_rows(pool, key)
            at_once = SHOWN[is_small(pool.images.shape[-1])]
            sheets = -(-len(rows) // at_once)
            sheet = 1
            if sheets > 1:
                sheet = st.pagination(sheets, key=f"cases-sheet-{key}-{len(rows)}", max_visible_pages=5)
    rows = rows[np.argsort(-pool.scores[chosen.key][rows], kind="stable")][(sheet - 1) * at_once : sheet * at_once]
    if not len(rows):
        st.caption("There are no such images.")
        return
    originals = pool.images[rows]
    decoded = model.reconstruct(originals)
    percentiles = calibration.percentiles({name: values[rows] for name, values in pool.scores.items()})
    residuals, legend = residual_sheet_row(
        calibration, originals, decoded, None if pool.slices is None else pool.slices[rows]
    )
    picked = image_sheet(
        [
            SheetRow("original", "as scored", originals[:, 0]),
            SheetRow("decoded", "by the model", grey_tiles(decoded)),
            residuals,
        ],
        key=f"cases-{key}-{crc32(rows.tobytes()):08x}",
        scale=scale_of(originals.shape[-1]),
        captions=[spell_percentile(float(each)) for each in percentiles[chosen.key]],
        tooltips=[_tell(pool, row, chosen) for row in rows],
        bands=None,
        legend=legend,
        selectable=True,
    )
    st.caption(
        f"Under each: its percentile among {calibration.source}, which the model did not learn from; "
        "unusual is 95 % and more. Click one for its other scores."
    )
    _draw_case(calibration, pool, scores, rows, picked or 0, decoded, percentiles)


def scale_of(size: int) -> int:
    """CSS pixels of a pixel of images of `size`."""
    return 3 if is_small(size) else max(1, LARGE // size)


def residual_sheet_row(
    calibration: Calibration, originals: NDArray[np.uint8], decoded: Floats, slices: NDArray[np.int64] | None
) -> tuple[SheetRow, Legend]:
    """Where uint8 originals (N, 1, H, W) differ from their reconstructions more than held-out images do."""
    residuals = calibration.standardised(originals, decoded, slices)
    legend = Legend(f"darker than expected −{LIMIT} sd", f"+{LIMIT} sd brighter", TILE_DIVERGING)
    return SheetRow("residual", "standardised", signed_tiles(residuals, LIMIT)), legend


def reasons(percentiles: Mapping[str, float], scores: Sequence[Score], residual: Floats) -> list[str]:
    """Why an image ranks where it does, in sentences, from its percentiles and its standardised residual (H, W)."""
    ranked = sorted((score for score in scores if score.key != "intensity"), key=lambda each: -percentiles[each.key])
    unusual = [score for score in ranked if percentiles[score.key] >= UNUSUAL]
    if unusual:
        listed = ", ".join(f"**{score.label}** {spell_percentile(percentiles[score.key])}" for score in unusual)
        sentences = [f"Unusual: {listed}."]
    else:
        highest = ranked[0]
        sentences = [
            f"No score is unusual; the highest is {_within(highest.label)}, "
            f"at {spell_percentile(percentiles[highest.key])}."
        ]
    usual = [_within(score.label) for score in ranked if percentiles[score.key] < UNUSUAL]
    if unusual and usual:
        sentences.append(f"Usual: {', '.join(usual)}.")
    sentences.append(_largest(residual))
    grey = percentiles["intensity"]
    if not 100 - UNUSUAL < grey < UNUSUAL:
        how = "bright" if grey >= UNUSUAL else "dark"
        sentences.append(f"It is unusually {how} as a whole, which is seen without a model.")
    return sentences


def _draw_case(
    calibration: Calibration,
    pool: Pool,
    scores: Sequence[Score],
    rows: NDArray[np.int64],
    place: int,
    decoded: Floats,
    percentiles: Mapping[str, Floats],
) -> None:
    """All scores of one case as gauges, and why it ranks."""
    from explorer.anomaly_figures import Gauged, gauges

    row = rows[place]
    slices = None if pool.slices is None else pool.slices[row : row + 1]
    residual = calibration.standardised(pool.images[row : row + 1], decoded[place : place + 1], slices)[0]
    own = {score.key: float(percentiles[score.key][place]) for score in scores}
    with st.container(border=True):
        halves = st.grid(2, min_column_width=320, gap="large")
        with halves.cell():
            section(pool.names[row])
            gauged = [
                Gauged(score.label, own[score.key], score.describe(float(pool.scores[score.key][row])))
                for score in scores
            ]
            st.plotly_chart(gauges(gauged, theme()), key="case-gauges", config=BARE)
        with halves.cell():
            section("Why it ranks here")
            for sentence in reasons(own, scores, residual):
                st.markdown(sentence)


def _choose_rows(pool: Pool, key: str) -> NDArray[np.int64]:
    """The rows of one group, or of all where there is only one."""
    marks = pool.is_anomalous
    if marks is None or marks.all() or not marks.any():
        return np.arange(len(pool.images))
    group = st.segmented_control(
        "Show", GROUPS, default=ANOMALOUS, required=True, key=f"cases-of-{key}", label_visibility="collapsed"
    )
    return np.flatnonzero(np.ones_like(marks) if group == ALL else marks == (group == ANOMALOUS))


def _tell(pool: Pool, row: int, score: Score) -> str:
    value = f"{score.label} {score.describe(float(pool.scores[score.key][row]))}"
    group = "" if pool.is_anomalous is None else f", {pool.groups[int(pool.is_anomalous[row])]}"
    return f"{pool.names[row]}{group}: {value}"


def _largest(residual: Floats) -> str:
    """Where the mean of a patch is farthest from what held-out images have, in words."""
    from scipy import ndimage

    side = max(2, residual.shape[0] // PATCHES)
    smooth = ndimage.uniform_filter(residual, side)
    row, column = np.unravel_index(np.abs(smooth).argmax(), smooth.shape)
    value = float(smooth[row, column])
    if abs(value) < FAINT:
        return "Its residual is nowhere larger than that of held-out images."
    down, right = (int(3 * place // len(residual)) for place in (row, column))
    where = "in the centre" if down == right == 1 else f"at the {ROWS[down]} {COLUMNS[right]}".replace("middle ", "")
    how = "brighter" if value > 0 else "darker"
    return f"It is {how} than the model draws it most of all {where}: {signed(value)} sd over {side} × {side} pixels."


def _within(label: str) -> str:
    """A label within a sentence."""
    return label if label.isupper() else plain(label[:1].lower() + label[1:])
