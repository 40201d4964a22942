"""Charts of several runs: a metric's curves over one another, and what each run pays for how near it comes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.comparison import pareto_front
from explorer.figures import empty_figure, right_labels
from explorer.palette import PALETTES

COLOURS = (1, 3, 4, 2, 9, 6)  # of the classes: those of six lines that are told apart best
LEAST_SETTLED = 4  # epochs
LABEL = 7  # CSS pixels that a letter of a label takes
HEIGHT = 340
WIDTH = 360  # CSS pixels that the plane has about
ROOM = 0.4  # of the span of the rates, for the name of the rightmost run
Points = Sequence[tuple[int, float]]


class Curves(NamedTuple):
    """(epoch, value) of one run: of a fixed sample of the training images, and of the test images."""

    train: Points
    test: Points


class Priced(NamedTuple):
    """A run in the rate-distortion plane: bits an image, and the error; whether it is one of the compared ones."""

    name: str
    rate: float
    distortion: float
    is_chosen: bool


def metric_curves(runs: Mapping[str, Curves], theme: str) -> go.Figure:
    """One metric of each run by epoch: test solid, train dashed, its name at the right; a single epoch is a point."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=HEIGHT)
    figure.update_xaxes(title="epoch")
    heights = [value for curves in runs.values() for points in curves for _, value in _settled(points)]
    levels = {}
    for place, (name, curves) in enumerate(runs.items()):
        colour = palette.classes[COLOURS[place]]
        for points, dash, split in ((curves.train, "dash", "train"), (curves.test, "solid", "test")):
            figure.add_scatter(
                x=[epoch for epoch, _ in points],
                y=[value for _, value in points],
                mode="lines" if len(points) > 1 else "markers",
                line={"color": colour, "dash": dash, "width": 2.2 if dash == "solid" else 1.5},
                marker={"color": colour, "size": 6, "symbol": "circle" if dash == "solid" else "circle-open"},
                name=f"{name}, {split}",
                hovertemplate="%{y:.4g}",
            )
        if curves.test:
            levels[name] = curves.test[-1][1], colour
    if heights:
        pad = 0.06 * (max(heights) - min(heights) or abs(max(heights)))
        limits = min(heights) - pad, max(heights) + pad
        figure.update_yaxes(range=limits)
        right_labels(figure, levels, limits)
    figure.update_layout(margin={"r": LABEL * max(map(len, levels), default=0) + 16})
    return figure


def rate_distortion(runs: Sequence[Priced], theme: str) -> go.Figure:
    """Runs as points, bits an image (log) by mean squared error; a line along those that no other one beats.

    The compared ones come first, are filled and named, in the colours of `metric_curves`; the name of each point is
    its `customdata`.
    """
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=HEIGHT)
    front = [runs[row] for row in pareto_front([(run.rate, run.distortion) for run in runs])]
    figure.add_scatter(
        x=[run.rate for run in front],
        y=[run.distortion for run in front],
        mode="lines",
        line={"color": palette.neutral, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    colours = iter(COLOURS)
    for run in runs:
        figure.add_scatter(
            x=[run.rate],
            y=[run.distortion],
            mode="markers",
            marker={
                "size": 11 if run.is_chosen else 8,
                "color": palette.classes[next(colours)] if run.is_chosen else palette.neutral,
                "symbol": "circle" if run.is_chosen else "circle-open",
            },
            customdata=[run.name],
            hovertemplate="<b>%{customdata}</b><br>%{x:.1f} bits, MSE %{y:.4f}<extra></extra>",
        )
    figure.update_xaxes(title="bits an image, log scale", type="log", dtick="D2", tickformat="~g", showgrid=True)
    rates = np.log10([run.rate for run in runs])
    span = max(float(np.ptp(rates)), 0.5)
    figure.update_xaxes(gridcolor=palette.grid, range=[rates.min() - 0.08 * span, rates.max() + ROOM * span])
    top = 1.1 * max(run.distortion for run in runs)
    figure.update_yaxes(title="mean squared error", range=[0, top])
    figure.update_layout(hovermode="closest", margin={"t": 24, "r": 24})
    _name_points(figure, [run for run in runs if run.is_chosen], (1.08 + ROOM) * span / WIDTH, top)
    return figure


def _name_points(figure: go.Figure, runs: Sequence[Priced], pixel: float, top: float) -> None:
    """Names to the right of points, each as low as those that are there let it; `pixel` is one's share of log10 x."""
    gap = 18 / HEIGHT * 1.3 * top
    colours = [trace.marker.color for trace in figure.data[1:]]
    placed: list[tuple[float, float, float]] = []  # where names begin, end, and their height
    for run, colour in sorted(zip(runs, colours, strict=False), key=lambda pair: pair[0].distortion):
        start = float(np.log10(run.rate))
        end, height = start + pixel * (LABEL * len(run.name) + 16), run.distortion
        while any(start < right and left < end and abs(height - other) < gap for left, right, other in placed):
            height += gap / 4
        placed.append((start, end, height))
        figure.add_annotation(
            x=start,
            y=height,
            text=run.name,
            showarrow=False,
            xanchor="left",
            xshift=7,
            yanchor="bottom",
            yshift=-6,
            font={"color": colour},
        )


def _settled(points: Points) -> Points:
    """All but the first epoch, which is so much worse that it would flatten the others; it may leave the picture."""
    return points[1:] if len(points) >= LEAST_SETTLED else points
