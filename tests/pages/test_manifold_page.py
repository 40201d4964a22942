"""The Manifold page without a browser: a selection and what lies below the map, UMAP on demand, what has no map."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import train_small, wait_until
from streamlit.testing.v1 import AppTest
from visitor import blob_of, button_called, components, header_of, opened, pressed, sheets, shown, sound, words

from explorer import stored_maps
from explorer.errors import RunError
from explorer.paths import runs_root
from explorer.projection import UmapConfig
from explorer.runs import Run
from explorer.stored_maps import StoredMap
from explorer.ui import map_form
from explorer.ui.selection import HOW

NEIGHBOURS = 7


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small(tmp_path_factory.mktemp("trained") / "run", latent_dim=4).directory


@pytest.fixture
def run(trained: Path) -> Run:
    """A copy of a small VAE with four dimensions in the runs root."""
    directory = runs_root() / "mine"
    shutil.copytree(trained, directory)
    return Run(directory)


@pytest.fixture
def epochs(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Maps are laid out in a thread of the test, a tenth for each release, as two dimensions of their latents."""
    may_go, threads = threading.Semaphore(0), []

    def lay_out(latents: Any, _: UmapConfig, progress: Any) -> Any:
        for tenth in range(10):
            progress(tenth / 10)
            may_go.acquire()
        return latents[:, :2]

    def compute(stored: StoredMap) -> None:
        with suppress(RunError):  # it was cancelled
            stored.compute()

    def start(stored: StoredMap) -> None:
        stored.announce()
        threads.append(threading.Thread(target=compute, args=(stored,)))
        threads[-1].start()
        wait_until(lambda: stored.state().phase == "computing")

    monkeypatch.setattr(stored_maps, "HEARTBEAT", 0)
    monkeypatch.setattr(stored_maps, "umap_points", lay_out)
    monkeypatch.setattr(map_form, "start_map", start)
    yield may_go
    may_go.release(1000)
    for thread in threads:
        thread.join()


def map_page(model: str, **link: str) -> AppTest:
    """A new visitor on the page, on which nothing is wrong."""
    return sound(opened("manifold", model=model, **link))


def metadata(app: AppTest) -> dict[str, Any]:
    """What the map's blob says of the model and of the panel."""
    metadata = header_of(blob_of(app, "manifold")[1])["__metadata__"]
    return {name: json.loads(text) for name, text in metadata.items()}


def maps(app: AppTest) -> list[str]:
    return [each["name"] for each in metadata(app)["panel"]["maps"]]


def select(app: AppTest, rows: list[int]) -> AppTest:
    """Draw a lasso around test images."""
    sent = {"rows": rows, "run": metadata(app)["model"]["run"], "seq": 1}
    app.session_state["manifold"] = {"selected": sent}
    return sound(app.run())


def computing(app: AppTest) -> AppTest:
    """Ask for a map of so many neighbours."""
    sound(app.number_input(key="umap-neighbours").set_value(NEIGHBOURS).run())
    return pressed(app, "umap-start")


# below the map


def test_without_a_selection_one_line_says_how_to_draw_one():
    app = map_page("mnist-2d")
    assert HOW in [each.value for each in app.caption]
    assert sheets(app) == []
    assert len(app.get("download_button")) == 0


@pytest.mark.usefixtures("run")
def test_a_selection_is_counted_decoded_and_saved():
    app = select(map_page("mine"), [*range(90), 10_000])
    assert "Selection: 90 test images" in words(app)
    middle, images = sheets(app)
    assert middle["captions"] == ["their mean", "nearest to it"]
    assert images["columns"] == 42
    assert images["tooltips"][0].startswith("test image 0, class ")
    assert "42 of them, spread evenly, as decoded" in words(app)
    assert "of 10 classes are among them." in words(app)
    assert [each.proto.label for each in app.get("download_button")] == ["Save, CSV"]
    assert HOW not in [each.value for each in app.caption]


def test_slices_are_counted_where_there_are_no_classes():
    app = select(map_page("oasis-8"), [0, 1, 2])
    assert "Selection: 3 test images" in words(app)
    assert "of 25 slices are among them." in words(app)
    assert "As decoded from their stored latents." in words(app)
    assert "What the map hides" not in words(app)


def test_what_was_selected_of_another_model_is_no_selection():
    app = map_page("mnist-2d")
    app.session_state["manifold"] = {"selected": {"rows": [1, 2], "run": "another", "seq": 1}}
    assert HOW in [each.value for each in sound(app.run()).caption]


def test_neighbours_on_a_plane_of_two_dimensions_lose_what_those_in_all_of_them_know():
    app = map_page("mnist-20", map="dims", dims="1_2")
    in_latents, on_map = (float(metric.value.removesuffix(" %")) for metric in app.metric)
    assert in_latents > 95
    assert on_map < 40
    assert f"**{in_latents - on_map:.1f} points** less often" in words(app)
    umap = map_page("mnist-20", map="umap-15-0.1-42")
    assert float(umap.metric[0].value.removesuffix(" %")) == in_latents
    assert on_map < 80 < float(umap.metric[1].value.removesuffix(" %"))


@pytest.mark.parametrize(("model", "charts"), [("mnist-2d", 2), ("oasis-8", 3)])
def test_every_dimension_is_drawn_and_a_matrix_where_it_says_more_than_a_number(model, charts):
    app = map_page(model)
    assert len(app.get("plotly_chart")) == charts
    assert "dimensions are active: the variance of their posterior means" in words(app)


# UMAP on demand


def test_a_map_is_asked_for_followed_and_offered_once_it_is_there(run, epochs):
    app = map_page("mine")
    assert maps(app) == ["pca"]
    computing(app)
    assert "UMAP 0 %" in words(app)
    stored = StoredMap(run, UmapConfig(neighbours=NEIGHBOURS))
    epochs.release(3)
    wait_until(lambda: stored.state().progress == pytest.approx(0.3))
    assert "UMAP 30 %" in words(sound(app.run()))
    epochs.release(10)
    wait_until(lambda: stored.state().phase == "stored")
    sound(app.run())
    assert maps(app) == ["pca", f"umap-{NEIGHBOURS}-0.1-42"]
    sound(app.number_input(key="umap-neighbours").set_value(NEIGHBOURS).run())
    assert "This map is there: choose it above the picture." in words(app)
    np.testing.assert_allclose(stored.read(), stored.run.read_latents()["mean"][:, :2].astype(np.float32), atol=1e-3)


def test_a_map_that_is_cancelled_leaves_nothing_and_can_be_asked_for_again(run, epochs):
    app = computing(map_page("mine"))
    pressed(app, "umap-cancel")
    epochs.release()
    stored = StoredMap(run, UmapConfig(neighbours=NEIGHBOURS))
    wait_until(lambda: not stored.files.is_locked)
    assert stored.state().phase == "cancelled"
    assert maps(app) == ["pca"]
    computing(app)
    epochs.release(10)
    wait_until(lambda: stored.state().phase == "stored")
    assert maps(sound(app.run())) == ["pca", f"umap-{NEIGHBOURS}-0.1-42"]


def test_a_plane_is_not_laid_out_again_and_a_server_for_looking_computes_nothing(monkeypatch):
    for model in ("mnist-2d", "mnist-20"):
        if model == "mnist-20":
            monkeypatch.setenv("EXPLORER_READONLY", "1")
        assert "UMAP" not in [each.proto.popover.label for each in map_page(model).get("popover")]


def test_a_vq_vae_has_no_map_and_leads_to_its_codebook(code_run):
    app = map_page(code_run.name)
    assert components(app) == []
    sound(button_called(app, "See and paint its codes").click().run())
    assert [title.value for title in app.title] == ["Codebook"]


@pytest.mark.usefixtures("run")
def test_a_map_that_cannot_be_started_is_a_sentence_beside_a_page_that_goes_on(monkeypatch):
    def start(_: StoredMap) -> None:
        raise RunError("The run's folder cannot be written.")

    monkeypatch.setattr(map_form, "start_map", start)
    app = computing(map_page("mine"))
    assert [shown(each.value) for each in app.toast] == ["The run's folder cannot be written."]
    assert HOW in words(app)
