"""Gaussians fitted to the aggregate posterior, and how far beyond the test images draws are."""

import numpy as np
import pytest

from explorer.aggregate import LEAST_POINTS, Nearness, fit_aggregate
from explorer.draws import Mixture
from explorer.latent import LatentSpace

CENTRES = np.array([[2.0, 0.0], [-2.0, 1.0], [0.0, -2.0]])
NOISE = 0.1


def space(count: int = 1200, silent: int = 0) -> LatentSpace:
    """Three groups of images in a plane, and beside it dimensions that say nothing."""
    random = np.random.default_rng(0)
    plane = CENTRES[random.integers(0, 3, count)] + 0.3 * random.standard_normal((count, 2))
    mean = np.concatenate([plane, 0.01 * random.standard_normal((count, silent))], axis=1)
    log_variance = np.concatenate([np.full((count, 2), 2 * np.log(NOISE)), np.zeros((count, silent))], axis=1)
    dims = np.zeros(2 + silent)
    floats = [each.astype(np.float32) for each in (mean, log_variance, dims, dims, dims)]
    return LatentSpace(*floats, labels=None, metadata={})


def nearness_of(latents: LatentSpace) -> Nearness:
    return Nearness.of(latents, np.arange(len(latents.mean)))


def test_one_gaussian_has_the_moments_of_q():
    (gaussian,) = [fit_aggregate(space()).gaussian]
    mean = space().mean
    np.testing.assert_allclose(gaussian.means[0], mean.mean(0), atol=0.05)
    covariance = np.cov(mean.T) + NOISE**2 * np.eye(2)
    np.testing.assert_allclose(gaussian.roots[0] @ gaussian.roots[0], covariance, rtol=0.1, atol=0.1)
    np.testing.assert_allclose(gaussian.roots[0], gaussian.roots[0].T, atol=1e-6)


def test_the_mixture_has_a_component_at_every_group_and_none_between_them():
    mixture = fit_aggregate(space()).mixture
    distances = np.linalg.norm(mixture.means[:, np.newaxis] - CENTRES, axis=2)
    assert set(distances.argmin(1)) == {0, 1, 2}
    assert distances.min(1).max() < 0.6
    assert mixture.weights.sum() == pytest.approx(1)


def test_the_gain_is_the_divergence_of_q_from_the_prior():
    variance = 0.3**2 + NOISE**2
    entropy = np.log(3) + np.log(2 * np.pi * np.e * variance)  # of three groups that hardly overlap
    crossed = np.log(2 * np.pi) + 0.5 * (np.square(CENTRES).sum(1).mean() + 2 * variance)
    assert fit_aggregate(space(6000)).gain == pytest.approx(crossed - entropy, abs=0.1)


def test_what_is_the_prior_already_gains_nothing():
    random = np.random.default_rng(1)
    mean = (np.sqrt(0.75) * random.standard_normal((2000, 2))).astype(np.float32)
    quarter = np.full_like(mean, np.log(0.25))
    dims = np.zeros(2, np.float32)
    fit = fit_aggregate(LatentSpace(mean, quarter, dims, dims, dims, labels=None, metadata={}))
    assert fit.gain == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("silent", [0, 6])
def test_the_prior_draws_beyond_the_data_and_the_mixture_does_not(silent):
    latents = space(silent=silent)
    nearness, fit = nearness_of(latents), fit_aggregate(latents)
    prior, gaussian, mixture = (
        nearness.share_beyond(each) for each in (Mixture.prior(2 + silent), fit.gaussian, fit.mixture)
    )
    assert prior > 0.3
    assert gaussian > 0.3
    assert mixture < 0.05


def test_a_dimension_counts_as_far_as_images_differ_in_it():
    nearness = nearness_of(space(silent=2))
    within = NOISE**2
    variance = space(silent=2).mean[:, 0].var()
    assert nearness.between[0] == pytest.approx(variance / (variance + within), rel=1e-4)
    assert nearness.between[2:].max() < 1e-3
    assert nearness.between.dtype == np.float32


def test_few_latents_are_not_fitted_and_some_only_by_one_gaussian():
    assert fit_aggregate(space(LEAST_POINTS - 1)) is None
    assert fit_aggregate(space(LEAST_POINTS, silent=8)).mixture is None
