"""Epochs of a latent space laid on one another: a closed form, and what may not be taken out."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes

from explorer.alignment import align, aligned_plane


@pytest.fixture
def latents() -> NDArray[np.float32]:
    """A cloud (200, 5) of different widths along its dimensions, away from the origin."""
    return np.random.default_rng(0).normal(1, [3, 2, 1, 0.5, 0.2], (200, 5)).astype(np.float32)


def turned(latents: NDArray[np.float32], *, mirrored: bool) -> NDArray[np.float32]:
    """A rotated copy, mirrored if asked, and moved away."""
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))
    if (np.linalg.det(rotation) < 0) != mirrored:
        rotation[:, 0] *= -1
    return (latents @ rotation + np.arange(5)).astype(np.float32)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_copy_that_is_turned_and_moved_lies_on_the_original(latents, mirrored):
    copy = turned(latents, mirrored=mirrored)
    np.testing.assert_allclose(align(copy, latents), latents - latents.mean(0), atol=1e-4)
    before, last = aligned_plane([copy, latents]).points
    np.testing.assert_allclose(before, last, atol=1e-4)


def test_it_is_the_solution_that_scipy_finds(latents):
    reference, other = latents.astype(np.float64), np.random.default_rng(2).normal(size=latents.shape)
    rotation, _ = orthogonal_procrustes(other - other.mean(0), reference - reference.mean(0))
    np.testing.assert_allclose(align(other, reference), (other - other.mean(0)) @ rotation, atol=1e-9)


def test_growing_is_not_taken_out(latents):
    before, last = aligned_plane([latents / 4, latents]).points
    np.testing.assert_allclose(4 * before, last, atol=1e-4)


def test_the_plane_is_that_of_the_last_epochs_principal_axes(latents):
    centred = latents - latents.mean(0)
    variances = np.sort(np.linalg.eigvalsh(np.cov(centred.T)))[::-1]
    plane = aligned_plane([turned(latents, mirrored=True), latents])
    assert plane.points.shape == (2, 200, 2)
    assert plane.points.dtype == np.float32
    assert plane.points[1].var(0, ddof=1) == pytest.approx(variances[:2], rel=1e-4)
    assert plane.share == pytest.approx(variances[:2].sum() / variances.sum(), rel=1e-5)


@pytest.mark.parametrize("dims", [1, 2])
def test_few_dimensions_are_a_plane_already(dims):
    latents = np.random.default_rng(0).normal(size=(50, dims))
    plane = aligned_plane([-latents, latents])
    assert plane.share == pytest.approx(1)
    np.testing.assert_allclose(plane.points[0], plane.points[1], atol=1e-6)
    distances = np.linalg.norm(latents - latents.mean(0), axis=1)
    assert np.linalg.norm(plane.points[1], axis=1) == pytest.approx(distances, abs=1e-6)


def test_an_epoch_that_knows_nothing_is_a_point(latents):
    collapsed, last = aligned_plane([np.full_like(latents, 3), latents]).points
    assert np.abs(collapsed).max() == 0
    assert np.abs(last).max() > 1
