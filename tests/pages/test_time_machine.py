"""The time machine without a browser: what it is given, the movies, and runs that have little to look back on."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load
from small_runs import train_small
from streamlit.testing.v1 import AppTest
from visitor import blob_of, components, header_of, opened, sound

from explorer import evolution as evolution_module
from explorer.alignment import aligned_plane
from explorer.errors import RunError
from explorer.evolution import point_values, read_evolution
from explorer.evolution_movies import MOST_FRAMES, latent_movie, reconstruction_movie
from explorer.palette import PALETTES
from explorer.paths import PRETRAINED, runs_root
from explorer.records import Status
from explorer.runs import Run
from explorer.ui.time_machine import GIF, LATENTS, PICTURES, WEBP, Learned, movie_file


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small(tmp_path_factory.mktemp("trained") / "run", latent_dim=4, epochs=3).directory


@pytest.fixture
def run(trained: Path) -> Run:
    """A copy of a small VAE of epochs 0 to 3 in the runs root."""
    directory = runs_root() / "mine"
    shutil.copytree(trained, directory)
    return Run(directory)


def opened_soundly(page: str, **link: str) -> AppTest:
    """A new visitor on a page, on which nothing is wrong."""
    return sound(opened(page, **link))


def given(app: AppTest) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The facts and the tensors of the time machine's blob."""
    _, blob = blob_of(app, "timemachine")
    return json.loads(header_of(blob)["__metadata__"]["machine"]), load(blob)


# what it is given


def test_a_run_is_looked_back_on_with_its_originals_its_points_and_its_numbers(run):
    facts, tensors = given(opened_soundly("train", run="mine"))
    assert facts["epochs"] == [0, 1, 2, 3]
    assert facts["coloring"] == {"title": "Class", "unit": "", "names": list("0123456789")}
    assert [epoch for epoch, _ in facts["curve"]] == [0, 1, 2, 3]
    assert all(f"test loss {line.test.total:.1f} nats" in facts["numbers"][line.epoch] for line in run.read_epochs())
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    assert shapes == {
        "reconstructions": (4, 10, 12, 12),
        "samples": (4, 10, 12, 12),
        "originals": (10, 12, 12),
        "points": (4, 359, 2),
        "values": (359,),
    }
    snapshots = [run.read_snapshot(epoch) for epoch in facts["epochs"]]
    assert all(
        (each["reconstructions"] == row).all() for each, row in zip(snapshots, tensors["reconstructions"], strict=True)
    )
    assert (tensors["values"] == run.read_latents()["labels"]).all()
    plane = aligned_plane([each["latents"].astype(np.float32) for each in snapshots])
    np.testing.assert_allclose(tensors["points"], plane.points, atol=1e-3, rtol=1e-3)


@pytest.mark.usefixtures("no_data")
@pytest.mark.parametrize(("model", "coloring"), [("mnist-20", "Class"), ("oasis-8", "Slice")])
def test_a_shipped_model_is_looked_back_on_at_the_overview(model, coloring):
    facts, tensors = given(opened_soundly("overview", model=model))
    assert facts["epochs"] == Run(PRETRAINED / model).snapshot_epochs()
    assert facts["coloring"]["title"] == coloring
    assert len(tensors["points"]) == len(facts["epochs"])
    assert "originals" not in tensors


def test_a_vqvae_has_pictures_alone(code_run):
    facts, tensors = given(opened_soundly("train", run=code_run.name))
    assert facts["coloring"] is None
    assert {*tensors} == {"reconstructions", "originals"}
    assert "perplexity" in facts["numbers"][-1]


def test_a_run_that_trains_is_looked_back_on_and_saves_no_movies_yet(run):
    run.write_status(Status(phase="training", epoch=3, epochs=6))
    with run.locked():
        app = opened_soundly("train", run="mine")
    assert given(app)[0]["epochs"] == [0, 1, 2, 3]
    assert len(app.get("download_button")) == 0
    run.write_status(Status(phase="finished", epoch=3, epochs=3))
    assert len(opened_soundly("train", run="mine").get("download_button")) == 1


# runs that have little


def test_a_run_without_snapshots_shows_its_newest_latents_and_says_what_is_not_there(run):
    shutil.rmtree(run.directory / "snapshots")
    app = opened_soundly("train", run="mine")
    assert "timemachine" not in components(app)
    assert "No pictures are stored with this run." in [each.value for each in app.caption]
    assert "Where the test images lie" in "".join(each.value for each in app.markdown)
    assert "timemachine" not in components(opened_soundly("overview", model="mine"))
    assert components(opened_soundly("reconstruct", model="mine")) == ["sheet"]


def test_a_first_epoch_alone_is_shown_as_it_is(run):
    run.keep_snapshots([0])
    app = opened_soundly("train", run="mine")
    assert components(app) == ["sheet"]


def test_a_run_that_stored_nothing_cannot_be_looked_back_on(run):
    run.keep_snapshots([])
    with pytest.raises(RunError, match=r"mine stored no snapshots; .*--snapshots"):
        read_evolution(run)


def test_damaged_latents_are_a_sentence(run):
    snapshot = run.read_snapshot(1)
    snapshot["latents"][0, 0] = np.nan
    run.write_snapshot(1, snapshot)
    with pytest.raises(RunError, match=r"latents of epoch 1 of mine are not all finite"):
        read_evolution(run)


def test_a_snapshot_of_other_images_is_left_out(run):
    snapshot = run.read_snapshot(1)
    run.write_snapshot(1, snapshot | {"latents": snapshot["latents"][:100]})
    assert read_evolution(run).epochs == (0, 2, 3)


def test_what_goes_to_the_browser_is_bounded(run, monkeypatch):
    monkeypatch.setattr(evolution_module, "MOST_BYTES", 3 * 20 * 12 * 12)
    monkeypatch.setattr(evolution_module, "MOST_POINTS", 100)
    found = read_evolution(run)
    assert found.epochs == (0, 2, 3)
    assert found.plane.points.shape == (3, 100, 2)
    assert (found.point_rows[0], found.point_rows[-1]) == (0, 358)
    assert len(point_values(run, run.read_record().data, found.point_rows).values) == 100


# movies


@pytest.fixture
def learned(run: Run) -> Learned:
    found = read_evolution(run)
    return Learned(found, point_values(run, run.read_record().data, found.point_rows), None, b"")


@pytest.mark.parametrize("what", [PICTURES, LATENTS])
@pytest.mark.parametrize("kind", [GIF, WEBP])
def test_a_movie_moves_and_goes_on_for_ever(what, kind, learned):
    with Image.open(io.BytesIO(movie_file(learned, what, kind, "dark"))) as movie:
        assert movie.format == kind.upper()
        assert movie.info["loop"] == 0
        assert movie.n_frames >= len(learned.evolution.epochs)
        first = np.asarray(movie.convert("RGB"))
        movie.seek(movie.n_frames - 1)
        assert (first != np.asarray(movie.convert("RGB"))).any()


def test_the_movie_of_the_pictures_has_a_frame_an_epoch_with_every_image(learned):
    found = learned.evolution
    movie = reconstruction_movie(found, found.reconstructions[0], PALETTES["light"])
    assert movie.frames.dtype == np.uint8
    enlarged = found.reconstructions[2, 0].repeat(5, axis=0).repeat(5, axis=1)  # 12 pixels as 60
    top, left = 4 + 64, 72  # the row below the originals
    assert (movie.frames[2, top : top + 60, left : left + 60] == enlarged).all()
    assert (movie.frames[3] == movie.frames[-1]).all()
    assert movie.rate == 2


def test_the_movie_of_the_latents_is_as_long_as_it_may_be_and_has_the_colours_of_the_classes(learned):
    palette = PALETTES["light"]
    movie = latent_movie(learned.evolution, learned.evolution.plane, learned.values, palette)
    assert movie.frames.shape[1:] == (384, 384, 3)
    assert len(movie.frames) <= MOST_FRAMES + 1 + 1.5 * movie.rate
    colours = {tuple(colour) for colour in movie.frames[-1].reshape(-1, 3).tolist()}
    named = {tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in palette.classes}
    assert named <= colours
