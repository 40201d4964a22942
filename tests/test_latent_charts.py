"""Charts of latent dimensions, and the sentences beside them."""

import numpy as np
import pytest
from test_dimensions import COUNT, space_of

from explorer import latent_figures
from explorer.dimensions import Dimensions
from explorer.metrics import ACTIVE_VARIANCE
from explorer.palette import PALETTES
from explorer.ui.latent_charts import activity_sentence, correlation_sentence, hidden_sentence, spread_sentence


@pytest.fixture
def dimensions() -> Dimensions:
    """Three dimensions: the first two go against each other, the last says nothing."""
    mean = np.random.default_rng(0).normal(size=(COUNT, 3)) * [1, 1, 0.01]
    mean[:, 1] -= 2 * mean[:, 0]
    return Dimensions.of(space_of(mean, deviation=0.3, kl=(1.5, 2, 0.25)))


@pytest.fixture(params=PALETTES)
def theme(request) -> str:
    return request.param


def test_each_marginal_lies_around_its_dimension_and_none_overlaps_the_next(dimensions, theme):
    aggregate, prior = latent_figures.marginals(dimensions, dimensions.order, theme).data
    for trace in (aggregate, prior):
        shapes = np.array(trace.x, float)
        parts = np.split(shapes, np.flatnonzero(np.isnan(shapes)))[:-1]
        assert len(parts) == 3
        for middle, part in enumerate(parts):
            assert np.nanmean(part) == pytest.approx(middle)
            assert np.nanmax(np.abs(part - middle)) < 0.5
    assert np.nanmax(np.array(aggregate.y, float)) > np.nanmax(np.array(prior.y, float))  # the second one is wider


def test_bars_say_what_a_dimension_costs_and_grey_ones_are_not_active(dimensions, theme):
    figure = latent_figures.activity(dimensions, dimensions.order, theme)
    kl, variance = figure.data
    assert list(kl.y) == [2, 1.5, 0.25]
    np.testing.assert_allclose(variance.y, dimensions.variance[[1, 0, 2]])
    palette = PALETTES[theme]
    assert list(kl.marker.color) == [palette.total, palette.total, palette.neutral]
    assert figure.layout.shapes[0].y0 == ACTIVE_VARIANCE
    assert list(figure.layout.xaxis.ticktext) == ["2", "1", "3"]


def test_the_matrix_leaves_out_its_diagonal_and_its_scale_holds_all_of_it(dimensions, theme):
    (trace,) = latent_figures.correlations(dimensions, np.array([1, 0, 2]), theme).data
    matrix = np.array(trace.z, float)
    assert np.isnan(np.diag(matrix)).all()
    assert matrix[0, 1] == pytest.approx(dimensions.correlation[1, 0])
    assert (trace.zmin, trace.zmax) == (-1, 1)


def test_kinds_have_the_colours_of_their_classes(theme):
    palette = PALETTES[theme]
    (trace,) = latent_figures.kind_bars(["1", "3"], "class", np.array([5, 7]), np.array([1, 3]), theme).data
    assert list(trace.marker.color) == [palette.classes[1], palette.classes[3]]
    assert list(trace.text) == ["5", "7"]
    (trace,) = latent_figures.kind_bars(["1", "3"], "slice", np.array([5, 7]), None, theme).data
    assert trace.marker.color == palette.total


def test_sentences_are_of_this_model(dimensions):
    assert activity_sentence(dimensions) == (
        "**2 of 3** dimensions are active: the variance of their posterior means over the test images is above 0.01. "
        "**z2** costs the most, 2.00 of 3.8 nats. The other 1 cost 0.25 nats together."
    )
    r = dimensions.correlation[0, 1]
    assert r < -0.8
    assert f"**z1** and **z2** are the most correlated, r = −{-r:.2f}: " in correlation_sentence(dimensions)
    assert f"one tells {100 * r * r:.0f} % of the variance" in correlation_sentence(dimensions)
    low, high = dimensions.deviation[[2, 1]]
    sentence = spread_sentence(dimensions, COUNT)
    assert f"Over 400 test images the standard deviation of q(z) lies between {low:.2f} and {high:.2f}" in sentence
    assert f"**z{dimensions.moved.argmax() + 1}**" in sentence


@pytest.mark.parametrize(
    ("latents", "on_map", "size", "says"),
    [
        (0.967, 0.751, 20, "right **21.6 points** less often"),
        (0.9, 0.913, 20, "right **1.3 points** more often"),
        (0.9, 0.9002, 20, "right as often"),
        (0.72, 0.72, 2, "the latent space itself"),
    ],
)
def test_what_a_map_hides_is_the_difference(latents, on_map, size, says):
    assert says in hidden_sentence(latents, on_map, size)
