"""The Sample page of a VQ-VAE without a browser: what is drawn, asked for, cancelled, completed, measured and said."""

import json
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from small_runs import change_json, train_small_vqvae, wait_until
from streamlit.testing.v1 import AppTest

from explorer.errors import RunError
from explorer.paths import PROJECT, runs_root
from explorer.runs import Run
from explorer.ui import code_sampling
from explorer.ui.code_controls import COMPLETE, OWN_HOLE
from explorer.ui.code_drawing import Hole, Wish
from explorer.ui.code_sampling import HINT, NOT_YET, Visit

pytestmark = pytest.mark.usefixtures("thawed", "known_navigation")
PATIENCE = 60  # seconds; the first page imports torch
SIDE = 4  # sites of a map of the small run, a side


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return train_small_vqvae(tmp_path_factory.mktemp("trained") / "run").directory


@pytest.fixture(autouse=True)
def run(trained) -> Run:
    """A copy of a small VQ-VAE with its prior, whose samples were not measured."""
    directory = runs_root() / "codes"
    shutil.copytree(trained, directory)
    (directory / "prior" / "health.json").unlink(missing_ok=True)
    return Run(directory)


@pytest.fixture
def slow(monkeypatch) -> Iterator[threading.Semaphore]:
    """Rows come only when the test lets them; what has not come by its end comes then."""
    may_go, usual = threading.Semaphore(0), code_sampling.draw

    def draw(*given: Any) -> Iterator[Any]:
        for drawing in usual(*given):
            may_go.acquire()
            yield drawing

    monkeypatch.setattr(code_sampling, "draw", draw)
    yield may_go
    may_go.release(1000)


def opened(**link: object) -> AppTest:
    """A new visitor on the page; something may be drawn there still."""
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    for name, value in ({"model": "codes"} | link).items():
        app.query_params[name] = str(value)
    return app.switch_page("pages/sample.py").run()


def finished(app: AppTest) -> AppTest:
    """The page once everything is drawn."""
    visit(app).work.wait()
    app.run()
    assert [each.message for each in app.exception] == []
    return app


def visit(app: AppTest) -> Visit:
    return app.session_state["code_visit"]


def captions(app: AppTest) -> str:
    return "\n".join(each.value.replace("\\", "") for each in app.caption)


def component(app: AppTest, name: str, place: int = 0) -> dict[str, Any]:
    """What a component of the page was given."""
    found = [each for each in app.get("bidi_component") if each.proto.component_name == f"explorer_{name}"]
    return dict(json.loads(found[place].proto.json))


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [each for each in app.button if each.label == label]
    return button.click().run()


def test_the_page_draws_samples_over_their_nearest_training_images():
    app = finished(opened(count=3))
    writer, sheet = component(app, "writer"), component(app, "sheet")
    assert writer["known"] == "1" * SIDE**2
    assert writer["codes"] == visit(app).work.look().codes[0].ravel().tolist()
    assert writer["hint"] == HINT
    assert [row["label"] for row in sheet["rows"]] == ["sample", "nearest"]
    assert sheet["captions"] == [f"{value:.2f}" for value in visit(app).work.look().ssim]
    assert "3 code maps of 4 × 4, temperature 1, all codes, any class, seed 0." in captions(app)
    assert len(app.get("download_button")) == 3


def test_the_settings_are_those_of_the_link():
    link = {"temperature": 0.5, "top_k": 4, "class": "3", "seed": 9, "count": 2}
    app = finished(opened(**link))
    assert visit(app).wish == Wish(seed=9, temperature=0.5, top_k=4, label=3, count=2)
    assert "2 code maps of 4 × 4, temperature 0.5, the 4 likeliest codes, class 3, seed 9." in captions(app)


def test_a_class_that_the_prior_never_saw_is_not_offered(run):
    change_json(run.directory / "run.json", ("data",), without=["3"])
    app = finished(opened(count=1))
    assert app.selectbox(key="class").options == ["Any", *"012456789"]
    finished(app.selectbox(key="class").set_value("4").run())
    assert visit(app).wish.label == 4


def test_a_link_out_of_range_draws_with_the_usual_settings():
    link = {"temperature": 9, "top_k": 4000, "class": "z", "seed": -1, "count": 900}
    assert visit(finished(opened(**link))).wish == visit(finished(opened())).wish


def test_another_setting_and_another_seed_draw_anew():
    app = finished(opened())
    app.slider(key="temperature").set_value(1.5).run()
    assert visit(finished(app)).wish.temperature == 1.5
    assert visit(finished(press(app, "Draw again"))).wish.seed == 1
    assert visit(app).number == 2


def test_rows_that_are_not_drawn_are_unknown_and_the_progress_says_how_far_it_is(slow):
    app = opened()
    assert component(app, "writer")["known"] == "0" * SIDE**2
    slow.release(2)
    wait_until(lambda: visit(app).work.look().rows == 2)
    app.run()
    assert component(app, "writer")["known"] == "1" * 2 * SIDE + "0" * 2 * SIDE
    assert not app.get("download_button")


def test_cancelled_it_keeps_its_rows_and_can_be_drawn_again(slow):
    app = opened()
    press(app, "Cancel")
    slow.release(1)
    assert "Cancelled after 1 of 4 rows." in captions(finished(app))
    slow.release(1000)
    assert visit(finished(press(app, "Draw"))).work.end == "finished"


def test_a_second_drawing_ends_the_first(slow):
    app = opened()
    first = visit(app).work
    app.number_input(key="seed").set_value(7).run()
    slow.release(1000)
    first.wait()
    assert first.end == "cancelled"
    assert visit(finished(app)).work.end == "finished"


def test_what_goes_wrong_is_a_sentence_above_a_page_that_goes_on(monkeypatch):
    def draw(*_: Any) -> Iterator[Any]:
        raise RunError("The prior is gone.")
        yield

    monkeypatch.setattr(code_sampling, "draw", draw)
    app = finished(opened())
    assert [each.value for each in app.error] == ["The prior is gone."]
    assert app.get("plotly_chart")


def test_a_click_on_a_site_shows_what_may_stand_there(slow):
    app = opened()
    app.session_state["writer-codes"] = {"picked": {"row": 2, "column": 1, "seq": 1}}
    app.run()
    assert (component(app, "writer")["hint"], component(app, "writer")["answer"]) == (NOT_YET, None)
    slow.release(1000)
    answer = component(finished(app), "writer")["answer"]
    assert answer["title"] == "Row 3, column 2"
    assert answer["drawn"] == visit(app).work.look().codes[0, 2, 1]


def test_a_click_on_a_sample_shows_its_map():
    app = finished(opened(count=4))
    app.session_state["samples-codes-0"] = {"picked": {"index": 2, "seq": 1}}
    app.run()
    assert component(app, "writer")["codes"] == visit(app).work.look().codes[2].ravel().tolist()
    assert component(app, "writer")["progress"].startswith("image 3 of 4")


def test_a_half_erased_image_is_completed_beside_what_it_was():
    app = finished(opened(draw=COMPLETE, erased="Left half", test_image=5, count=2))
    assert visit(app).wish.image.hole == Hole(0, SIDE, 0, 2)
    assert component(app, "sheet")["captions"] == ["original", "decoded", "kept", "1", "2"]
    assert component(app, "writer")["kept"] == "0011" * SIDE
    assert "Test image 5, class" in captions(app)
    assert "no say" in captions(app)


def test_a_hole_of_ones_own_and_an_image_of_a_class(run):
    app = finished(opened(draw=COMPLETE, erased=OWN_HOLE, image_class="4", test_image=2))
    app.slider(key=f"erased-Rows-{SIDE}").set_value((1, 1)).run()
    app.slider(key=f"erased-Columns-{SIDE}").set_value((2, 4)).run()
    assert visit(finished(app)).wish.image.hole == Hole(0, 1, 1, 4)
    labels = Run(run.directory).read_codes()["test.labels"]
    assert visit(app).wish.image.row == np.flatnonzero(labels == 4)[1]


def test_without_a_trained_prior_the_page_leads_to_training(run):
    (run.prior.directory / "model.safetensors").unlink()
    app = opened()
    assert [each.message for each in app.exception] == []
    assert any("The prior is not trained yet" in each.value for each in app.markdown)
    press(app, "Go to Train")
    assert [each.value for each in app.title] == ["Train"]


def test_samples_are_measured_when_asked_and_then_judged():
    app = press(finished(opened()), "Measure")
    while app.get("progress"):
        app.run()
    assert [each.label for each in app.metric] == ["Nearest training image, SSIM", "The same of test images"]


def test_the_bits_of_a_prior_and_of_test_images_are_shown(run):
    app = finished(opened())
    record = run.read_record().prior
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert chart["data"][0]["text"][3] == f"{record.test:.2f}"
    sheet = component(app, "sheet", 1)
    assert [row["label"] for row in sheet["rows"]] == ["decoded", "bits"]
    assert sheet["legend"]["low"] == "0 bits"
    assert sheet["tooltips"][0].startswith("test image 1, class")


def test_a_prior_that_was_not_evaluated_yet_says_so(run):
    change_json(run.directory / "run.json", (), prior=None)
    assert "was not evaluated yet" in finished(opened()).info[0].value
