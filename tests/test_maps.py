"""Maps of a run: what they say of themselves, and how UMAP maps are computed once, stored, passed on and cancelled."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from small_runs import train_small, wait_until

from explorer import jobs, runs, stored_maps
from explorer.errors import ConfigError, RunError
from explorer.exporting import export_run
from explorer.jobs import cancel_map, start_map
from explorer.latent import LatentSpace
from explorer.lift import NeighbourLift
from explorer.map_files import MapStatus
from explorer.maps import dims_map, pca_map, umap_map
from explorer.paths import cache_root
from explorer.projection import UmapConfig
from explorer.runs import Run
from explorer.stored_maps import FIRST_STAGE, MapCancelledError, StoredMap


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Run:
    return train_small(tmp_path_factory.mktemp("runs") / "run", latent_dim=5)


@pytest.fixture
def run(trained, tmp_path) -> Run:
    shutil.copytree(trained.directory, tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture
def space(run) -> LatentSpace:
    return space_of(run)


@pytest.fixture
def laid_out(monkeypatch) -> list[UmapConfig]:
    """What was laid out; in place of UMAP, which takes longer, two latent dimensions turned by the seed."""
    asked = []

    def lay_out(latents, config, progress):
        asked.append(config)
        progress(0)
        progress(1)
        return latents[:, :2] + config.seed

    monkeypatch.setattr(stored_maps, "umap_points", lay_out)
    return asked


@pytest.fixture(autouse=True)
def own_processes(monkeypatch):
    """No process outlives its test."""
    monkeypatch.setattr(jobs, "_mapping", started := {})
    yield
    for process in started.values():
        process.kill()
        process.wait()


def space_of(run: Run) -> LatentSpace:
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


def files(run: Run) -> set[str]:
    return {path.suffix for path in (run.directory / "maps").iterdir()}


# what a map says


def test_two_dimensions_are_a_map_and_a_plane_is_its_own(space, tmp_path):
    chosen = dims_map(space, 3, 1)
    np.testing.assert_array_equal(chosen.points, space.mean[:, [3, 1]])
    assert (chosen.kind, chosen.title, chosen.axes) == ("dims", "Dimensions 4 and 2", ("z4", "z2"))
    np.testing.assert_allclose(chosen.lift.base, space.mean.mean(0), atol=1e-6)
    plane = dims_map(space_of(train_small(tmp_path / "plane", epochs=1)), 0, 1)
    assert (plane.kind, plane.title) == ("plane", "The latent plane")


@pytest.mark.parametrize("dims", [(0, 0), (0, 5), (-1, 2)])
def test_what_are_not_two_dimensions_is_refused(space, dims):
    with pytest.raises(ConfigError, match="two of the dimensions 0 to 4"):
        dims_map(space, *dims)


def test_a_single_dimension_is_a_line(tmp_path):
    space = space_of(train_small(tmp_path / "line", epochs=1, latent_dim=1))
    for line in (dims_map(space, 0, 1), pca_map(space)):
        np.testing.assert_array_equal(line.points, np.pad(space.mean, ((0, 0), (0, 1))))
        np.testing.assert_allclose(line.lift.lift(line.points), space.mean, atol=1e-6)
        assert line.axes == ("z1",)


def test_the_principal_plane_names_its_shares_and_counts_from_the_prior_s_mean(space):
    pca = pca_map(space)
    variances = np.linalg.eigvalsh(np.cov(space.mean, rowvar=False))[::-1]
    shares = [f"{100 * share:.0f} %" for share in variances[:2] / variances.sum()]
    assert pca.title == f"PCA, {shares[0]} and {shares[1]} of the variance of the means"
    np.testing.assert_allclose(pca.place(np.zeros((1, 5), np.float32)), 0)
    np.testing.assert_allclose(pca.place(space.mean), pca.points, atol=1e-6)


def test_a_umap_map_names_its_parameters_and_places_latents_among_the_nearest(space, monkeypatch):
    points = np.random.default_rng(0).normal(size=(len(space.mean), 2)).astype(np.float32)
    shown = umap_map(space, points, UmapConfig(neighbours=8))
    assert shown.title == "UMAP, 8 neighbours, min. distance 0.1, seed 42, 200 epochs"
    assert isinstance(shown.lift, NeighbourLift)
    np.testing.assert_allclose(shown.place(space.mean[:9]), points[:9], atol=1e-3)
    monkeypatch.setattr("explorer.projection.MOST_FITTED", 100)
    monkeypatch.setattr("explorer.projection.SAMPLE", 50)
    assert umap_map(space, points, UmapConfig()).title.endswith("50 of 359 laid out and the others placed at them")


# what is stored


def test_a_map_is_computed_once_and_read_ever_after(run, space, laid_out):
    stored, told = StoredMap(run, UmapConfig()), []
    assert stored.state().phase == "absent"
    points = stored.compute(told.append)
    np.testing.assert_allclose(points, space.mean[:, :2] + 42, atol=np.ptp(space.mean) / 60_000)
    np.testing.assert_array_equal(StoredMap(Run(run.directory), UmapConfig()).compute(), points)
    assert (stored.state().phase, len(laid_out)) == ("stored", 1)
    assert [status.progress for status in told] == [0, 1]
    assert (told[0].message, told[1].message) == (FIRST_STAGE, "Epoch 200 of 200 of the layout.")
    assert files(run) == {".safetensors", ".lock"}


def test_other_parameters_are_other_maps_and_other_weights_make_all_of_them_stale(run, laid_out):
    for seed in (1, 2):
        StoredMap(run, UmapConfig(seed=seed)).compute()
    assert [each.config.seed for each in stored_maps.stored_maps(run)] == [1, 2]
    weights = run.read_weights()
    run.write_weights({name: array + 1 for name, array in weights.items()})
    assert stored_maps.stored_maps(run) == []
    StoredMap(run, UmapConfig(seed=3)).compute()
    assert len(laid_out) == 3
    assert len([*(run.directory / "maps").glob("*.safetensors")]) == 1


@pytest.mark.usefixtures("laid_out")
def test_a_map_is_small_and_says_what_it_is_of(run):
    stored = StoredMap(run, UmapConfig())
    stored.compute()
    assert stored.path.stat().st_size < 4 * 359 + 600
    with safe_open(stored.path, "np") as file:
        assert UmapConfig.model_validate_json(file.metadata()["umap"]) == UmapConfig()
        assert file.metadata()["data"] == run.read_record().data.fingerprint


@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_broken_map_is_computed_again(run, laid_out, content):
    stored = StoredMap(run, UmapConfig())
    stored.compute()
    stored.path.write_bytes(content)
    assert stored.read() is None
    stored.compute()
    assert (stored.state().phase, len(laid_out)) == ("stored", 2)


@pytest.mark.usefixtures("laid_out")
def test_an_exported_run_carries_its_maps(run, tmp_path):
    points = StoredMap(run, UmapConfig(seed=7)).compute()
    copy = export_run(run, Run(tmp_path / "copy"), "")
    (carried,) = stored_maps.stored_maps(copy)
    assert carried.config.seed == 7
    np.testing.assert_allclose(carried.read(), points, atol=1e-3)
    assert {path.suffix for path in (copy.directory / "maps").iterdir()} == {".safetensors"}


@pytest.mark.usefixtures("laid_out")
def test_maps_of_a_run_that_is_only_read_go_to_the_cache_beside_those_that_it_has(run, monkeypatch):
    StoredMap(run, UmapConfig()).compute()
    monkeypatch.setattr(runs, "PRETRAINED", run.directory.parent)
    StoredMap(Run(run.directory / "maps" / ".."), UmapConfig(neighbours=30)).compute()
    assert [each.config.neighbours for each in stored_maps.stored_maps(run)] == [15, 30]
    assert len([*(cache_root() / "maps").glob("*.safetensors")]) == 1
    assert len([*(run.directory / "maps").glob("*.safetensors")]) == 1


def test_a_plane_and_a_run_without_latents_are_refused_and_nothing_is_written(run, tmp_path):
    plane = train_small(tmp_path / "plane", epochs=1)
    with pytest.raises(ConfigError, match="plane has a latent plane, which is its map"):
        StoredMap(plane, UmapConfig()).compute()
    (run.directory / "latents.safetensors").unlink()
    with pytest.raises(RunError, match="has no latents"):
        StoredMap(run, UmapConfig()).compute()
    assert not (plane.directory / "maps").exists()
    assert not (run.directory / "maps").exists()


@pytest.mark.usefixtures("laid_out")
def test_a_run_that_is_gone_is_not_made_again(run):
    stored = StoredMap(run, UmapConfig())
    shutil.rmtree(run.directory)
    with pytest.raises(RunError, match="cannot be written"):
        stored.write(np.zeros((3, 2), np.float32))
    assert not run.directory.exists()


# what becomes of it


@pytest.mark.usefixtures("laid_out")
def test_a_map_that_is_cancelled_ends_at_its_next_epoch_and_can_be_asked_for_again(run):
    stored = StoredMap(run, UmapConfig())
    with pytest.raises(MapCancelledError):
        stored.compute(lambda _: stored.files.cancel())
    assert (stored.state().phase, stored.read()) == ("cancelled", None)
    stored.compute()
    assert stored.state().phase == "stored"


def test_a_failure_leaves_its_reason(run, monkeypatch):
    def fail(*_: object) -> None:
        raise RunError("The disk is full.")

    monkeypatch.setattr(stored_maps, "umap_points", fail)
    stored = StoredMap(run, UmapConfig())
    with pytest.raises(RunError, match="disk is full"):
        stored.compute()
    assert (stored.state().phase, stored.state().message) == ("failed", "The disk is full.")


def test_a_process_that_died_is_seen_to_be_dead_and_its_last_words_are_the_reason(run):
    stored = StoredMap(run, UmapConfig())
    stored.announce()
    stored.files.write_status(MapStatus(phase="computing", progress=0.3))
    stored.files.log.write_bytes(b"map 30%\nKilled\n\n")
    assert (stored.state().phase, stored.state().message) == (
        "interrupted",
        "The process ended unexpectedly. Killed",
    )


def test_a_started_map_is_computed_in_a_process_of_its_own_that_ends_when_it_is_cancelled(run):
    stored = StoredMap(run, UmapConfig())
    start_map(stored)
    assert stored.state().phase == "computing"
    (process,) = jobs._mapping.values()
    start_map(stored)
    assert [*jobs._mapping.values()] == [process]
    cancel_map(stored)
    assert (stored.state().phase, process.poll() is None) == ("cancelled", False)
    start_map(stored)
    assert stored.state().phase == "computing"
    kill_all()
    wait_until(lambda: stored.state().phase == "interrupted")


def kill_all() -> None:
    for process in jobs._mapping.values():
        process.kill()
        process.wait()


def test_a_started_map_is_stored(run, request, monkeypatch):
    monkeypatch.setenv("EXPLORER_CACHE", str(request.config.cache.mkdir("explorer")))
    stored = StoredMap(run, UmapConfig(neighbours=5))
    start_map(stored)
    wait_until(lambda: stored.state().phase != "computing")
    assert stored.state().phase == "stored", stored.state()
    assert files(run) == {".safetensors", ".lock"}


def test_a_folder_that_cannot_be_written_is_a_sentence(run):
    Path(run.directory / "maps").touch()
    with pytest.raises(RunError, match=r"maps cannot be written: .*; look at its rights and its disk\.$"):
        start_map(StoredMap(run, UmapConfig()))
