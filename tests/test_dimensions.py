"""What each latent dimension does: its share of q(z), whether it is used, what it goes along with."""

import math

import numpy as np
import pytest

from explorer.dimensions import Dimensions
from explorer.latent import LatentSpace

COUNT = 400


def space_of(mean: np.ndarray, deviation: float = 1.0, kl: tuple[float, ...] | None = None) -> LatentSpace:
    """Posteriors (N, L) of one standard deviation."""
    size = mean.shape[1]
    reach = np.full(size, 3, np.float32)
    return LatentSpace(
        mean=mean.astype(np.float32),
        log_variance=np.full(mean.shape, 2 * math.log(deviation), np.float32),
        kl=np.array(kl or range(size), np.float32),
        low=-reach,
        high=reach,
        labels=None,
        metadata={},
    )


@pytest.fixture
def mean() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(COUNT, 3))


def test_a_posterior_that_is_the_prior_need_not_move():
    dimensions = Dimensions.of(space_of(np.zeros((COUNT, 2))))
    np.testing.assert_allclose(dimensions.moved, 0, atol=1e-6)
    np.testing.assert_allclose(dimensions.density[0], dimensions.prior, atol=1e-6)


@pytest.mark.parametrize("shift", [0.5, 2.0, 40.0])
def test_how_much_of_a_shifted_gaussian_has_to_move_is_known(shift):
    dimensions = Dimensions.of(space_of(np.full((COUNT, 1), shift)))
    assert dimensions.moved[0] == pytest.approx(math.erf(shift / 2 / math.sqrt(2)), abs=2e-3)


def test_the_density_is_that_of_samples_and_so_are_mean_and_deviation(mean):
    dimensions = Dimensions.of(space_of(mean, deviation=0.4))
    noise = np.random.default_rng(1).normal(size=(500, *mean.shape))
    samples = (mean + 0.4 * noise).reshape(-1, 3)
    half = (dimensions.places[1] - dimensions.places[0]) / 2
    edges = np.append(dimensions.places - half, dimensions.places[-1] + half)
    for dim in range(3):
        density = np.histogram(samples[:, dim], edges)[0] / len(samples) / (2 * half)
        np.testing.assert_allclose(dimensions.density[dim], density, atol=0.01)
    np.testing.assert_allclose(dimensions.mean, samples.mean(0), atol=0.01)
    np.testing.assert_allclose(dimensions.deviation, samples.std(0), atol=0.01)


def test_a_dimension_is_active_where_its_means_vary_enough_and_the_costliest_comes_first(mean):
    scaled = mean / mean.std(0) * np.sqrt([0.0099, 0.0101, 2])
    dimensions = Dimensions.of(space_of(scaled, kl=(5, 1, 3)))
    assert dimensions.order.tolist() == [0, 2, 1]
    assert dimensions.active.tolist() == [2, 1]


def test_correlations_are_those_of_the_means_and_a_constant_has_none(mean):
    mean[:, 2] = 0.2 * mean[:, 2] - mean[:, 0]
    dimensions = Dimensions.of(space_of(np.column_stack([mean, np.ones(COUNT)])))
    np.testing.assert_allclose(dimensions.correlation[:3, :3], np.corrcoef(mean.T), atol=1e-5)
    assert dimensions.correlation[3].tolist() == [0, 0, 0, 0]
    assert dimensions.closest_pair == (0, 2)


def test_one_active_dimension_has_nothing_to_go_along_with(mean):
    assert Dimensions.of(space_of(mean * [1, 0, 0])).closest_pair is None
