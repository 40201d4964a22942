"""The Sample page of a VQ-VAE without a browser: what is drawn, asked for, cancelled, completed, measured and said."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from small_runs import change_json, wait_until
from streamlit.testing.v1 import AppTest
from visitor import button_called, captions, facts_of, opened, turned

from explorer.errors import RunError
from explorer.runs import Run
from explorer.ui import background, code_sampling
from explorer.ui.code_controls import COMPLETE, OWN_HOLE
from explorer.ui.code_drawing import Hole, Wish
from explorer.ui.code_sampling import HINT, NOT_YET, Visit

SIDE = 4  # sites of a map of the small run, a side


@pytest.fixture(autouse=True)
def run(code_run) -> Run:
    """A small VQ-VAE with its prior, whose samples were not measured."""
    (code_run.prior.directory / "health.json").unlink(missing_ok=True)
    return code_run


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


def sample_page(**link: object) -> AppTest:
    """A new visitor on the page; something may be drawn there still."""
    return opened("sample", **{"model": "codes", **link})


def finished(app: AppTest) -> AppTest:
    """The page once everything is drawn."""
    visit(app).work.wait()
    app.run()
    assert [each.message for each in app.exception] == []
    return app


def visit(app: AppTest) -> Visit:
    return app.session_state["code_visit"]


def caption(app: AppTest) -> str:
    """Everything that is written there in small letters."""
    return "\n".join(captions(app))


def component(app: AppTest, name: str, place: int = 0) -> dict[str, Any]:
    """What a component of the page was given."""
    return facts_of(app, name)[place]


def press(app: AppTest, label: str) -> AppTest:
    return button_called(app, label).click().run()


def test_the_page_draws_samples_over_their_nearest_training_images():
    app = finished(sample_page(count=3))
    writer, sheet = component(app, "writer"), component(app, "sheet")
    assert writer["known"] == "1" * SIDE**2
    assert writer["codes"] == visit(app).work.look().codes[0].ravel().tolist()
    assert writer["hint"] == HINT
    assert [row["label"] for row in sheet["rows"]] == ["sample", "nearest"]
    assert sheet["captions"] == [f"{value:.2f}" for value in visit(app).work.look().ssim]
    assert "3 code maps of 4 × 4, temperature 1, all codes, any class, seed 0." in caption(app)
    assert len(app.get("download_button")) == 3


def test_the_settings_are_those_of_the_link():
    link = {"code_temperature": 0.5, "top_k": 4, "class": "3", "code_seed": 9, "count": 2}
    app = finished(sample_page(**link))
    assert visit(app).wish == Wish(seed=9, temperature=0.5, top_k=4, label=3, count=2)
    assert "2 code maps of 4 × 4, temperature 0.5, the 4 likeliest codes, class 3, seed 9." in caption(app)


def test_a_class_that_the_prior_never_saw_is_not_offered(run):
    change_json(run.directory / "run.json", ("data",), without=["3"])
    app = finished(sample_page(count=1))
    assert app.selectbox(key="class").options == ["Any", *"012456789"]
    finished(app.selectbox(key="class").set_value("4").run())
    assert visit(app).wish.label == 4


def test_a_link_out_of_range_draws_with_the_usual_settings():
    link = {"code_temperature": 9, "top_k": 4000, "class": "z", "code_seed": -1, "count": 900}
    assert visit(finished(sample_page(**link))).wish == visit(finished(sample_page())).wish


def test_another_setting_and_another_seed_draw_anew():
    app = finished(sample_page())
    app.slider(key="code_temperature").set_value(1.5).run()
    assert visit(finished(app)).wish.temperature == 1.5
    assert visit(finished(press(app, "Draw again"))).wish.seed == 1
    assert visit(app).number == 2


def test_rows_that_are_not_drawn_are_unknown_and_the_progress_says_how_far_it_is(slow):
    app = sample_page()
    assert component(app, "writer")["known"] == "0" * SIDE**2
    slow.release(2)
    wait_until(lambda: visit(app).work.look().rows == 2)
    app.run()
    assert component(app, "writer")["known"] == "1" * 2 * SIDE + "0" * 2 * SIDE
    assert not app.get("download_button")


def test_cancelled_it_keeps_its_rows_and_can_be_drawn_again(slow):
    app = sample_page()
    press(app, "Cancel")
    slow.release(1)
    assert "Cancelled after 1 of 4 rows." in caption(finished(app))
    slow.release(1000)
    assert visit(finished(press(app, "Draw"))).work.end == "finished"


def test_a_second_drawing_ends_the_first(slow):
    app = sample_page()
    first = visit(app).work
    app.number_input(key="code_seed").set_value(7).run()
    slow.release(1000)
    first.wait()
    assert first.end == "cancelled"
    assert visit(finished(app)).work.end == "finished"


def test_what_goes_wrong_is_a_sentence_above_a_page_that_goes_on(monkeypatch):
    def draw(*_: Any) -> Iterator[Any]:
        raise RunError("The prior is gone.")
        yield

    monkeypatch.setattr(code_sampling, "draw", draw)
    app = finished(sample_page())
    assert [each.value for each in app.error] == ["The prior is gone."]
    assert app.get("plotly_chart")


def test_a_click_on_a_site_shows_what_may_stand_there(slow):
    app = sample_page()
    app.session_state["writer-codes"] = {"picked": {"row": 2, "column": 1, "seq": 1}}
    app.run()
    assert (component(app, "writer")["hint"], component(app, "writer")["answer"]) == (NOT_YET, None)
    slow.release(1000)
    answer = component(finished(app), "writer")["answer"]
    assert answer["title"] == "Row 3, column 2"
    assert answer["drawn"] == visit(app).work.look().codes[0, 2, 1]


def test_a_click_on_a_sample_shows_its_map():
    app = finished(sample_page(count=4))
    app.session_state["samples-codes-0"] = {"picked": {"index": 2, "seq": 1}}
    app.run()
    assert component(app, "writer")["codes"] == visit(app).work.look().codes[2].ravel().tolist()
    assert component(app, "writer")["progress"].startswith("image 3 of 4")


def test_a_half_erased_image_is_completed_beside_what_it_was():
    app = finished(sample_page(draw=COMPLETE, erased="Left half", test_image=5, count=2))
    assert visit(app).wish.image.hole == Hole(0, SIDE, 0, 2)
    assert component(app, "sheet")["captions"] == ["original", "decoded", "kept", "1", "2"]
    assert component(app, "writer")["kept"] == "0011" * SIDE
    assert "Test image 5, class" in caption(app)
    assert "no say" in caption(app)


def test_a_hole_of_ones_own_and_an_image_of_a_class(run):
    app = finished(sample_page(draw=COMPLETE, erased=OWN_HOLE, image_class="4", test_image=2))
    app.slider(key="erased_rows").set_value((1, 1)).run()
    app.slider(key="erased_columns").set_value((2, 4)).run()
    assert visit(finished(app)).wish.image.hole == Hole(0, 1, 1, 4)
    labels = Run(run.directory).read_codes()["test.labels"]
    assert visit(app).wish.image.row == np.flatnonzero(labels == 4)[1]


def test_without_a_trained_prior_the_page_leads_to_training(run):
    (run.prior.directory / "model.safetensors").unlink()
    app = sample_page()
    assert [each.message for each in app.exception] == []
    assert any("The prior is not trained yet" in each.value for each in app.markdown)
    press(app, "Go to Train")
    assert [each.value for each in app.title] == ["Train"]


def test_samples_are_measured_when_asked_and_then_judged():
    app = press(finished(sample_page()), "Measure")
    while app.get("progress"):
        app.run()
    assert [each.label for each in app.metric] == ["Nearest training image, SSIM", "The same of test images"]


def test_the_bits_of_a_prior_and_of_test_images_are_shown(run):
    app = finished(sample_page())
    record = run.read_record().prior
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert chart["data"][0]["text"][3] == f"{record.test:.2f}"
    sheet = component(app, "sheet", 1)
    assert [row["label"] for row in sheet["rows"]] == ["decoded", "bits"]
    assert sheet["legend"]["low"] == "0 bits"
    assert sheet["tooltips"][0].startswith("test image 1, class")


def test_a_prior_that_was_not_evaluated_yet_says_so(run):
    change_json(run.directory / "run.json", (), prior=None)
    assert "was not evaluated yet" in finished(sample_page()).info[0].value


def test_the_name_of_a_class_is_shown_as_it_is_written(run):
    names = [f"*{name}*" for name in range(10)]
    change_json(run.directory / "run.json", ("data",), label_names=names)
    app = finished(sample_page(draw=COMPLETE, test_image=5, count=1))
    (sentence,) = [each.value for each in app.main.caption if each.value.startswith("Test image 5, class")]
    assert sentence.startswith("Test image 5, class \\*")


def test_a_drawing_ends_soon_after_its_page_was_left_and_is_drawn_anew_there(slow, monkeypatch):
    monkeypatch.setattr(background, "GRACE", 0.0)
    app = sample_page()
    first = visit(app).work
    turned(app, "overview")
    slow.release(1000)
    first.wait()
    assert first.end == "left"
    assert visit(finished(turned(app, "sample"))).work.end == "finished"
