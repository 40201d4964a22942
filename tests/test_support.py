"""How far a latent is from where images are, and its scale."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from explorer import support


@pytest.fixture
def latents() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(1200, 3)).astype(np.float32)


def test_the_radius_is_the_norm():
    np.testing.assert_allclose(support.radius(np.array([[3, 4], [0, 0]], np.float32)), [5, 0])


def test_the_nearest_other_is_never_the_row_itself(latents):
    rows = np.arange(0, 1200, 2)  # more than a chunk
    distances = cdist(latents, latents)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_allclose(support.nearest_other(latents, rows), distances.min(1)[rows], atol=1e-3)


def test_the_nearest_of_twins_is_at_no_distance():
    twins = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(support.nearest_other(twins, np.array([0, 1])), [0, 0])


def test_a_scale_runs_from_the_smallest_to_the_largest_in_even_shares():
    scale = support.scale_of(np.arange(1001, dtype=np.float32))
    np.testing.assert_allclose(scale, np.linspace(0, 1000, 201))
    assert scale.dtype == np.float32
