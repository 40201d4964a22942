"""Charts of several runs: a metric's curves over one another, and what each run pays for how near it comes."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.comparison import pareto_front
from explorer.figures import empty_figure, right_labels
from explorer.palette import PALETTES

COLOURS = (1, 3, 4, 2, 9, 6)  # of the classes: those of six lines that are told apart best
LEAST_SETTLED = 4  # epochs
LABEL = 7  # CSS pixels that a letter of a label takes at most
HEIGHT = 340
WIDTH, TALL = 280, 250  # CSS pixels that the plane has at least
DOT = 7  # CSS pixels around the centre of a point
LETTER, LINE = 6, 14  # CSS pixels that a letter of a name in the plane takes, and a line
PLACES = [(is_left, rise * LINE) for rise in (0, 1, -1, 2, -2, 3, -3) for is_left in (False, True)]  # of names
AROUND = 0.08  # of the span of the rates, left free beside the points
ROOM = 0.4  # the same, where the name of a run has to stand
LEAST_RATE = 0.1  # bits that are told apart
Points = Sequence[tuple[int, float]]


class Curves(NamedTuple):
    """(epoch, value) of one run: of a fixed sample of the training images, and of the test images."""

    train: Points
    test: Points


class _Box(NamedTuple):
    """What a name or a point covers, pixels."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def of_name(cls, x: float, y: float, width: float, is_left: bool, rise: float) -> "_Box":
        """Of a name beside the point (x, y)."""
        left = x - DOT - width if is_left else x + DOT
        return cls(left, left + width, y + rise - LINE / 2, y + rise + LINE / 2)

    def meets(self, other: "_Box") -> bool:
        """Whether the two overlap."""
        return max(self.left, other.left) < min(self.right, other.right) and max(self.bottom, other.bottom) < min(
            self.top, other.top
        )


class Priced(NamedTuple):
    """A run in the rate-distortion plane: bits an image, and the error; whether it is one of the compared ones."""

    name: str
    rate: float
    distortion: float
    is_chosen: bool

    @property
    def place(self) -> float:
        """Bits on the logarithmic axis, where a collapsed model stands at the left edge."""
        return max(self.rate, LEAST_RATE)


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
        x=[run.place for run in front],
        y=[run.distortion for run in front],
        mode="lines",
        line={"color": palette.neutral, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    colours = iter(COLOURS)
    for run in runs:
        _add_point(figure, run, palette.classes[next(colours)] if run.is_chosen else palette.neutral)
    rates = np.log10([run.place for run in runs])
    span = max(float(np.ptp(rates)), 0.5)
    left = rates.min() - AROUND * span
    right = max(rate + (ROOM if run.is_chosen else AROUND) * span for rate, run in zip(rates, runs, strict=True))
    figure.update_xaxes(title="bits an image, log scale", type="log", dtick="D2", tickformat="~g", showgrid=True)
    figure.update_xaxes(gridcolor=palette.grid, range=[left, right])
    top = 1.1 * max(run.distortion for run in runs)
    figure.update_yaxes(title="mean squared error", range=[0, top])
    figure.update_layout(hovermode="closest", margin={"t": 24, "r": 24})
    _name_points(figure, runs, left, right, top)
    return figure


def _add_point(figure: go.Figure, run: Priced, colour: str) -> None:
    figure.add_scatter(
        x=[run.place],
        y=[run.distortion],
        mode="markers",
        marker={
            "size": 11 if run.is_chosen else 8,
            "color": colour,
            "symbol": "circle" if run.is_chosen else "circle-open",
        },
        customdata=[run.name],
        hovertemplate=f"<b>%{{customdata}}</b><br>{run.rate:.1f} bits, MSE %{{y:.4f}}<extra></extra>",
    )


def _name_points(figure: go.Figure, runs: Sequence[Priced], left: float, right: float, top: float) -> None:
    """The names of the compared runs beside their points, where no other name or point is."""
    across, up = WIDTH / (right - left), TALL / top  # pixels
    spots = [(across * (math.log10(run.place) - left), up * run.distortion) for run in runs]
    taken = [_Box(x - DOT, x + DOT, y - DOT, y + DOT) for x, y in spots]
    named = [(spot, run, trace) for spot, run, trace in zip(spots, runs, figure.data[1:], strict=True) if run.is_chosen]
    for (x, y), run, trace in sorted(named, key=lambda each: each[0], reverse=True):
        boxes = [_Box.of_name(x, y, LETTER * len(run.name), *place) for place in PLACES]
        free = [row for row, box in enumerate(boxes) if box.left >= 0 and not any(map(box.meets, taken))]
        row = free[0] if free else 0
        taken.append(boxes[row])
        is_left, rise = PLACES[row]
        figure.add_annotation(
            x=math.log10(run.place),
            y=run.distortion,
            text=run.name,
            showarrow=False,
            xanchor="right" if is_left else "left",
            xshift=-DOT if is_left else DOT,
            yanchor="middle",
            yshift=rise,
            font={"color": trace.marker.color},
        )


def _settled(points: Points) -> Points:
    """All but the first epoch, which is so much worse that it would flatten the others; it may leave the picture."""
    return points[1:] if len(points) >= LEAST_SETTLED else points
