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
    points = latents[rows] + np.float32(0.01)
    distances = cdist(points, latents)
    distances[np.arange(len(rows)), rows] = np.inf
    np.testing.assert_allclose(support.nearest_other(points, latents, rows), distances.min(1), atol=1e-3)


def test_what_belongs_to_the_same_subject_is_no_other_unless_there_is_only_one():
    latents = np.array([[0.0], [0.1], [5.0]], np.float32)
    rows = np.arange(3)
    of_two, of_one = np.array([7, 7, 8]), np.array([7, 7, 7])
    np.testing.assert_allclose(support.nearest_other(latents, latents, rows, of_two), [5, 4.9, 4.9], rtol=1e-5)
    np.testing.assert_allclose(support.nearest_other(latents, latents, rows, of_one), [0.1, 0.1, 4.9], rtol=1e-4)


def test_the_nearest_of_twins_is_at_no_distance():
    twins = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(support.nearest_other(twins, twins, np.array([0, 1])), [0, 0])


def test_a_scale_runs_from_the_smallest_to_the_largest_in_even_shares():
    scale = support.scale_of(np.arange(1001, dtype=np.float32))
    np.testing.assert_allclose(scale, np.linspace(0, 1000, 201))
    assert scale.dtype == np.float32
