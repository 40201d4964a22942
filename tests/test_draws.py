"""Seeded draws: their distribution, what temperature and truncation do to them, and the browser's same draws."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.draws import MOST_SEED, Mixture, draw_noise, uniforms

NODE = shutil.which("node")
SIZE = 3

if NODE is None and os.environ.get("CI"):
    raise RuntimeError("node is not installed: CI has to compare the browser's draws")


def two_gaussians() -> Mixture:
    """One narrow and rare, one wide, tilted and frequent."""
    root = np.array([[1, 0.5, 0], [0.5, 2, 0], [0, 0, 0.1]])
    roots = np.stack([0.1 * np.eye(SIZE), root])
    means = np.array([[5, 5, 5], [0, -1, 0]])
    return Mixture(*(np.asarray(each, np.float32) for each in ([0.25, 0.75], means, roots)))


def test_the_prior_is_standard_normal():
    draws = Mixture.prior(4).draw(draw_noise(0, 5000, 4))
    assert draws.dtype == np.float32
    np.testing.assert_allclose(draws.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(np.cov(draws.T), np.eye(4), atol=0.08)


def test_a_mixture_has_the_weights_means_and_covariances_of_its_components():
    mixture = two_gaussians()
    noise = draw_noise(1, 8000, SIZE)
    draws = mixture.draw(noise)
    rare = noise.pick < 0.25
    for component, rows in enumerate((rare, ~rare)):
        np.testing.assert_allclose(draws[rows].mean(0), mixture.means[component], atol=0.1)
        covariance = mixture.roots[component] @ mixture.roots[component]
        np.testing.assert_allclose(np.cov(draws[rows].T), covariance, atol=0.2)
    assert rare.mean() == pytest.approx(0.25, abs=0.02)


def test_temperature_scales_about_the_mean_of_the_component():
    mixture, noise = two_gaussians(), draw_noise(2, 50, SIZE)
    cold, warm, hot = (mixture.draw(noise, temperature) for temperature in (0, 1, 2))
    assert {tuple(row) for row in cold.tolist()} == {tuple(mean) for mean in mixture.means.tolist()}
    np.testing.assert_allclose(hot - cold, 2 * (warm - cold), atol=1e-5)


def test_a_truncated_draw_is_a_normal_one_that_lies_within():
    truncated, free = (draw_noise(3, 20_000, 1, truncation).normals for truncation in (0.7, None))
    assert np.abs(truncated).max() <= 0.7
    within = np.sort(free[np.abs(free) <= 0.7])
    shares = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(np.quantile(truncated, shares), np.quantile(within, shares), atol=0.03)


def test_a_draw_is_a_function_of_the_seed_and_of_its_own_number_alone():
    few, many = draw_noise(7, 3, 2), draw_noise(7, 9, 2)
    np.testing.assert_array_equal(few.normals, many.normals[:3])
    np.testing.assert_array_equal(few.pick, many.pick[:3])
    assert np.abs(draw_noise(8, 3, 2).normals - few.normals).min() > 0


def test_the_largest_seed_has_numbers_between_0_and_1_too():
    numbers = uniforms(MOST_SEED, (10_000,))
    assert 0 < numbers.min() < numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("truncation", [None, 0.1, 1.5])
@pytest.mark.parametrize("seed", [0, 41, MOST_SEED])
def test_the_browser_draws_the_same(seed, truncation, tmp_path):
    mixture = two_gaussians()
    request: dict[str, Any] = {"size": SIZE, "seed": seed, "count": 40, "truncation": truncation, "temperature": 1.3}
    request |= {name: getattr(mixture, name).tolist() for name in ("weights", "means", "roots")}
    (tmp_path / "request").write_text(json.dumps(request))
    script = Path(__file__).parent / "web" / "run_draws.mjs"
    result = subprocess.run([str(NODE), script, tmp_path / "request"], capture_output=True, timeout=60, check=True)
    expected = mixture.draw(draw_noise(seed, 40, SIZE, truncation), 1.3)
    np.testing.assert_allclose(np.array(json.loads(result.stdout)), expected, atol=1e-6)
