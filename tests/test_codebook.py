"""A codebook looked at: patches, the plane, small images; and what the page's blob holds of a run."""

import json

import numpy as np
import pytest
from safetensors.numpy import load
from small_runs import after, ignore

from explorer.code_inference import CodeSession
from explorer.codebook import mean_patches, shrunk, uses_of
from explorer.library import Entry, list_runs
from explorer.paths import runs_root
from explorer.recipes import find_recipe
from explorer.runs import Run
from explorer.training import train
from explorer.ui import codebook_blob, model_blob
from explorer.ui.codebook import CodebookView, as_coloring

SMALL = {
    "image_size": 8,
    "hidden_channels": 8,
    "code_dim": 4,
    "codebook_size": 16,
    "epochs": 1,
    "prior_epochs": 1,
    "prior_layers": 1,
    "prior_channels": 8,
    "batch_size": 400,
    "precision": "fp32",
    "device": "cpu",
    "threads": 1,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("trained") / "run")
    train(find_recipe("digits-vqvae").config.override(**SMALL), run, after(None), ignore)
    return run


@pytest.fixture
def entry(trained: Run) -> Entry:
    """The library's entry of that run."""
    runs_root().mkdir(parents=True)
    (runs_root() / "codes").symlink_to(trained.directory)
    entries, _ = list_runs()
    return next(each for each in entries if each.key == "codes")


# numpy


def test_a_patch_is_the_mean_of_what_is_drawn_where_its_code_stands():
    rng = np.random.default_rng(0)
    codes = rng.integers(5, size=(6, 4, 4))
    images = rng.random((6, 8, 8), np.float32)
    patches = mean_patches(images, codes, 7)
    assert patches.shape == (7, 6, 6)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    for code in range(5):
        seen = [padded[n, 2 * y : 2 * y + 6, 2 * x : 2 * x + 6] for n, y, x in np.argwhere(codes == code)]
        np.testing.assert_allclose(patches[code], np.mean(seen, 0), rtol=1e-5)
    assert not patches[5:].any()
    np.testing.assert_array_equal(uses_of(codes, 7), [(codes == code).sum() for code in range(7)])


def test_images_are_shrunk_by_whole_squares():
    images = np.arange(36, dtype=np.float32).reshape(1, 6, 6)
    np.testing.assert_array_equal(shrunk(images, 6), images)
    np.testing.assert_array_equal(shrunk(images, 5)[0], images[0].reshape(3, 2, 3, 2).mean((1, 3)))
    assert shrunk(images, 2).shape == (1, 2, 2)


# the blob


def unpacked(blob: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Tensors and metadata of a safetensors file."""
    size = int.from_bytes(blob[:8], "little")
    return load(blob), json.loads(blob[8 : 8 + size])["__metadata__"]


def test_the_blob_holds_the_test_maps_and_what_each_code_draws(trained, entry):
    blob = codebook_blob.codebook_blob(entry)
    tensors, facts = unpacked(blob.with_panel({"row": 3, "coloring": "usage"}, "They are elsewhere."))
    session, stored = CodeSession(trained), trained.read_codes()
    np.testing.assert_array_equal(tensors["codes"], stored["test.codes"])
    np.testing.assert_array_equal(tensors["labels"], stored["test.labels"])
    np.testing.assert_array_equal(tensors["codebook"], session.codebook)
    assert json.loads(facts["panel"]) == {"row": 3, "coloring": "usage"}
    assert json.loads(facts["codes"])["no_originals"] == "They are elsewhere."
    assert json.loads(facts["decoder"])[0] == {"type": "input", "shape": [4, 2, 2]}

    row = int(tensors["tiles.rows"][5])
    decoded = session.decode(stored["test.codes"][row : row + 1].astype(np.int64))[0]
    np.testing.assert_allclose(tensors["tiles"][5], 255 * decoded, atol=0.51)
    used = np.unique(stored["test.codes"][tensors["tiles.rows"]])
    (unused, *_) = set(range(16)) - set(used.tolist())
    alone = session.decode(np.full((1, 3, 3), unused))[0]
    np.testing.assert_allclose(tensors["patches"][unused], 255 * alone, atol=0.51)


def test_a_decoder_that_is_too_large_stays_away_and_the_blob_says_why(entry, monkeypatch):
    monkeypatch.setattr(model_blob, "MOST_BYTES", 100)
    codebook_blob._blob.clear()
    blob = codebook_blob.codebook_blob(entry)
    codebook_blob._blob.clear()
    assert not blob.has_decoder
    assert "MB of weights" in json.loads(blob.facts["codes"])["left_out"]["decoder"]
    assert not [name for name in blob.tensors if name.startswith("decoder.")]


def test_a_link_that_is_no_view_is_the_first_one():
    assert as_coloring("pink") == CodebookView().coloring
    assert as_coloring("usage") == "usage"
