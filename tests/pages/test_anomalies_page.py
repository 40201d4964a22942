"""The Anomalies page without a browser: what is scored, ranked cases, detection, changes, classes that are left out."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets_files import opened as images_of
from small_runs import change_json, train_small, wait_until
from streamlit.testing.v1 import AppTest
from visitor import MODELS, button_called, opened, png, pressed, recorded, sheets, sound, turned, words

from explorer.anomaly import CODE_SCORES, VAE_SCORES, Scorer, own_rows
from explorer.detection import detect
from explorer.inference import Session
from explorer.paths import runs_root
from explorer.recipes import RECIPES
from explorer.records import Request, Status
from explorer.runs import Run
from explorer.ui import anomaly_scoring, background, leave_out
from explorer.ui.anomaly_scores import LABELS
from explorer.ui.anomaly_scoring import Scored
from explorer.ui.background import Work
from explorer.ui.leave_out import OF_THIS_PLACE, changes_of

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


def anomalies_page(model: str = "mine", **link: str) -> AppTest:
    """A new visitor on the page, on which nothing is wrong."""
    return sound(opened("anomalies", model=model, **link))


def watched_by(app: AppTest) -> list[Work[Scored]]:
    """What is scored for this visitor."""
    begun = (desk.begun(key) for desk, key in app.session_state["scoring"])
    return [work for work in begun if work is not None]


def aurocs(app: AppTest) -> dict[str, float]:
    """By the labels of the scores, as the table has them."""
    (table,) = app.table
    names = [name.strip("*") for name in table.value["score"]]
    return dict(zip(names, map(float, table.value["AUROC"]), strict=True))


# the test set


def test_the_test_set_is_scored_and_its_strangest_images_come_first(run):
    app = anomalies_page()
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
    assert f"among the model's own {HELD_OUT} test images" in words(anomalies_page())
    assert run.read_calibration() is not None


@pytest.mark.usefixtures("run")
def test_the_address_chooses_the_score():
    app = anomalies_page(score="Intensity")
    assert "the trivial score, which needs no model" in words(app)
    assert all("Intensity 0." in tip for tip in sheets(app)[0]["tooltips"])
    assert "Ranked by intensity" in words(app)


@pytest.mark.usefixtures("run")
def test_a_clicked_case_shows_all_of_its_scores_and_why_it_ranks():
    app = anomalies_page()
    key = sheets(app)[0]["key"]
    app.session_state[key] = {"picked": {"index": 2, "seq": 1}}
    sound(app.run())
    name = sheets(app)[0]["tooltips"][2].split(":")[0]
    assert f"##### {name}" in words(app)
    assert "Why it ranks here" in words(app)


def test_a_vq_vae_has_scores_of_its_own(code_run):
    app = anomalies_page(code_run.name)
    (chosen,) = [each for each in app.get("button_group") if each.key == "score"]
    assert chosen.options == [LABELS[name] for name in CODE_SCORES]
    assert "Ranked by bits per code" in words(app)


# detection


def test_what_counts_as_normal_is_in_the_address_and_every_score_is_measured(run):
    app = anomalies_page(normal="0,1,2")
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
def test_what_counts_as_normal_is_kept_while_another_page_is_open():
    app = anomalies_page()
    sound(app.multiselect(key="normal-mine").set_value(["1", "2"]).run())
    sound(turned(turned(app, "reconstruct"), "anomalies"))
    assert app.multiselect(key="normal-mine").value == ["1", "2"]
    assert app.query_params["normal"] == "1,2"


@pytest.mark.usefixtures("run")
def test_a_clicked_case_is_not_taken_for_one_of_another_group():
    app = anomalies_page(normal="0,1,2")
    app.session_state[sheets(app)[0]["key"]] = {"picked": {"index": 2, "seq": 1}}
    sound(app.run())
    (group,) = [each for each in app.get("button_group") if each.key.startswith("cases-of-")]
    sound(group.set_value("Normal").run())
    assert f"##### {sheets(app)[0]['tooltips'][0].split(', the normal classes:')[0]}" in words(app)


@pytest.mark.usefixtures("run")
def test_with_all_classes_normal_there_is_nothing_to_detect_and_the_page_says_what_to_do():
    app = anomalies_page()
    assert len(app.table) == 0
    assert "All classes count as normal. Take some out, above" in words(app)


@pytest.mark.usefixtures("run")
def test_other_images_are_told_from_the_runs_own():
    app = anomalies_page(scored="Other images", others="template-brain")
    assert aurocs(app)["Negative ELBO"] > 0.7
    assert "Does it tell images of" in words(app)
    assert all("slice" in tip for tip in sheets(app)[0]["tooltips"])


@pytest.mark.usefixtures("run")
def test_a_folder_outside_the_data_root_is_refused():
    app = opened("anomalies", model="mine", scored="Other images", others="/")
    assert [each.message for each in app.exception] == []
    (error,) = app.error
    assert "nor a folder inside the data root" in error.value


def test_uploads_are_scored_without_the_runs_own_images(run):
    sound(anomalies_page())  # calibrates
    change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    app = anomalies_page()
    assert "The model's test images are not here" in words(app)
    assert "far/gone" in words(app)
    app = anomalies_page(scored="Upload")
    app.file_uploader[0].set_value([("a.png", png(np.full((12, 12), 200, np.uint8)), "image/png")])
    sound(app.run())
    (cases,) = sheets(app)
    assert (cases["columns"], cases["captions"]) == (1, [NEVER])
    assert len(app.table) == 0


def test_without_calibration_and_images_the_page_says_what_is_missing(run):
    change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    app = opened("anomalies", model="mine", scored="Other images")
    assert [each.message for each in app.exception] == []
    (error,) = app.error
    assert "mine was never calibrated" in error.value


# changes


@pytest.mark.usefixtures("run")
def test_inverted_images_are_found():
    app = anomalies_page(scored="Changed images", change="Inversion")
    assert aurocs(app)["Reconstruction"] > 0.99
    preview, cases = sheets(app)
    assert [row["label"] for row in preview["rows"]] == ["before", "changed", "decoded", "residual"]
    assert cases["columns"] == 8


@pytest.mark.usefixtures("run")
def test_a_larger_change_is_found_more_easily():
    app = anomalies_page(scored="Changed images")
    found = []
    for share in (1.0, 50.0):
        sound(app.slider(key="occlusion_size").set_value(share).run())
        found.append(aurocs(app)["Reconstruction"])
    assert found[0] < found[1]
    app.session_state["place"] = "Fixed"
    sound(app.run())
    assert [each.key for each in app.slider][-2:] == ["from_top", "from_left"]


@pytest.mark.usefixtures("run")
def test_a_change_is_in_the_address_and_its_size_is_a_share_of_the_side():
    link = {"change": "Occlusion", "occlusion_size": "50", "grey": "80", "place": "Fixed", "from_top": "75"}
    app = anomalies_page(scored="Changed images", **link)
    assert {each.key: each.value for each in app.slider} == {
        "occlusion_size": 50.0,
        "grey": 80,
        "from_top": 75,
        "from_left": 50,
    }
    _, changed = watched_by(app)
    (_, (_, key)) = app.session_state["scoring"]
    assert changed.end == "finished"
    assert key.startswith("occlusion 6 80 75 50 ")


# scoring beside the page


@pytest.fixture
def slow(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:  # noqa: ARG001, is scored
    """Scores of a calibrated run come only when the test lets them, 100 images at a time."""
    may_go, pieces = threading.Semaphore(0), Scorer.pieces

    def wait(*args: Any, **kwargs: Any) -> Any:
        for piece in pieces(*args, **kwargs):
            may_go.acquire()
            yield piece

    sound(anomalies_page())  # calibrates
    anomaly_scoring._desk.clear()
    monkeypatch.setattr(anomaly_scoring, "PROMPT", 0.5)
    monkeypatch.setattr(Scorer, "pieces", wait)
    yield may_go
    may_go.release(1000)


def test_what_is_cancelled_shows_what_was_scored_and_can_be_scored_whole(slow):
    slow.release()
    app = anomalies_page()
    assert sheets(app) == []
    sound(button_called(app, "Cancel").click().run())
    slow.release()
    (work,) = watched_by(app)
    wait_until(lambda: not work.is_alive)
    sound(app.run())
    assert f"This was ended after 200 of {HELD_OUT}" in words(app)
    assert len(sheets(app)) == 1
    slow.release(100)
    sound(button_called(app, "Score all").click().run())
    assert "This was ended" not in words(app)


def test_who_turns_to_other_images_does_not_end_what_another_visitor_watches(slow):
    first, second = anomalies_page(), anomalies_page()
    (work,) = watched_by(first)
    assert watched_by(second) == [work]
    second.session_state["scored"] = "Changed images"
    sound(second.run())
    slow.release()
    wait_until(lambda: work.look().scores)
    sound(first.run())
    assert (watched_by(first), work.is_alive) == ([work], True)


def test_what_nobody_watches_any_more_ends(slow, monkeypatch):
    monkeypatch.setattr(background, "GRACE", 0.0)
    app = anomalies_page()
    (work,) = watched_by(app)
    app.session_state["scored"] = "Changed images"
    sound(app.run())
    slow.release(100)
    work.wait()
    assert work.end == "left"


def test_other_images_go_on_when_the_page_runs_again_though_the_runs_own_come_first(slow):
    slow.release(4)  # the run's own
    app = anomalies_page(scored="Other images", others="template-brain")
    watched_by(app)[0].wait()
    sound(app.run())
    own, others = watched_by(app)
    sound(app.run())
    assert watched_by(app) == [own, others]
    slow.release(1000)
    others.wait()
    assert others.end == "finished"


# classes that are left out


@pytest.mark.usefixtures("partial_run")
def test_a_run_without_a_class_is_asked_about_it():
    app = anomalies_page("no-3")
    assert app.multiselect(key="normal-no-3").value == [*"012456789"]
    (cases,) = sheets(app)
    assert all("class 3, the others" in tip for tip in cases["tooltips"])
    assert set(aurocs(app)) == {LABELS[name] for name in VAE_SCORES}


def test_a_class_is_left_out_with_all_else_as_in_the_run(run, monkeypatch):
    started = []
    monkeypatch.setattr(leave_out, "start_training", lambda *asked: started.append(asked))
    app = anomalies_page()
    app.multiselect(key="without-mine").set_value(["4", "9"]).run()
    pressed(app, "train-without")
    ((recipe, changes),) = started
    assert (recipe, changes["without"], changes["dataset"]) == ("digits-2d", "4,9", "digits")
    ours = run.read_record().config
    assert RECIPES[recipe].config.override(**changes).model == ours.model


@pytest.mark.parametrize("name", MODELS)
def test_the_changes_of_a_shipped_run_make_it_out_of_its_recipe(name):
    config = recorded(name).config
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
    app = anomalies_page(scored="Changed images")
    assert "**no-3** without 3" in words(app)
    assert "**waiting** without 7" in words(app)
    assert "elsewhere" not in words(app)
    assert [each.key for each in app.button if str(each.key).startswith("score-")] == ["score-no-3"]
    pressed(app, "score-no-3")
    assert app.sidebar.selectbox(key="model").value == "no-3"
    assert "What counts as normal" in [each.label for each in app.multiselect]


@pytest.mark.usefixtures("run", "readonly")
def test_where_visitors_only_look_nothing_is_started_or_uploaded():
    app = anomalies_page()
    assert [each.key for each in app.button if each.key == "train-without"] == []
    (source,) = [each for each in app.get("button_group") if each.key == "scored"]
    assert "Upload" not in source.options
