"""Ways between latents: ends, norms, angles, what is done where there is no arc, and the browser's same ways."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from explorer.interpolation import WAYS, bilinear, linear, spherical

NODE = shutil.which("node")
T = np.linspace(0, 1, 9)

if NODE is None and os.environ.get("CI"):
    raise RuntimeError("node is not installed: CI has to compare the browser's ways")


def drawn(count: int, size: int = 20) -> np.ndarray:
    """Latents of the prior, (count, size) f32."""
    return np.random.default_rng(size).standard_normal((count, size)).astype(np.float32)


def angles(latents: np.ndarray, origin: np.ndarray) -> np.ndarray:
    cosines = latents @ origin / (np.linalg.norm(latents, axis=1) * np.linalg.norm(origin))
    return np.arccos(cosines.astype(np.float64).clip(-1, 1))


@pytest.mark.parametrize("way", WAYS.values())
@pytest.mark.parametrize("size", [1, 2, 20, 128])
def test_every_way_begins_at_one_anchor_and_ends_at_the_other(way, size):
    a, b = drawn(2, size)
    latents = way(a, b, T)
    assert latents.dtype == np.float32
    np.testing.assert_allclose(latents[[0, -1]], [a, b], atol=1e-6)


def test_the_norm_goes_straight_and_the_angle_evenly_on_the_spherical_way_alone():
    a, b = drawn(2)
    b *= 2
    expected = (1 - T) * np.linalg.norm(a) + T * np.linalg.norm(b)
    turned = spherical(a, b, T)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), expected, rtol=1e-6)
    np.testing.assert_allclose(np.diff(angles(turned, a)), np.full(8, angles(b[None], a)[0] / 8), rtol=1e-3)
    assert np.linalg.norm(linear(a, b, T), axis=1)[4] < 0.9 * expected[4]


@pytest.mark.parametrize("b", [np.zeros(20), -3.0, 2.0], ids=["zero", "opposite", "parallel"])
def test_without_one_arc_the_spherical_way_is_straight(b):
    (a,) = drawn(1)
    other = (b * a).astype(np.float32)
    np.testing.assert_allclose(spherical(a, other, T), linear(a, other, T), atol=1e-6)
    np.testing.assert_allclose(spherical(other, a, T), linear(other, a, T), atol=1e-6)


def test_the_square_has_its_corners_at_its_corners_and_is_straight_along_its_sides():
    corners = drawn(4)
    u, v = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(bilinear(corners, u, v), corners, atol=1e-6)
    np.testing.assert_allclose(bilinear(corners, T, 0 * T), linear(corners[0], corners[1], T), atol=1e-6)
    np.testing.assert_allclose(bilinear(corners, 0 * T + 1, T), linear(corners[1], corners[3], T), atol=1e-6)


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("size", [1, 2, 20])
def test_the_browser_walks_the_same_ways(size, tmp_path):
    a, b, c, d = drawn(4, size)
    pairs = [(a, b), (a, 0 * a), (a, -a), (a, 2 * a), (c, 1e-4 * d), (a, -a + 1e-2 * b)]
    u, v = np.random.default_rng(0).random((2, 9))
    request = {"pairs": pairs, "corners": [a, b, c, d], "t": T, "u": u, "v": v}
    (tmp_path / "request.json").write_text(json.dumps(request, default=lambda array: np.asarray(array).tolist()))
    script = Path(__file__).parent / "web" / "run_paths.mjs"
    answer = subprocess.run([str(NODE), str(script), str(tmp_path / "request.json")], capture_output=True, check=True)
    ways = json.loads(answer.stdout)
    for name, way in WAYS.items():
        np.testing.assert_allclose(ways[name], [way(*pair, T) for pair in pairs], atol=2e-6, err_msg=name)
    np.testing.assert_allclose(ways["bilinear"], bilinear(np.stack([a, b, c, d]), u, v), atol=2e-6)
