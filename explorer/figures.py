"""Arrays in, Plotly figures out: one template for every chart of the app."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas  # noqa: F401, plotly takes it from sys.modules, also while another thread is still importing it
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.palette import PALETTES, Palette
from explorer.records import EpochLine, Line, PriorLine, PriorRecord, RunningLine

MOST_POINTS = 500  # of a curve; more cannot be seen
NAMES = {"solid": "test", "dot": "train", "dash": "validation"}  # what a curve's line says
LABEL_GAP = 0.06  # of a chart's height: labels at its right edge do not come nearer to each other
FONT = {"family": "Source Sans, Source Sans Pro, sans-serif", "size": 13}


def loss_curves(lines: Sequence[Line], theme: str) -> go.Figure:
    """Total and reconstruction by epoch in one panel, KL or commitment below: test solid, train dotted."""
    palette = PALETTES[theme]
    price = "commitment" if any("commitment" in line.train for line in lines) else "kl"
    epochs = [line for line in lines if isinstance(line, EpochLine) and line.epoch > 0]
    running = _thin([line for line in lines if isinstance(line, RunningLine)])
    figure = empty_figure(palette, height=330)
    figure.update_layout(
        yaxis={"domain": [0.36, 1]},
        yaxis2={"domain": [0, 0.26], "anchor": "x", "gridcolor": palette.grid, "zeroline": False},
        xaxis={"title": {"text": "epoch"}, "anchor": "y2"},
    )
    for part, colour, axis in (
        ("total", palette.total, "y"),
        ("reconstruction", palette.reconstruction, "y"),
        (price, palette.neutral, "y2"),
    ):
        train = [(line.epoch, line.train[part]) for line in running] or [(e.epoch, e.train[part]) for e in epochs]
        _curve(figure, sorted(train + [(e.epoch, e.train[part]) for e in epochs if running]), colour, "dot", axis)
        _curve(figure, [(e.epoch, getattr(e.test, part)) for e in epochs], colour, "solid", axis)
        if epochs:
            label = {"kl": "KL"}.get(part, part)
            _end_label(figure, epochs[-1].epoch, getattr(epochs[-1].test, part), label, colour, axis)
    _zoom_past_the_first_epoch(figure, epochs)
    _part_the_first_labels(figure)
    if lines and lines[-1].epoch > 0:
        figure.update_xaxes(
            range=[min(1, lines[-1].epoch) if len(epochs) > 1 else 0, lines[-1].epoch]
        )  # labels lie outside
    return figure


def quality_curves(lines: Sequence[Line], metric: str, theme: str) -> go.Figure:
    """One of "mse", "ssim", "psnr" by epoch: test solid, the fixed training sample dotted, validation dashed."""
    palette = PALETTES[theme]
    epochs = [line for line in lines if isinstance(line, EpochLine)]
    figure = empty_figure(palette, height=220)
    figure.update_xaxes(title="epoch")
    _curve(figure, [(e.epoch, getattr(e.train_sample, metric)) for e in epochs], palette.total, "dot", "y")
    validated = [(e.epoch, getattr(e.validation, metric)) for e in epochs if e.validation]
    if validated:
        _curve(figure, validated, palette.reconstruction, "dash", "y")
    _curve(figure, [(e.epoch, getattr(e.test, metric)) for e in epochs], palette.total, "solid", "y")
    return figure


def codebook_curves(lines: Sequence[Line], codebook_size: int, theme: str) -> go.Figure:
    """How many of K codes the test images use by epoch, and their perplexity, below a line at K."""
    palette = PALETTES[theme]
    epochs = [line for line in lines if isinstance(line, EpochLine)]
    figure = empty_figure(palette, height=330)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(range=[0, 1.08 * codebook_size])
    used = [(e.epoch, e.test.usage * codebook_size) for e in epochs if e.test.usage is not None]
    alike = [(e.epoch, e.test.perplexity) for e in epochs if e.test.perplexity is not None]
    levels = {f"all {codebook_size:,}": (float(codebook_size), palette.neutral)}
    _level(figure, codebook_size, palette.neutral)
    for label, points, colour in (("used", used, palette.reconstruction), ("perplexity", alike, palette.total)):
        _curve(figure, points, colour, "solid", "y", name=label)
        if points:
            levels[label] = points[-1][1], colour
    right_labels(figure, levels, (0.0, 1.08 * codebook_size))
    return figure


def prior_curves(lines: Sequence[Line], record: PriorRecord | None, theme: str) -> go.Figure:
    """Bits per code by epoch: train dotted, validation solid; below lines at what needs no network."""
    palette = PALETTES[theme]
    epochs = [line for line in lines if isinstance(line, PriorLine)]
    running = _thin([line for line in lines if isinstance(line, RunningLine)])
    figure = empty_figure(palette, height=330)
    figure.update_xaxes(title="epoch")
    train = [(line.epoch, line.train["bits"]) for line in running]
    train += [(line.epoch, line.train["bits"]) for line in epochs if line.train]
    validation = [(line.epoch, line.validation) for line in epochs]
    _curve(figure, sorted(train), palette.total, "dot", "y")
    _curve(figure, validation, palette.total, "solid", "y", name=NAMES["dash"])
    levels: dict[str, tuple[float, str]] = {}
    if record:
        baselines = {"uniform": record.uniform, "unigram": record.unigram, "per-site": record.site_unigram}
        for height in baselines.values():
            _level(figure, height, palette.neutral)
        levels |= {label: (height, palette.neutral) for label, height in baselines.items()}
        if record.best.epoch:
            figure.add_vline(record.best.epoch, line={"color": palette.neutral, "width": 1, "dash": "dot"})
    if validation:
        levels["validation"] = validation[-1][1], palette.total
    heights = [height for _, height in train + validation] + [height for height, _ in levels.values()]
    if heights:
        pad = 0.06 * (max(heights) - min(heights))
        limits = min(heights) - pad, max(heights) + pad
        figure.update_yaxes(range=limits)
        right_labels(figure, levels, limits)
    return figure


def latent_scatter(
    points: NDArray[np.floating], labels: NDArray[np.int64] | None, names: Sequence[str], theme: str
) -> go.Figure:
    """Latents on a plane (N, 2), classes coloured in the order of their index and named where they lie."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=330)
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
    figure = empty_figure(palette, height=190)
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


def bits_bars(costs: Mapping[str, float], theme: str) -> go.Figure:
    """Bits per code of each way to predict codes, a bar each, from top to bottom; those of a prior in colour."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=36 * len(costs) + 16)
    figure.add_bar(
        x=list(costs.values()),
        y=list(costs),
        orientation="h",
        marker={"color": [palette.total if name.startswith("prior") else palette.neutral for name in costs]},
        text=[f"{bits:.2f}" for bits in costs.values()],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(visible=False, rangemode="tozero")
    figure.update_layout(bargap=0.4, margin={"r": 48}, hovermode=False)
    return figure


def empty_figure(palette: Palette, height: int) -> go.Figure:
    """The template: a figure `height` CSS pixels high, without legend, on the page's own colour."""
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


def _curve(
    figure: go.Figure, points: Sequence[tuple[float, float]], colour: str, dash: str, axis: str, *, name: str = ""
) -> None:
    figure.add_scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        yaxis=axis,
        mode="lines" if len(points) > 1 else "markers",
        line={"color": colour, "dash": dash, "width": 2.2 if dash == "solid" else 1.5},
        marker={"color": colour, "size": 5},
        name=name or NAMES[dash],
        hovertemplate="%{y:.4g}",
    )


def _end_label(figure: go.Figure, x: float, y: float, text: str, colour: str, axis: str) -> None:
    figure.add_annotation(
        x=x, y=y, yref=axis, text=text, showarrow=False, xanchor="left", xshift=6, font={"color": colour}
    )
    figure.update_layout(margin={"r": 96})


def _level(figure: go.Figure, height: float, colour: str) -> None:
    figure.add_hline(height, line={"color": colour, "width": 1, "dash": "dash"}, layer="below")


def right_labels(figure: go.Figure, levels: dict[str, tuple[float, str]], limits: tuple[float, float]) -> None:
    """Labels beside the right edge, each at its height or as near to it as the others let it."""
    gap, place = LABEL_GAP * (limits[1] - limits[0]), -math.inf
    for label, (height, colour) in sorted(levels.items(), key=lambda level: level[1][0]):
        place = max(height, place + gap)
        figure.add_annotation(
            x=1, y=place, xref="paper", text=label, showarrow=False, xanchor="left", xshift=6, font={"color": colour}
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


def _part_the_first_labels(figure: go.Figure) -> None:
    """Total and reconstruction end at one height where the other term is small: one label above it, one below."""
    labels = figure.layout.annotations[:2]
    if not labels:
        return
    low, high = figure.layout.yaxis.range or _extent(figure)
    if labels[0].y - labels[1].y < 2 * LABEL_GAP * (high - low):
        labels[0].update(yanchor="bottom", yshift=-3)
        labels[1].update(yanchor="top", yshift=3)


def _extent(figure: go.Figure) -> tuple[float, float]:
    """The least and the greatest value of the upper panel."""
    values = [value for curve in figure.data if curve.yaxis == "y" for value in curve.y]
    return min(values), max(values)


def _thin(lines: list[RunningLine]) -> list[RunningLine]:
    step = max(1, math.ceil(len(lines) / MOST_POINTS))
    return lines[::step]


def _chip(palette: Palette) -> dict[str, object]:
    return {"font": {"color": palette.ink, "size": 13}, "bgcolor": palette.paper, "opacity": 0.85, "borderpad": 2}
