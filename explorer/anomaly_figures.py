"""Charts of scores: their percentiles, those of one image as gauges, and how well they tell images apart."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.detection import Curve
from explorer.figures import empty_figure
from explorer.palette import PALETTES, Palette

BIN = 5  # percentiles
USUAL = 95.0  # percentile up to which an image is not called unusual
ROOM = 0.7  # of a gauge, for what is usual; the few percentiles above it need theirs
MOST_POINTS = 400  # of a curve; more cannot be seen


class Gauged(NamedTuple):
    """One score of an image: its name, its percentile, and its value in words."""

    name: str
    percentile: float
    value: str


class Compared(NamedTuple):
    """The curve of one score; whether it is the one that the page is about, or what it is compared with."""

    name: str
    curve: Curve
    is_ours: bool


def percentile_bars(groups: Mapping[str, NDArray[np.floating]], theme: str, marked: float | None = None) -> go.Figure:
    """The share of each group's images in every twentieth of the percentiles 0 to 100, and where one image is.

    One group is drawn alone; of two the first is grey, what the second is compared with.
    """
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=150)
    edges = np.arange(0, 100 + BIN, BIN)
    colours = [palette.neutral, palette.reconstruction] if len(groups) > 1 else [palette.total]
    for (name, percentiles), colour in zip(groups.items(), colours, strict=True):
        share = 100 * np.histogram(percentiles, edges)[0] / max(1, len(percentiles))
        figure.add_bar(
            x=edges[:-1] + BIN / 2,
            y=share,
            marker={"color": colour, "line": {"width": 0}},
            name=name,
            hovertemplate="%{y:.1f} %",
        )
    figure.add_hline(BIN, line={"color": palette.neutral, "width": 1, "dash": "dot"})
    if marked is not None:
        figure.add_vline(marked, line={"color": palette.accent, "width": 2})
    figure.update_xaxes(title="percentile among the held-out images", range=[0, 100], dtick=10)
    figure.update_yaxes(title="% of images", rangemode="tozero")
    figure.update_layout(bargap=0.08, bargroupgap=0, barmode="group", margin={"t": 24})
    if len(groups) > 1:
        words = "   ".join(
            f"<span style='color:{colour}'>■</span> {name}" for name, colour in zip(groups, colours, strict=True)
        )
        figure.add_annotation(
            x=0, y=1, xref="paper", yref="paper", yanchor="bottom", xanchor="left", text=words, showarrow=False
        )
    return figure


def gauges(scores: Sequence[Gauged], theme: str) -> go.Figure:
    """A track for each score of an image: the usual percentiles, the hatched unusual ones, and a tick at its own."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=32 * len(scores) + 40)
    names = [score.name for score in scores]
    track = {"orientation": "h", "y": names, "width": 0.26, "hoverinfo": "skip"}
    figure.add_bar(x=[ROOM] * len(scores), marker={"color": palette.grid, "line": {"width": 0}}, **track)
    figure.add_bar(x=[1 - ROOM] * len(scores), base=ROOM, marker=_hatched(palette), **track)
    figure.add_scatter(
        x=[_place(score.percentile) for score in scores],
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 9, "line": {"color": palette.accent, "width": 3}},
        customdata=[score.percentile for score in scores],
        hovertemplate="%{customdata:.1f} %<extra></extra>",
        cliponaxis=False,
    )
    for score in scores:
        ink = {"color": palette.ink}
        figure.add_annotation(x=1, y=score.name, text=score.value, showarrow=False, xanchor="left", xshift=10, font=ink)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    ticks = (0, 50, USUAL, 100)
    figure.update_xaxes(
        range=[0, 1], tickvals=[_place(tick) for tick in ticks], ticktext=[f"{t:g} %" for t in ticks], tickangle=0
    )
    figure.update_layout(barmode="overlay", hovermode="closest", margin={"r": 88, "t": 0})
    return figure


def roc_curves(compared: Sequence[Compared], theme: str) -> go.Figure:
    """True over false positive rate of each score, above the diagonal of a score that says nothing."""
    palette = PALETTES[theme]
    figure = _unit_square(palette, "normal images called anomalous, %", "anomalous ones found, %")
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line=_nothing(palette), hoverinfo="skip")
    _add_curves(figure, compared, palette)
    return figure


def precision_recall_curves(compared: Sequence[Compared], share: float, theme: str) -> go.Figure:
    """Precision over recall of each score; a score that says nothing has the precision `share`, 0 to 1."""
    palette = PALETTES[theme]
    figure = _unit_square(palette, "recall: anomalous ones found, %", "precision: of those called so, %")
    figure.add_hline(100 * share, line=_nothing(palette))
    _add_curves(figure, compared, palette)
    return figure


def _place(percentile: float) -> float:
    """Where a percentile stands on a gauge, 0 to 1: the unusual ones have more room."""
    return float(np.interp(percentile, [0, USUAL, 100], [0, ROOM, 1]))


def _add_curves(figure: go.Figure, compared: Sequence[Compared], palette: Palette) -> None:
    for name, curve, is_ours in compared:
        rows = np.unique(np.linspace(0, len(curve.x) - 1, MOST_POINTS).round().astype(int))
        figure.add_scatter(
            x=100 * curve.x[rows],
            y=100 * curve.y[rows],
            mode="lines",
            line={
                "color": palette.total if is_ours else palette.neutral,
                "width": 2.2 if is_ours else 1.5,
                "dash": "solid" if is_ours else "dash",
            },
            name=name,
            hovertemplate=f"{name}<br>%{{x:.1f}} %, %{{y:.1f}} %<extra></extra>",
        )


def _unit_square(palette: Palette, x: str, y: str) -> go.Figure:
    figure = empty_figure(palette, height=300)
    figure.update_xaxes(title=x, range=[-1, 101], dtick=25)
    figure.update_yaxes(title=y, range=[0, 103], dtick=25)
    figure.update_layout(hovermode="closest", margin={"t": 8, "r": 16})
    return figure


def _nothing(palette: Palette) -> dict[str, object]:
    return {"color": palette.neutral, "width": 1, "dash": "dot"}


def _hatched(palette: Palette) -> dict[str, object]:
    pattern = {"shape": "/", "fgcolor": palette.neutral, "bgcolor": palette.paper, "size": 5, "solidity": 0.3}
    return {"color": palette.neutral, "line": {"width": 0}, "pattern": pattern}
