"""Charts of latent dimensions: q(z) against the prior, KL and activity, correlations; and what a selection is of."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from explorer.dimensions import Dimensions
from explorer.figures import empty_figure
from explorer.metrics import ACTIVE_VARIANCE
from explorer.palette import LIMITS, PALETTES

HALF = 0.44  # of the room of a dimension: how wide a density is at most to either side
LEAST_VARIANCE = 1e-6  # that is told from none
TICK_SIZE = 11  # so that two figures fit beside each other
MOST_COUNTED = 20  # kinds whose counts are written out
THINNEST = 0.004  # of the same; a density below it is not drawn
Rows = NDArray[np.int64]


class DimensionCharts(NamedTuple):
    """The three charts of a latent space; there are no correlations of fewer than three active dimensions."""

    marginals: go.Figure
    activity: go.Figure
    correlations: go.Figure | None


def marginals(dimensions: Dimensions, shown: Rows, theme: str) -> go.Figure:
    """The density of q(z) in each dimension of `shown` as a filled shape, and that of the prior as a dotted outline."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=280)
    widest = max(float(dimensions.density[shown].max()), float(dimensions.prior.max()))
    prior = np.broadcast_to(dimensions.prior, (len(shown), len(dimensions.prior)))
    for name, density, colour, fill, dash in (
        ("q(z)", dimensions.density[shown], palette.total, "toself", "solid"),
        ("N(0, 1)", prior, palette.ink, "none", "dot"),
    ):
        x, y = _shapes(density * HALF / widest, dimensions.places)
        figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            name=name,
            fill=fill,
            line={"color": colour, "width": 1.2, "dash": dash},
            hoverinfo="skip",
        )
    figure.update_yaxes(title="z", nticks=7)
    _name_dimensions(figure, shown)
    figure.update_layout(hovermode=False)
    return figure


def activity(dimensions: Dimensions, shown: Rows, theme: str) -> go.Figure:
    """KL of each dimension of `shown`; below, the variance of its posterior means and the line that makes it active."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=330)
    active = dimensions.variance[shown] > ACTIVE_VARIANCE
    colours = [palette.total if is_active else palette.neutral for is_active in active]
    variance = np.maximum(dimensions.variance, LEAST_VARIANCE)
    for values, axis, unit in ((dimensions.kl, "y", "nats"), (variance, "y2", "")):
        figure.add_bar(
            x=list(range(len(shown))),
            y=values[shown],
            yaxis=axis,
            marker={"color": colours, "line": {"width": 0}},
            customdata=[f"z{dim + 1}" for dim in shown],
            hovertemplate=f"%{{customdata}}: %{{y:.3g}} {unit}<extra></extra>",
        )
    figure.update_layout(
        bargap=0.3,
        hovermode="closest",
        yaxis={"domain": [0.56, 1], "title": {"text": "KL, nats"}, "tickfont": {"size": TICK_SIZE}},
        yaxis2={
            "domain": [0, 0.44],
            "anchor": "x",
            "type": "log",
            "gridcolor": palette.grid,
            "zeroline": False,
            "title": {"text": "variance"},
            "range": np.log10([min(variance[shown].min(), ACTIVE_VARIANCE) / 2, 2 * variance[shown].max()]).tolist(),
            "dtick": 1,
            "automargin": True,
            "tickformat": "~g",
            "tickfont": {"size": TICK_SIZE},
        },
        xaxis={"anchor": "y2"},
    )
    figure.add_hline(ACTIVE_VARIANCE, yref="y2", line={"color": palette.ink, "width": 1, "dash": "dot"})
    _name_dimensions(figure, shown)
    return figure


def correlations(dimensions: Dimensions, shown: Rows, theme: str) -> go.Figure:
    """The correlation of the posterior means of any two of `shown`; the scale ends where all of them fit."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=330)
    matrix = dimensions.correlation[np.ix_(shown, shown)].astype(np.float64)
    np.fill_diagonal(matrix, np.nan)
    limit = next((limit for limit in LIMITS if np.nanmax(np.abs(matrix)) <= limit), LIMITS[-1])
    names = [f"z{dim + 1}" for dim in shown]
    stops = np.linspace(0, 1, len(palette.diverging))
    figure.add_heatmap(
        z=matrix,
        zmin=-limit,
        zmax=limit,
        xgap=1,
        ygap=1,
        colorscale=[list(stop) for stop in zip(stops, palette.diverging, strict=True)],
        customdata=[[[across, down] for across in names] for down in names],
        hovertemplate="%{customdata[0]} and %{customdata[1]}: %{z:.2f}<extra></extra>",
        hoverongaps=False,
        colorbar={"thickness": 8, "outlinewidth": 0, "tickvals": [-limit, 0, limit], "len": 0.9},
    )
    figure.update_layout(hovermode="closest")
    _name_dimensions(figure, shown)
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[str(dim + 1) for dim in shown],
        tickfont={"size": TICK_SIZE},
        ticks="",
        showgrid=False,
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
    )
    figure.update_xaxes(constrain="domain")
    return figure


def kind_bars(names: Sequence[str], title: str, counts: Rows, classes: Rows | None, theme: str) -> go.Figure:
    """How many images of each kind there are; `classes` are the indices of their colours, where they have some."""
    palette = PALETTES[theme]
    figure = empty_figure(palette, height=200)
    colours = palette.total if classes is None else [palette.classes[k % len(palette.classes)] for k in classes]
    figure.add_bar(
        x=list(range(len(names))),
        y=counts,
        marker={"color": colours, "line": {"width": 0}},
        customdata=list(names),
        text=[f"{count:,}" for count in counts] if len(counts) <= MOST_COUNTED else None,
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{customdata}: %{y:,}<extra></extra>",
    )
    figure.update_layout(bargap=0.3, hovermode="closest", margin={"t": 24})
    figure.update_xaxes(title=title, tickvals=list(range(len(names))), ticktext=list(names))
    figure.update_yaxes(title="images", rangemode="tozero")
    return figure


def _shapes(
    widths: NDArray[np.floating], places: NDArray[np.floating]
) -> tuple[list[float | None], list[float | None]]:
    """Closed outlines around 0, 1, ..., of widths (D, B) to either side at places (B,), with gaps between."""
    x: list[float | None] = []
    y: list[float | None] = []
    for middle, every in enumerate(widths):
        is_seen = every > THINNEST
        width, place = every[is_seen], places[is_seen]
        x += [*(middle + width).round(3).tolist(), *(middle - width[::-1]).round(3).tolist(), None]
        y += [*place.round(3).tolist(), *place[::-1].round(3).tolist(), None]
    return x, y


def _name_dimensions(figure: go.Figure, shown: Rows) -> None:
    figure.update_xaxes(
        title="dimension of z",
        tickvals=list(range(len(shown))),
        ticktext=[str(dim + 1) for dim in shown],
        tickfont={"size": TICK_SIZE},
        tickangle=0,
        ticks="",
        range=[-0.5, len(shown) - 0.5],
    )
