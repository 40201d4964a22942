"""The Anomalies page without a browser: what is scored, ranked cases, detection, changes, classes that are left out."""

import io
import json
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets_files import opened as images_of
from PIL import Image
from small_runs import change_json, train_small, train_small_vqvae, wait_until
from streamlit.testing.v1 import AppTest

from explorer.anomaly import CODE_SCORES, VAE_SCORES, Scorer, own_rows
from explorer.anomaly_figures import Gauged, gauges, percentile_bars
from explorer.detection import detect
from explorer.inference import Session
from explorer.paths import PRETRAINED, PROJECT, runs_root
from explorer.recipes import RECIPES
from explorer.records import Request, Status
from explorer.runs import Run
from explorer.ui import anomaly_scoring, leave_out
from explorer.ui.anomaly_cases import reasons
from explorer.ui.anomaly_scores import LABELS, SAYS, scores_of, spell_percentile
from explorer.ui.leave_out import OF_THIS_PLACE, changes_of

pytestmark = pytest.mark.usefixtures("thawed", "known_navigation")
PATIENCE = 60  # seconds; the first page imports torch
NEVER = ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"  # a percentile that no held-out image has
HELD_OUT = 359  # test images of the digits


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_small(tmp_path_factory.mktemp("trained") / "run", epochs=5, batch_size=100).directory


@pytest.fixture
def run(trained: Path) -> Run:
    """A copy of a small VAE of the embedded digits in the runs root, not calibrated yet."""
    shutil.copytree(trained, runs_root() / "mine")
    return Run(runs_root() / "mine")


@pytest.fixture
def partial_run() -> Run:
    """A small VAE that never saw a 3."""
    run = train_small(runs_root() / "no-3", without="3")
    run.write_status(Status(phase="finished", epoch=2, epochs=2))
    return run


def opened(model: str = "mine", **link: str) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    for name, value in ({"model": model} | link).items():
        app.query_params[name] = value
    return sound(app.switch_page("pages/anomalies.py").run())


def sound(app: AppTest) -> AppTest:
    assert [each.message for each in app.exception] == []
    assert [each.value for each in app.error] == []
    return app


def sheets(app: AppTest) -> list[dict[str, Any]]:
    found = [each for each in app.get("bidi_component") if each.proto.component_name == "explorer_sheet"]
    return [json.loads(each.proto.json) for each in found]


def words(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info]
    return "\n".join(each.value.replace("\\", "") for each in elements)


def aurocs(app: AppTest) -> dict[str, float]:
    """By the labels of the scores, as the table has them."""
    (table,) = app.table
    names = [name.strip("*") for name in table.value["score"]]
    return dict(zip(names, map(float, table.value["AUROC"]), strict=True))


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


# the test set


def test_the_test_set_is_scored_and_its_strangest_images_come_first(run):
    app = opened()
    (cases,) = sheets(app)
    assert [row["label"] for row in cases["rows"]] == ["original", "decoded", "residual"]
    values = [float(re.search(r"Negative ELBO ([\d.]+)", tip)[1]) for tip in cases["tooltips"]]
    test = images_of("digits", 12).select("test").images
    scores = Scorer(Session(run), run).scores(test)["reconstruction"]
    assert values == sorted(values, reverse=True)
    assert values[0] > np.percentile(scores, 98)
    assert cases["captions"][0] in {NEVER, *(f"99.{tenth}\N{NO-BREAK SPACE}%" for tenth in range(5, 10))}
    assert "It does not diagnose" in words(app)


def test_a_run_that_was_never_calibrated_is_so_and_keeps_it(run):
    assert run.read_calibration() is None
    assert f"among the model's own {HELD_OUT} test images" in words(opened())
    assert run.read_calibration() is not None


@pytest.mark.usefixtures("run")
def test_the_address_chooses_the_score():
    app = opened(score="Intensity")
    assert "the trivial score, which needs no model" in words(app)
    assert all("Intensity 0." in tip for tip in sheets(app)[0]["tooltips"])
    assert "Ranked by intensity" in words(app)


@pytest.mark.usefixtures("run")
def test_a_clicked_case_shows_all_of_its_scores_and_why_it_ranks():
    app = opened()
    key = sheets(app)[0]["key"]
    app.session_state[key] = {"picked": {"index": 2, "seq": 1}}
    sound(app.run())
    name = sheets(app)[0]["tooltips"][2].split(":")[0]
    assert f"##### {name}" in words(app)
    assert "Why it ranks here" in words(app)


def test_a_vq_vae_has_scores_of_its_own():
    train_small_vqvae(runs_root() / "codes")
    app = opened("codes")
    (chosen,) = [each for each in app.get("button_group") if each.key == "score"]
    assert chosen.options == [LABELS[name] for name in CODE_SCORES]
    assert "Ranked by bits per code" in words(app)


# detection


def test_what_counts_as_normal_is_in_the_address_and_every_score_is_measured(run):
    app = opened(normal="0,1,2")
    images = images_of("digits", 12)
    test = images.select("test")
    scores = Scorer(Session(run), run).scores(test.images, own_rows(test, images, run.read_record()))
    is_normal = np.isin(test.labels, [0, 1, 2])
    found = aurocs(app)
    assert [*found] == [LABELS[name] for name in VAE_SCORES]
    for name in ("kl", "latent_distance", "intensity"):  # without the noise of a posterior sample
        values = scores[name]
        expected = detect(values[is_normal], values[~is_normal], either_way=name == "intensity").auroc.value
        assert found[LABELS[name]] == pytest.approx(expected, abs=1e-3)
    sound(app.multiselect(key="normal-mine").set_value([str(label) for label in range(9)]).run())
    assert app.query_params["normal"] == "0,1,2,3,4,5,6,7,8"


@pytest.mark.usefixtures("run")
def test_with_all_classes_normal_there_is_nothing_to_detect_and_the_page_says_what_to_do():
    app = opened()
    assert len(app.table) == 0
    assert "All classes count as normal. Take some out, above" in words(app)


@pytest.mark.usefixtures("run")
def test_other_images_are_told_from_the_runs_own():
    app = opened(scored="Other images", others="template-brain")
    assert aurocs(app)["Negative ELBO"] > 0.7
    assert "Does it tell images of" in words(app)
    assert all("slice" in tip for tip in sheets(app)[0]["tooltips"])


@pytest.mark.usefixtures("run")
def test_a_folder_outside_the_data_root_is_refused():
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    for name, value in {"model": "mine", "scored": "Other images", "others": "/"}.items():
        app.query_params[name] = value
    app.switch_page("pages/anomalies.py").run()
    assert [each.message for each in app.exception] == []
    (error,) = app.error
    assert "nor a folder inside the data root" in error.value


def test_uploads_are_scored_without_the_runs_own_images(run):
    sound(opened())  # calibrates
    change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    app = opened()
    assert "The model's test images are not here" in words(app)
    assert "far/gone" in words(app)
    app = opened(scored="Upload")
    app.file_uploader[0].set_value([("a.png", png(np.full((12, 12), 200, np.uint8)), "image/png")])
    sound(app.run())
    (cases,) = sheets(app)
    assert (cases["columns"], cases["captions"]) == (1, [NEVER])
    assert len(app.table) == 0


def test_without_calibration_and_images_the_page_says_what_is_missing(run):
    change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    app.query_params["model"], app.query_params["scored"] = "mine", "Other images"
    app.switch_page("pages/anomalies.py").run()
    assert [each.message for each in app.exception] == []
    (error,) = app.error
    assert "mine was never calibrated" in error.value


# changes


@pytest.mark.usefixtures("run")
def test_inverted_images_are_found():
    app = opened(scored="Changed images", change="Inversion")
    assert aurocs(app)["Reconstruction"] > 0.99
    preview, cases = sheets(app)
    assert [row["label"] for row in preview["rows"]] == ["before", "changed", "decoded", "residual"]
    assert cases["columns"] == 8


@pytest.mark.usefixtures("run")
def test_a_larger_change_is_found_more_easily():
    app = opened(scored="Changed images")
    found = []
    for width in (1, 6):
        sound(app.slider(key="width-Occlusion-12").set_value(width).run())
        found.append(aurocs(app)["Reconstruction"])
    assert found[0] < found[1]
    app.session_state["place"] = "Fixed"
    sound(app.run())
    assert [each.key for each in app.slider][-2:] == ["place-row", "place-column"]


# scoring beside the page


@pytest.mark.usefixtures("run")
def test_what_is_cancelled_shows_what_was_scored_and_can_be_scored_whole(monkeypatch):
    may_go, pieces = threading.Semaphore(1), Scorer.pieces

    def slow(*args: Any, **kwargs: Any) -> Any:
        for piece in pieces(*args, **kwargs):
            may_go.acquire()
            yield piece

    sound(opened())  # calibrates
    anomaly_scoring._desk.clear()
    monkeypatch.setattr(anomaly_scoring, "PROMPT", 0.5)
    monkeypatch.setattr(Scorer, "pieces", slow)
    app = opened()
    assert sheets(app) == []
    (cancel,) = [button for button in app.button if button.label == "Cancel"]
    sound(cancel.click().run())
    may_go.release()
    _, work = app.session_state["scoring"]
    wait_until(lambda: not work.is_alive)
    sound(app.run())
    assert f"This was ended after 200 of {HELD_OUT}" in words(app)
    assert len(sheets(app)) == 1
    may_go.release(100)
    (again,) = [button for button in app.button if button.label == "Score all"]
    sound(again.click().run())
    assert "This was ended" not in words(app)


# classes that are left out


@pytest.mark.usefixtures("partial_run")
def test_a_run_without_a_class_is_asked_about_it():
    app = opened("no-3")
    assert app.multiselect(key="normal-no-3").value == [*"012456789"]
    (cases,) = sheets(app)
    assert all("class 3, the others" in tip for tip in cases["tooltips"])
    assert set(aurocs(app)) == {LABELS[name] for name in VAE_SCORES}


def test_a_class_is_left_out_with_all_else_as_in_the_run(run, monkeypatch):
    started = []
    monkeypatch.setattr(leave_out, "start_training", lambda *asked: started.append(asked))
    app = opened()
    app.multiselect(key="without-mine").set_value(["4", "9"]).run()
    sound(app.button(key="train-without").click().run())
    ((recipe, changes),) = started
    assert (recipe, changes["without"], changes["dataset"]) == ("digits-2d", "4,9", "digits")
    ours = run.read_record().config
    assert RECIPES[recipe].config.override(**changes).model == ours.model


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PRETRAINED.glob("*/run.json")))
def test_the_changes_of_a_shipped_run_make_it_out_of_its_recipe(name):
    config = Run(PRETRAINED / name).read_record().config
    made = RECIPES[config.recipe].config.override(**changes_of(config), dataset=config.dataset)
    ours = config.training.model_dump(exclude=OF_THIS_PLACE)
    assert made.training.model_dump(exclude=OF_THIS_PLACE) == ours
    assert (made.model, made.objective, made.prior) == (config.model, config.objective, config.prior)


@pytest.mark.usefixtures("run", "partial_run")
def test_runs_that_left_a_class_out_are_listed_and_open_here():
    for name, recipe in (("waiting", "digits-2d"), ("elsewhere", "mnist-20")):
        waiting = Run(runs_root() / name)
        waiting.directory.mkdir()
        waiting.write_status(Status(phase="failed", request=Request(recipe=recipe, changes={"without": "7"})))
    app = opened(scored="Changed images")
    assert "**no-3** without 3" in words(app)
    assert "**waiting** without 7" in words(app)
    assert "elsewhere" not in words(app)
    assert [each.key for each in app.button if str(each.key).startswith("score-")] == ["score-no-3"]
    sound(app.button(key="score-no-3").click().run())
    assert app.sidebar.selectbox(key="model").value == "no-3"
    assert "What counts as normal" in [each.label for each in app.multiselect]


@pytest.mark.usefixtures("run")
def test_where_visitors_only_look_nothing_is_started_or_uploaded(monkeypatch):
    monkeypatch.setenv("EXPLORER_READONLY", "1")
    app = opened()
    assert [each.key for each in app.button if each.key == "train-without"] == []
    (source,) = [each for each in app.get("button_group") if each.key == "scored"]
    assert "Upload" not in source.options


# words and figures


def test_every_score_of_every_kind_of_model_has_a_name():
    assert set(LABELS) == set(SAYS) == {*VAE_SCORES, *CODE_SCORES}
    digits, codes = (RECIPES[name].config for name in ("digits-2d", "digits-vqvae"))
    assert tuple(score.key for score in scores_of(digits, has_prior=False)) == VAE_SCORES
    assert tuple(score.key for score in scores_of(codes, has_prior=True)) == CODE_SCORES
    assert "bits_per_code" not in {score.key for score in scores_of(codes, has_prior=False)}


@pytest.mark.parametrize(("percentile", "words"), [(100.0, "> 99.9 %"), (99.97, "99.9 %"), (3.0, "3.0 %")])
def test_a_percentile_never_reads_as_a_hundred(percentile, words):
    assert spell_percentile(percentile).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ((1, 1), 6.0, "brighter than the model draws it most of all at the top left"),
        ((7, 7), -6.0, "darker than the model draws it most of all in the centre"),
        ((13, 7), 6.0, "at the bottom centre"),
        ((7, 7), 0.2, "nowhere larger"),
    ],
)
def test_the_reasons_name_the_place_of_the_largest_residual(place, value, said):
    residual = np.zeros((15, 15), np.float32)
    residual[place[0] - 1 : place[0] + 2, place[1] - 1 : place[1] + 2] = value
    scores = scores_of(RECIPES["digits-2d"].config, has_prior=False)
    found = reasons(dict.fromkeys(VAE_SCORES, 50.0), scores, residual)
    assert found[0].startswith("No score is unusual")
    assert said in found[-1]


def test_the_reasons_tell_unusual_scores_from_usual_ones():
    scores = scores_of(RECIPES["digits-2d"].config, has_prior=False)
    percentiles = {"elbo": 100.0, "reconstruction": 99.0, "kl": 40.0, "latent_distance": 30.0, "intensity": 99.5}
    found = reasons(percentiles, scores, np.zeros((14, 14), np.float32))
    assert found[0].index("Negative ELBO") < found[0].index("Reconstruction")
    assert found[1] == "Usual: KL, latent distance."
    assert "unusually bright" in found[-1]


def test_bars_hold_all_images_of_each_group_and_gauges_give_room_to_what_is_unusual():
    source = np.random.default_rng(0)
    figure = percentile_bars({"a": source.uniform(0, 100, 50), "b": np.full(7, 100.0)}, "light")
    assert [sum(bars.y) for bars in figure.data] == pytest.approx([100, 100])
    assert figure.data[1].y[-1] == 100
    places = gauges([Gauged("KL", each, "") for each in (0.0, 95.0, 97.5, 100.0)], "dark").data[-1].x
    assert places == pytest.approx((0, 0.7, 0.85, 1))
