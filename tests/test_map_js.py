"""The map in the browser against Python: where places are lifted to, and where there is no data."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from test_net_js import NODE, WEB_TESTS, node

from explorer import support
from explorer.aggregate import Nearness
from explorer.latent import LatentSpace
from explorer.maps import Map, dims_map, pca_map, umap_map
from explorer.paths import PRETRAINED
from explorer.projection import UmapConfig
from explorer.runs import Run

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

PLACES = 200


@pytest.fixture(scope="module")
def space() -> LatentSpace:
    run = Run(PRETRAINED / "mnist-20")
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


def clumps(space: LatentSpace) -> np.ndarray:
    """A map like a UMAP: every class in a clump of its own."""
    rng = np.random.default_rng(0)
    centres = 10 * rng.standard_normal((10, 2))
    return (centres[space.labels] + 0.5 * rng.standard_normal((len(space.mean), 2))).astype(np.float32)


def map_of(kind: str, space: LatentSpace) -> Map:
    if kind == "umap":
        return umap_map(space, clumps(space), UmapConfig())
    return pca_map(space) if kind == "pca" else dims_map(space, 3, 7)


def scales(space: LatentSpace) -> tuple[Nearness, dict[str, np.ndarray]]:
    nearness = Nearness.of(space, np.arange(0, len(space.mean), 5))
    return nearness, {
        "between": nearness.between,
        "between.radius": support.scale_of(nearness.radius),
        "between.nearest": support.scale_of(nearness.nearest),
    }


def lifted(kind: str, drawn: Map, space: LatentSpace, places: np.ndarray, folder: Path) -> np.ndarray:
    """What node makes of places (P, 2): latents, whether there is data, and where the latents belong, (P, L + 3)."""
    tensors = {"latents": space.mean.astype(np.float16), "rows": np.arange(len(space.mean), dtype=np.int32)}
    tensors |= {"map.mean": space.mean.mean(0)} | scales(space)[1]
    if kind == "pca":
        tensors["map.pca.axes"] = np.ascontiguousarray(drawn.lift.axes.T)
    if kind == "umap":
        tensors["map.umap.points"] = drawn.points
    (folder / "blob").write_bytes(save(tensors, {"view": json.dumps({"map": kind, "dims": [3, 7]})}))
    (folder / "places").write_bytes(places.tobytes())
    output = node(WEB_TESTS / "run_lift.mjs", folder / "blob", folder / "places")
    return np.frombuffer(output, np.float32).reshape(len(places), -1)


@pytest.mark.parametrize("kind", ["dims", "pca", "umap"])
def test_node_lifts_places_to_where_python_does_and_finds_the_same_without_data(kind, space, tmp_path):
    drawn = map_of(kind, space)
    rng = np.random.default_rng(1)
    low, high = drawn.points.min(0), drawn.points.max(0)
    middle, reach = (low + high) / 2, high - low
    places = (middle + reach * (rng.random((PLACES, 2)) - 0.5) * 2).astype(np.float32)
    places[: PLACES // 2] = drawn.points[:: len(drawn.points) // (PLACES // 2)][: PLACES // 2] + 1e-3
    places[:10] = drawn.points[:10]
    result = lifted(kind, drawn, space, places, tmp_path)
    latents = drawn.lift.lift(places)
    np.testing.assert_allclose(result[:, :-3], latents, atol=1e-4)
    np.testing.assert_allclose(result[:, -2:], drawn.place(latents), atol=2e-3)
    if kind != "umap":
        np.testing.assert_allclose(result[:, -2:], places, atol=1e-4)
    if kind == "umap":
        np.testing.assert_allclose(result[:10, :-3], space.mean[:10], atol=1e-4)

    nearness, bounds = scales(space)
    near = support.nearest(latents * nearness.between, space.mean * nearness.between) <= bounds["between.nearest"][-1]
    inside = support.radius(latents * nearness.between) <= bounds["between.radius"][-1]
    is_supported = result[:, -3] == 1
    assert is_supported[:10].all()
    assert not is_supported[PLACES // 2 :].all()
    if kind == "umap":  # a place far from every point is a mean of latents, but no place of data
        assert not (is_supported & ~(near & inside)).any()
    else:
        np.testing.assert_array_equal(is_supported, near & inside)
