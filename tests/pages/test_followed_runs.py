"""Runs on the Train page: followed, stopped, waiting for their turn, renamed, deleted, or only looked at."""

import re
import shutil
import threading
from collections.abc import Iterator

import pytest
from small_runs import wait_until
from streamlit.testing.v1 import AppTest
from visitor import assert_explained, button_called, captions, components, content, notices, opened, turned

from explorer.paths import PRETRAINED, runs_root
from explorer.records import Request, Status
from explorer.runs import Run
from explorer.turns import CANCELLED, queueing_for, training_at
from explorer.ui import run_actions
from explorer.ui.picker import FIRST_MODEL
from explorer.ui.run_actions import LOOKING

pytestmark = pytest.mark.usefixtures("small_data")


@pytest.fixture
def live_run(own_run: Run) -> Iterator[Run]:
    """A run that a process holds the lock of: this one."""
    own_run.write_status(Status(phase="training", message="Reading images.", epoch=2, epochs=4))
    with own_run.locked():
        yield own_run


@pytest.fixture
def queued_run(live_run: Run) -> Iterator[Run]:
    """A new run that waits for the one that trains."""
    run, stop = Run(runs_root() / "new"), threading.Event()

    def queue() -> None:
        with queueing_for("cpu", run, stop.is_set):
            pass

    with training_at("cpu", live_run):
        waiting = threading.Thread(target=queue)
        waiting.start()
        wait_until(lambda: run.is_running and run.read_status() is not None)
        yield run
        stop.set()
        waiting.join()


def confirmed(app: AppTest, opener: str, **fields: str) -> AppTest:
    """Open a dialog by its button, fill it in and confirm: AppTest knows no fragments, which keep it open."""
    app.button(key=opener).click().run()
    assert_explained(app)
    for label, value in fields.items():
        (field,) = [each for each in app.text_input if each.label == label]
        field.set_value(value)
    (yes,) = [each for each in app.button if each.key == "confirm" or each.label == "Rename"]
    app.button(key=opener).click()
    yes.click()
    return app.run()


# a run that is followed


@pytest.mark.usefixtures("live_run")
def test_a_run_that_trains_is_followed_by_whoever_opens_the_page():
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert len(app.get("plotly_chart")) == 2
    assert components(app) == ["timemachine"]
    assert [metric.label for metric in app.metric][-1] == "SSIM, test"
    assert [button.label for button in app.button] == ["Stop", "New run"]


def test_stopping_asks_first_and_says_that_nothing_is_lost(live_run):
    app = opened("train")
    app.button(key="stop-mine").click().run()
    assert any("Nothing is lost" in each.value for each in app.markdown)
    assert not live_run.stop_requested
    confirmed(app, "stop-mine")
    assert_explained(app)
    assert live_run.stop_requested
    app.run()
    assert (app.button(key="stop-mine").label, app.button(key="stop-mine").disabled) == ("Stopping", True)


def test_a_run_that_ends_while_it_is_followed_stays_on_the_page(own_run):
    own_run.write_status(Status(phase="training", epoch=2, epochs=4))
    with own_run.locked():
        app = opened("train")
    own_run.write_status(Status(phase="finished", epoch=4, epochs=4))
    app.run()
    assert_explained(app)
    assert [button.label for button in app.button if button.label] == ["Train on", "Open in Sliders", "New run"]
    app.button(key="new").click().run()
    assert "run" not in app.query_params
    assert app.button[0].label == "Start training"


def test_a_run_whose_first_epoch_is_just_being_saved_is_not_an_error(live_run):
    for name in ("run.json", "model.safetensors", "latents.safetensors"):
        (live_run.directory / name).unlink()
    shutil.rmtree(live_run.directory / "snapshots")
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert "Reading images." in [caption.value for caption in app.main.caption]


def test_a_history_that_breaks_while_it_is_followed_is_a_sentence(live_run):
    (live_run.directory / "history.jsonl").write_text("?\n")
    app = opened("train")
    assert_explained(app)
    (sentence,) = notices(app)
    assert "history.jsonl, line 1, is broken" in sentence


def test_a_run_that_died_says_so_and_keeps_its_curves(own_run):
    own_run.write_status(Status(phase="training", epoch=2, epochs=4))
    app = opened("train", run=own_run.name)
    assert_explained(app)
    assert notices(app) == ["The process ended unexpectedly."]
    assert len(app.get("plotly_chart")) == 2
    assert [button.label for button in app.button if button.label] == ["Resume", "Open in Sliders", "New run"]


def test_a_stopped_run_is_a_click_away_and_opens_in_the_sliders_under_its_own_key(own_run):
    own_run.directory.rename(runs_root() / "mnist-20")
    app = opened("train")
    app.button(key="open-mnist-20").click().run()
    assert app.query_params["run"] == "mnist-20"
    app.button(key="open").click().run()
    assert_explained(app)
    assert [title.value for title in app.title] == ["Sliders"]
    assert app.sidebar.selectbox(key="model").value == "own:mnist-20"


@pytest.mark.parametrize("name", ["gone", "../mine", ""])
def test_a_run_in_the_address_that_is_not_there_leads_back_to_the_form(name):
    app = opened("train", run=name)
    assert_explained(app)
    assert [button.label for button in app.button] == ["Start training"]
    assert notices(app) == ([f"There is no run {name!r} here any more."] if name else [])


@pytest.mark.usefixtures("own_run")
def test_the_way_back_to_the_page_leads_to_the_run_that_was_followed():
    app = opened("train", run="mine")
    turned(app, "overview")
    app.query_params.pop("run", None)  # as Streamlit does
    turned(app, "train")
    assert app.query_params["run"] == "mine"
    assert len(app.get("plotly_chart")) == 2
    app.button(key="new").click().run()
    turned(app, "overview")
    assert button_called(turned(app, "train"), "Start training")


# the queue


def test_beside_the_form_stand_what_trains_what_waits_with_its_place_and_what_was_trained(queued_run):
    shutil.copytree(PRETRAINED / "mnist-2d", runs_root() / "older")
    app = opened("train", run="none")
    sections = [each.value.removeprefix("##### ") for each in app.markdown if each.value.startswith("#####")]
    assert sections[:3] == ["Training now", "In the queue", "Earlier runs"]
    assert "first in the queue, after mine" in captions(app)
    assert "imported, 30 of 30 epochs" in captions(app)
    assert {each.key for each in app.button} >= {"stop-mine", "stop-new", "delete-older", "rename-older"}
    app.button(key="stop-new").click().run()
    wait_until(lambda: not queued_run.is_running)
    app.run()
    assert_explained(app)
    assert "stopped, never started" in captions(app)


def test_a_run_that_waits_says_after_whom_and_that_it_begins_by_itself(queued_run):
    app = opened("train", run=queued_run.name)
    assert_explained(app)
    assert notices(app) == ["First in the queue, after mine. It begins by itself, also when this page is closed."]
    assert [button.label for button in app.button] == ["Cancel", "New run"]


def test_a_run_whose_turn_never_came_is_not_broken_and_is_started_again(monkeypatch):
    run = Run(runs_root() / "new")
    run.make_directory()
    request = Request(recipe="digits-2d", changes={})
    run.write_status(Status(phase="stopped", message=CANCELLED, epochs=3, request=request))
    started: list[str] = []
    monkeypatch.setattr(run_actions, "start_again", lambda job: started.append(job.run.name))
    app = opened("train", run="new")
    assert_explained(app)
    assert notices(app) == []
    assert CANCELLED in captions(app)
    button_called(app, "Start again").click().run()
    assert started == ["new"]


# renamed and deleted


@pytest.mark.parametrize("link", [{"run": "mine"}, {}])
def test_deleting_asks_first_and_says_what_will_be_lost(link, own_run):
    app = opened("train", **link)
    app.button(key="delete-mine").click().run()
    assert any(re.search(r"mine\*\* · 2 of 4 epochs · \d+ kB", each.value) for each in app.markdown)
    assert any("cannot be undone" in each.value for each in app.markdown)
    assert own_run.exists
    confirmed(app, "delete-mine")
    assert_explained(app)
    assert not own_run.directory.exists()
    assert "run" not in app.query_params
    assert notices(app) == []


def test_a_run_that_is_deleted_elsewhere_is_explained_to_whoever_follows_it(own_run):
    app = opened("train", run="mine", model="mine")
    shutil.rmtree(own_run.directory)
    app.run()
    assert_explained(app)
    assert notices(app) == [
        f"There is no model 'mine' here, so this is {FIRST_MODEL}.",
        "There is no run 'mine' here any more.",
    ]


def test_a_renamed_run_keeps_its_page_and_stays_the_chosen_model(own_run):
    app = confirmed(opened("train", run="mine", model="mine"), "rename-mine", Name="yours")
    app.run()
    assert_explained(app)
    assert notices(app) == []
    assert (app.query_params["run"], app.query_params["model"]) == ("yours", "yours")
    assert app.sidebar.selectbox(key="model").value == "yours"
    assert (own_run.directory.exists(), (runs_root() / "yours").exists()) == (False, True)


@pytest.mark.parametrize(("name", "sentence"), [("../x", "A name is made of"), ("mnist-20", "There is a run mnist-20")])
def test_a_name_that_cannot_be_is_a_sentence_in_the_dialog(name, sentence, own_run):
    app = confirmed(opened("train", run="mine"), "rename-mine", Name=name)
    assert_explained(app)
    assert notices(app)[0].startswith(sentence)
    assert own_run.exists


# only looked at


@pytest.mark.usefixtures("readonly", "queued_run")
def test_where_visitors_only_look_runs_are_followed_and_nothing_can_be_changed():
    app = opened("train")
    assert_explained(app)
    assert notices(app) == [LOOKING]
    assert len(app.get("plotly_chart")) == 2
    assert [button.label for button in app.button] == ["All runs"]
    app.button(key="new").click().run()
    assert notices(app) == [LOOKING]
    assert {button.key for button in app.button} == {"open-mine", "open-new"}
    assert content(app) == []


def test_a_dialog_that_was_open_when_the_server_became_one_for_looking_does_nothing(own_run, monkeypatch):
    app = opened("train", run="mine")
    app.button(key="delete-mine").click().run()
    monkeypatch.setattr(run_actions, "is_readonly", lambda: True)
    confirmed(app, "delete-mine")
    assert_explained(app)
    assert notices(app) == [LOOKING]
    assert own_run.exists
