"""Arrays in, Plotly figures out: one template for every chart of the app."""

import math
from collections.abc import Sequence

import numpy as np
import pandas  # noqa: F401, plotly takes it from sys.modules, also while another thread is still importing it
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.palette import PALETTES, Palette
from explorer.records import EpochLine, RunningLine

MOST_POINTS = 500  # of a curve; more cannot be seen
FONT = {"family": "Source Sans, Source Sans Pro, sans-serif", "size": 13}


def loss_curves(lines: Sequence[EpochLine | RunningLine], theme: str) -> go.Figure:
    """Total and reconstruction by epoch in one panel, KL below: test solid, train dotted, labels at the ends."""
    palette = PALETTES[theme]
    epochs = [line for line in lines if isinstance(line, EpochLine) and line.epoch > 0]
    running = _thin([line for line in lines if isinstance(line, RunningLine)])
    figure = _figure(palette, height=330)
    figure.update_layout(
        yaxis={"domain": [0.36, 1]},
        yaxis2={"domain": [0, 0.26], "anchor": "x", "gridcolor": palette.grid, "zeroline": False},
        xaxis={"title": {"text": "epoch"}, "anchor": "y2"},
    )
    for part, colour, axis in (
        ("total", palette.total, "y"),
        ("reconstruction", palette.reconstruction, "y"),
        ("kl", palette.neutral, "y2"),
    ):
        train = [(line.epoch, line.train[part]) for line in running] or [(e.epoch, e.train[part]) for e in epochs]
        _curve(figure, sorted(train + [(e.epoch, e.train[part]) for e in epochs if running]), colour, "dot", axis)
        _curve(figure, [(e.epoch, getattr(e.test, part)) for e in epochs], colour, "solid", axis)
        if epochs:
            label = {"kl": "KL"}.get(part, part)
            _end_label(figure, epochs[-1].epoch, getattr(epochs[-1].test, part), label, colour, axis)
    _zoom_past_the_first_epoch(figure, epochs)
    if lines and lines[-1].epoch > 0:
        figure.update_xaxes(
            range=[min(1, lines[-1].epoch) if len(epochs) > 1 else 0, lines[-1].epoch]
        )  # labels lie outside
    return figure


def quality_curves(lines: Sequence[EpochLine | RunningLine], metric: str, theme: str) -> go.Figure:
    """One of "mse", "ssim", "psnr" by epoch: test solid, the fixed training sample dotted."""
    palette = PALETTES[theme]
    epochs = [line for line in lines if isinstance(line, EpochLine)]
    figure = _figure(palette, height=220)
    figure.update_xaxes(title="epoch")
    _curve(figure, [(e.epoch, getattr(e.train_sample, metric)) for e in epochs], palette.total, "dot", "y")
    _curve(figure, [(e.epoch, getattr(e.test, metric)) for e in epochs], palette.total, "solid", "y")
    return figure


def latent_scatter(
    points: NDArray[np.floating], labels: NDArray[np.int64] | None, names: Sequence[str], theme: str
) -> go.Figure:
    """Latents on a plane (N, 2), classes coloured in the order of their index and named where they lie."""
    palette = PALETTES[theme]
    figure = _figure(palette, height=330)
    order = np.random.default_rng(0).permutation(len(points))  # class order would paint the last class on top
    colours = palette.total if labels is None else [palette.classes[k % 10] for k in labels[order]]
    marker = {"size": 4, "opacity": 0.84, "color": colours}
    figure.add_scatter(x=points[order, 0], y=points[order, 1], mode="markers", marker=marker, hoverinfo="skip")
    for k in [] if labels is None else np.unique(labels).tolist():
        x, y = np.median(points[labels == k], axis=0)
        figure.add_annotation(x=x, y=y, text=f"<b>{names[k]}</b>", showarrow=False, **_chip(palette))
    figure.update_yaxes(scaleanchor="x")
    figure.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def histogram(values: NDArray[np.floating], title: str, theme: str, marked: float | None = None) -> go.Figure:
    """Distribution of a metric over images; `marked` is the image that was picked."""
    palette = PALETTES[theme]
    figure = _figure(palette, height=190)
    figure.add_histogram(x=values, nbinsx=50, marker={"color": palette.total, "line": {"width": 0}})
    figure.update_xaxes(title=title, showgrid=False)
    figure.update_yaxes(title="images")
    figure.update_layout(bargap=0.06, margin={"t": 24})
    median = float(np.median(values))
    figure.add_vline(median, line={"color": palette.neutral, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=median,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=f"median {median:.3g}",
        showarrow=False,
        xanchor="left",
        xshift=4,
        font={"color": palette.neutral},
    )
    if marked is not None:
        figure.add_vline(marked, line={"color": palette.accent, "width": 2})
    return figure


def _figure(palette: Palette, height: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=FONT | {"color": palette.neutral},
        hovermode="x unified",
        hoverlabel={"font": FONT},
    )
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=palette.grid, zeroline=False, automargin=True)
    return figure


def _curve(figure: go.Figure, points: Sequence[tuple[float, float]], colour: str, dash: str, axis: str) -> None:
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        yaxis=axis,
        mode="lines" if len(points) > 1 else "markers",
        line={"color": colour, "dash": dash, "width": 2.2 if dash == "solid" else 1.5},
        marker={"color": colour, "size": 5},
        name="test" if dash == "solid" else "train",
        hovertemplate="%{y:.4g}",
    )


def _end_label(figure: go.Figure, x: float, y: float, text: str, colour: str, axis: str) -> None:
    figure.add_annotation(
        x=x, y=y, yref=axis, text=text, showarrow=False, xanchor="left", xshift=6, font={"color": colour}
    )
    figure.update_layout(margin={"r": 96})


def _zoom_past_the_first_epoch(figure: go.Figure, epochs: Sequence[EpochLine]) -> None:
    """The first epoch is so much worse that it would flatten all others; it may leave the picture."""
    if len(epochs) < 4:
        return
    totals = [line.test.total for line in epochs]
    low = min(line.test.reconstruction for line in epochs)
    low = min(low, *(line.train["reconstruction"] for line in epochs[1:]))
    high = float(np.quantile(totals, 0.9))
    pad = 0.08 * (high - low)
    figure.update_layout(yaxis={"range": [low - pad, high + pad]})


def _thin(lines: list[RunningLine]) -> list[RunningLine]:
    step = max(1, math.ceil(len(lines) / MOST_POINTS))
    return lines[::step]


def _chip(palette: Palette) -> dict[str, object]:
    return {"font": {"color": palette.ink, "size": 13}, "bgcolor": palette.paper, "opacity": 0.85, "borderpad": 2}
