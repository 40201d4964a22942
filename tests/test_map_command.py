"""The `map` command, and the map that a training ends with."""

import signal

import numpy as np
import pytest
from small_runs import small_flags, train_small

from explorer import stored_maps
from explorer.__main__ import main
from explorer.projection import UmapConfig
from explorer.runs import Run
from explorer.stored_maps import StoredMap


@pytest.fixture(autouse=True)
def own_signals():
    """Training takes over the signals of its process, which here is that of the tests."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """In place of UMAP, which takes longer, two latent dimensions."""

    def lay_out(latents, _, progress):
        progress(1)
        return latents[:, :2]

    monkeypatch.setattr(stored_maps, "umap_points", lay_out)


def trained(*flags: object, directory) -> Run:
    assert main(["train", "digits-2d", *small_flags(), *map(str, flags), "--out", str(directory)]) == 0
    return Run(directory)


def test_map_says_what_it_is_how_many_labels_it_keeps_together_and_where_it_is(capsys, tmp_path):
    run = train_small(tmp_path / "run", latent_dim=3)
    arguments = ["--neighbours", "30", "--min-dist", "0.2", "--seed", "1"]
    assert main(["map", str(run.directory), *arguments]) == 0
    title, accuracy, path = capsys.readouterr().out.splitlines()
    assert title == "UMAP, 30 neighbours, min. distance 0.2, seed 1, 200 epochs"
    assert accuracy.startswith("accuracy of the 10 nearest others' majority: ")
    assert accuracy.endswith(" of the map")
    stored = StoredMap(run, UmapConfig(neighbours=30, min_dist=0.2, seed=1))
    assert str(stored.path) == path
    assert stored.read().shape == run.read_latents()["mean"][:, :2].shape


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ([], "has a latent plane, which is its map"),
        (["--neighbours", "1"], "neighbours: "),
        (["--min-dist", "far"], "min_dist: "),
        (["--seed", "-1"], "seed: "),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_a_sentence(capsys, tmp_path, flags, reason):
    run = train_small(tmp_path / "run", epochs=1)
    assert main(["map", str(run.directory), *flags]) == 2
    output = capsys.readouterr()
    assert reason in output.err
    assert output.err.splitlines()[-1].endswith(".")


def test_a_training_ends_with_the_map_of_its_last_weights(tmp_path):
    run = trained("--latent-dim", 3, directory=tmp_path / "run")
    np.testing.assert_allclose(
        StoredMap(run, UmapConfig()).read(), run.read_latents()["mean"][:, :2].astype(np.float32), atol=1e-3
    )


@pytest.mark.parametrize("flags", [("--latent-dim", 2), ("--latent-dim", 3, "--no-map")])
def test_a_plane_and_a_training_that_asked_for_none_have_no_map(tmp_path, flags):
    run = trained(*flags, directory=tmp_path / "run")
    assert not (run.directory / "maps").exists()


def test_a_map_that_fails_leaves_the_run_finished(capsys, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise stored_maps.RunError("No memory for a map.")

    monkeypatch.setattr(stored_maps, "umap_points", fail)
    run = trained("--latent-dim", 3, directory=tmp_path / "run")
    output = capsys.readouterr()
    assert run.read_status().phase == "finished"
    assert output.out.splitlines()[-1] == str(run.directory)
    assert "No memory for a map." in output.err
