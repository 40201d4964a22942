"""Exact neighbours beside scikit-learn's, and the vote of those nearest to a latent."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from explorer.neighbours import leave_one_out_accuracy, nearest, nearest_others


@pytest.fixture
def latents() -> np.ndarray:
    return (100 + np.random.default_rng(0).normal(size=(1200, 5))).astype(np.float32)  # far from zero: digits are lost


def test_the_nearest_are_those_of_scikit_learn_also_in_chunks(latents):
    points = latents[:700] + np.float32(0.1)
    rows, distances = nearest(points, latents, 7)
    expected, of = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(latents.astype(np.float64)).kneighbors(points)
    np.testing.assert_allclose(distances, expected, rtol=1e-4, atol=1e-4)
    assert (rows == of).mean() > 0.999


def test_no_latent_is_its_own_neighbour_but_its_twin_is_at_no_distance(latents):
    latents[900] = latents[3]
    rows, distances = nearest_others(latents, 4)
    assert not (rows == np.arange(1200)[:, None]).any()
    assert (rows[900, 0], distances[900, 0], rows[3, 0]) == (3, 0, 900)
    assert (np.diff(distances) >= 0).all()


def test_there_are_no_more_neighbours_than_latents():
    few = np.eye(3, dtype=np.float32)
    assert nearest(few, few, 10)[0].shape == (3, 3)
    assert nearest_others(few, 10)[0].shape == (3, 2)


def test_accuracy_leaves_each_latent_out_of_its_own_vote(latents):
    few, labels = latents[:200], np.random.default_rng(1).integers(0, 2, 200)
    right = 0
    for row in range(200):
        rest = np.arange(200) != row
        right += KNeighborsClassifier(5).fit(few[rest], labels[rest]).predict(few[[row]])[0] == labels[row]
    assert leave_one_out_accuracy(few, labels, voters=5) == pytest.approx(right / 200, abs=0.006)  # one near tie


def test_of_a_tie_the_nearer_decides():
    line = np.array([[0.0], [1.0], [2.1]], np.float32)
    assert leave_one_out_accuracy(line, np.array([0, 0, 1]), voters=2) == pytest.approx(2 / 3)
