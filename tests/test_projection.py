"""Latents on a plane: principal components beside scikit-learn's, and what UMAP keeps together."""

import numpy as np
import pytest

from explorer import projection
from explorer.errors import ConfigError, RunError
from explorer.neighbours import leave_one_out_accuracy
from explorer.paths import cache_root
from explorer.projection import EPOCHS, UmapConfig, fitted_rows, place, umap_points

KINDS = np.arange(300) % 3


@pytest.fixture(scope="module")
def latents() -> np.ndarray:
    """Three clumps in ten dimensions."""
    generator = np.random.default_rng(0)
    return (generator.normal(size=(3, 10)) * 4)[KINDS].astype(np.float32) + generator.normal(size=(300, 10)).astype("f")


@pytest.fixture(autouse=True)
def kept_cache(monkeypatch, request):
    """What Numba compiles is kept from one run of the tests to the next."""
    monkeypatch.setenv("EXPLORER_CACHE", str(request.config.cache.mkdir("explorer")))


def test_a_umap_map_keeps_what_is_alike_together_is_repeatable_and_tells_of_its_epochs(latents):
    told = []
    points = umap_points(latents, UmapConfig(), told.append)
    assert (points.shape, points.dtype) == ((300, 2), np.float32)
    assert leave_one_out_accuracy(points, KINDS) > 0.95
    np.testing.assert_array_equal(umap_points(latents, UmapConfig()), points)
    assert (told[0], told[-1]) == (0, 1)
    assert told == sorted(told)
    assert not np.array_equal(umap_points(latents, UmapConfig(seed=1)), points)
    assert any((cache_root() / "numba").rglob("*.nbi"))


def test_numba_s_decorators_are_what_they_were_afterwards(latents):
    import numba

    before = numba.njit, numba.jit, numba.config.CACHE_DIR
    with pytest.raises(KeyboardInterrupt):
        umap_points(latents, UmapConfig(), interrupt)
    assert (numba.njit, numba.jit, numba.config.CACHE_DIR) == before


def interrupt(share: float) -> None:
    """Somebody ends it in the middle of the layout."""
    if share:
        raise KeyboardInterrupt


def test_a_map_needs_no_cache(latents, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    assert np.isfinite(umap_points(latents[:20], UmapConfig())).all()


def test_few_and_equal_latents_have_a_map_too(latents):
    assert np.isfinite(umap_points(latents[:3], UmapConfig(neighbours=200))).all()
    assert umap_points(np.repeat(latents[:5], 4, axis=0), UmapConfig()).shape == (20, 2)


def test_of_very_many_a_sample_is_laid_out_and_the_others_placed_at_it(latents, monkeypatch):
    monkeypatch.setattr(projection, "MOST_FITTED", 250)
    monkeypatch.setattr(projection, "SAMPLE", 100)
    rows = fitted_rows(300)
    assert (len(rows), rows[0], rows[-1], len(set(rows))) == (100, 0, 299, 100)
    points = umap_points(latents, UmapConfig())
    np.testing.assert_array_equal(points[rows], umap_points(latents[rows], UmapConfig()))
    assert leave_one_out_accuracy(points, KINDS) > 0.9


def test_a_mapped_latent_is_placed_at_its_point_and_another_among_those_near_it(latents):
    points = np.random.default_rng(2).normal(size=(300, 2)).astype(np.float32)
    np.testing.assert_allclose(place(latents[:50], latents, points), points[:50], atol=1e-4)
    distances = np.linalg.norm(latents - latents.mean(0), axis=1)
    near = np.argsort(distances)[: projection.PLACED_BY]
    expected = (points[near] / distances[near, None]).sum(0) / (1 / distances[near]).sum()
    np.testing.assert_allclose(place(latents.mean(0, keepdims=True), latents, points)[0], expected, atol=1e-4)


def test_latents_that_cannot_be_laid_out_are_refused(latents):
    for broken in (latents[:2], np.full((20, 4), np.nan, np.float32)):
        with pytest.raises(RunError, match="three or more finite latents"):
            umap_points(broken, UmapConfig())


@pytest.mark.parametrize("change", [{"neighbours": 1}, {"min_dist": 1.5}, {"seed": -1}, {"epochs": EPOCHS}])
def test_parameters_out_of_range_are_refused(change):
    with pytest.raises(ConfigError):
        UmapConfig.parse(change)
