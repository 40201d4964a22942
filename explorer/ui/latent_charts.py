"""Below the map: what it hides of the latents, and what each latent dimension holds; a chart and its sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.library import Entry
from explorer.ui.charts import BARE
from explorer.ui.layout import Metric, metric_row, section
from explorer.ui.manifold import MapView
from explorer.ui.map_blob import run_of, shown_map
from explorer.ui.state import open_latents, theme

if TYPE_CHECKING:  # both import torch; the page is drawn first
    from explorer.dimensions import Dimensions
    from explorer.latent_figures import DimensionCharts

MOST_SHOWN = 32  # dimensions of a chart
LEAST_PAIRED = 3  # dimensions of a matrix; of fewer, the sentence says all


def draw_hidden(entry: Entry, view: MapView) -> None:
    """What neighbours say of classes, in the latents and on the map that is shown; nothing where there are none."""
    space = open_latents(entry)
    if space.labels is None:
        return
    section("What the map hides")
    size = space.mean.shape[1]
    with st.spinner("Asking the neighbours of every test image"):
        latents = _accuracy(run_of(entry), None, entry, view)
        on_map = latents if size == 2 else _accuracy(run_of(entry), view.key, entry, view)
    metrics = [Metric(f"Named right by neighbours in z, {size} dimensions", f"{100 * latents:.1f} %")]
    if size > 2:
        metrics.append(Metric("Named right by neighbours on this map", f"{100 * on_map:.1f} %"))
    metric_row(metrics)
    st.markdown(hidden_sentence(latents, on_map, size))
    if "subject" in space.metadata:
        st.caption("Images of one subject lie near each other and share its class, so both shares are flattered.")


def draw_dimensions(entry: Entry) -> None:
    """The aggregate posterior against the prior, KL and activity, and correlations, of each dimension."""
    dimensions = _dimensions(run_of(entry), entry)
    marginals, activity, correlations = _figures(run_of(entry), theme(), entry)
    section("Is each dimension as the prior says?")
    count = entry.record.data.counts["test"]
    st.markdown(spread_sentence(dimensions, count))
    st.plotly_chart(marginals, key="marginals", config=BARE)
    hidden = len(dimensions.kl) - MOST_SHOWN
    more = f" The {MOST_SHOWN} of the largest KL; {hidden} more are not drawn." if hidden > 0 else ""
    st.caption(f"Filled: q(z), the average of the test images' posteriors. Dotted: the prior, N(0, 1).{more}")
    left, right = st.columns(2, gap="large")
    with left:
        section("Which dimensions are used?")
        st.markdown(activity_sentence(dimensions))
        st.plotly_chart(activity, key="activity", config=BARE)
    with right:
        section("Do dimensions go together?")
        st.markdown(correlation_sentence(dimensions))
        if correlations is not None:
            st.plotly_chart(correlations, key="correlations", config=BARE)


def hidden_sentence(latents: float, on_map: float, size: int) -> str:
    """What two leave-one-out accuracies, 0 to 1, of latents of `size` dimensions and of their map, say of the map."""
    from explorer.neighbours import VOTERS

    asked = f"The {VOTERS} nearest other test images vote on the class of each."
    lost = round(100 * latents, 1) - round(100 * on_map, 1)  # of the two numbers that stand above
    if size == 2:
        return f"{asked} This map is the latent space itself: it hides nothing."
    if abs(lost) < 0.05:
        return f"{asked} They are right as often on the map as in z: it hides nothing of the classes."
    if lost < 0:
        return (
            f"{asked} They are right **{-lost:.1f} points** more often on the map than in z: it draws classes further "
            "apart than they are."
        )
    return (
        f"{asked} They are right **{lost:.1f} points** less often on the map than in z: so many images in 100 lie "
        "among other classes only because two coordinates cannot tell apart what the latents do."
    )


def spread_sentence(dimensions: Dimensions, count: int) -> str:
    """How far q(z) of `count` test images is from the prior in each dimension."""
    low, high = dimensions.deviation.min(), dimensions.deviation.max()
    worst = int(dimensions.moved.argmax())
    spread = f"is {low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"lies between {low:.2f} and {high:.2f}"
    return (
        f"Over {count:,} test images the standard deviation of q(z) {spread}; the prior's is 1. Furthest from the "
        f"prior is **z{worst + 1}**, with mean {dimensions.mean[worst]:.2f} and standard deviation "
        f"{dimensions.deviation[worst]:.2f}: {100 * dimensions.moved[worst]:.0f} % of it would have to move to make "
        "it N(0, 1)."
    ).replace("mean -", "mean −")


def activity_sentence(dimensions: Dimensions) -> str:
    """How many dimensions say something about the image, and which says the most."""
    from explorer.metrics import ACTIVE_VARIANCE

    active, size, most = dimensions.active, len(dimensions.kl), int(dimensions.order[0])
    silent = float(dimensions.kl.sum() - dimensions.kl[active].sum())
    rest = size - len(active)
    others = f" The other {rest} cost {silent:.2f} nats together." if rest else ""
    return (
        f"**{len(active)} of {size}** dimensions are active: the variance of their posterior means over the test "
        f"images is above {ACTIVE_VARIANCE:g}. **z{most + 1}** costs the most, {dimensions.kl[most]:.2f} of "
        f"{dimensions.kl.sum():.1f} nats.{others}"
    )


def correlation_sentence(dimensions: Dimensions) -> str:
    """Which two of the active dimensions go together most, and how much one tells of the other."""
    pair = dimensions.closest_pair
    if pair is None:
        return "Fewer than two dimensions are active, so there are no two to go together."
    first, second = pair
    r = float(dimensions.correlation[pair])
    return (
        f"Of the posterior means of active dimensions, those of **z{first + 1}** and **z{second + 1}** are the most "
        f"correlated, r = {r:.2f}: along a straight line, one tells {100 * r * r:.0f} % of the variance of the other."
    ).replace("r = -", "r = −")


@st.cache_data(max_entries=64, show_spinner=False)
def _accuracy(run: str, shown: str | None, _entry: Entry, _view: MapView) -> float:  # noqa: ARG001, the key
    """That of the latents, or of the map `shown`, which is that of the view."""
    from explorer.neighbours import leave_one_out_accuracy

    space = open_latents(_entry)
    assert space.labels is not None
    return leave_one_out_accuracy(space.mean if shown is None else shown_map(_entry, _view).points, space.labels)


@st.cache_resource(max_entries=16, show_spinner=False)
def _dimensions(run: str, _entry: Entry) -> Dimensions:  # noqa: ARG001, the key
    from explorer.dimensions import Dimensions

    return Dimensions.of(open_latents(_entry))


@st.cache_resource(max_entries=16, show_spinner=False)
def _figures(run: str, shade: str, _entry: Entry) -> DimensionCharts:
    from explorer import latent_figures

    dimensions = _dimensions(run, _entry)
    shown, active = dimensions.order[:MOST_SHOWN], dimensions.active[:MOST_SHOWN]
    is_matrix = len(active) >= LEAST_PAIRED
    return latent_figures.DimensionCharts(
        latent_figures.marginals(dimensions, shown, shade),
        latent_figures.activity(dimensions, shown, shade),
        latent_figures.correlations(dimensions, active, shade) if is_matrix else None,
    )
