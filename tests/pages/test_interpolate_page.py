"""The Interpolate page without a browser: links, the usual way, what is released, a strip."""

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from visitor import assert_explained, button_called, opened, panel_of, tag_of_panel, turned

pytestmark = pytest.mark.usefixtures("small_data")
WAY_LINK = {"a": "3", "b": "z0.5_-1.25", "way": "spherical", "at": "0.25"}
SQUARE_LINK = {"a": "-1", "b": "3", "c": "-4", "d": "z1_2", "at": "0.3_0.75"}


def left_at(app: AppTest, **change: Any) -> dict[str, Any]:
    """What the page sends when the playhead is released."""
    given = {name: value for name, value in panel_of(app).items() if name != "starts"}
    return {"committed": given | change | {"tag": tag_of_panel(app), "seq": 1}}


def test_a_link_opens_the_way_between_two_images_and_stays_in_the_address():
    app = opened("interpolate", model="mnist-2d", **WAY_LINK)
    assert_explained(app)
    panel = panel_of(app)
    assert (panel["square"], panel["way"], panel["t"]) == (False, "spherical", 0.25)
    assert [anchor["start"] for anchor in panel["anchors"][:2]] == [3, -3]
    assert panel["anchors"][1]["z"] == [0.5, -1.25]
    assert panel["anchors"][0]["label"].startswith("digit 0, test image ")
    assert {name: app.query_params[name] for name in ("a", "b", "way")} == {k: WAY_LINK[k] for k in ("a", "b", "way")}
    app.run()
    assert app.query_params["b"] == WAY_LINK["b"]


def test_a_link_opens_the_square_between_four_of_every_kind():
    app = opened("interpolate", model="mnist-2d", **SQUARE_LINK)
    assert_explained(app)
    panel = panel_of(app)
    assert (panel["square"], panel["u"], panel["v"]) == (True, 0.3, 0.75)
    labels = [anchor["label"] for anchor in panel["anchors"]]
    assert (labels[0], labels[2][-12:], labels[3]) == ("prior mean", "test image 0", "from the link")
    assert panel["anchors"][3]["z"] == [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"a": "1000"},
        {"a": "-100000"},
        {"a": "-2"},
        {"a": "x"},
        {"b": "z1"},
        {"b": "z1_nan"},
        {"b": "z1_99"},
        {"at": "2"},
        {"at": "nan"},
        {"at": "0.5_0.5"},
        {"at": "0.5_0.5_0.5"},
        {"c": "1"},
    ],
)
def test_a_link_to_nowhere_opens_the_usual_way(change):
    app = opened("interpolate", model="mnist-2d", **(WAY_LINK | change))
    assert_explained(app)
    assert panel_of(app) == panel_of(opened("interpolate", model="mnist-2d"))
    assert "a" not in app.query_params


def test_an_unknown_way_is_the_straight_one():
    app = opened("interpolate", model="mnist-2d", **(WAY_LINK | {"way": "x"}))
    assert panel_of(app)["way"] == "linear"


def test_the_usual_way_is_between_images_of_different_kinds():
    labels = [anchor["label"].split(",")[0] for anchor in panel_of(opened("interpolate", model="mnist-20"))["anchors"]]
    assert labels == ["digit 3", "digit 8", "digit 1", "digit 6"]


def test_a_model_without_stored_latents_starts_between_draws(own_model):
    (own_model.directory / "latents.safetensors").unlink()
    app = opened("interpolate", model=own_model.name)
    assert_explained(app)
    anchors = panel_of(app)["anchors"]
    assert {anchor["label"] for anchor in anchors} == {"random draw"}
    assert len({tuple(anchor["z"]) for anchor in anchors}) == 4


def test_what_is_released_goes_to_the_address_and_to_the_other_pages():
    app = opened("interpolate", model="mnist-2d", **WAY_LINK)
    app.session_state["interpolate"] = left_at(app, t=1.0)
    app.run()
    assert_explained(app)
    assert (app.query_params["at"], app.query_params["way"]) == ("1.000", "spherical")
    sliders = turned(app, "sliders")
    assert_explained(sliders)
    (start,) = panel_of(sliders)["starts"]
    assert start["z"] == [0.5, -1.25]
    assert re.fullmatch(r"a frame between digit 0, test image \d+ and from the link", start["label"])


def test_coming_back_to_the_page_finds_it_as_it_was_left():
    app = opened("interpolate", model="mnist-2d", **WAY_LINK)
    app.session_state["interpolate"] = left_at(app, square=True, u=0.25, v=1.0)
    app.run()
    assert app.query_params["at"] == "0.250_1.000"
    assert set("abcd") <= set(app.query_params)
    app = turned(turned(app, "overview"), "interpolate")
    assert_explained(app)
    assert (panel_of(app)["square"], panel_of(app)["u"]) == (True, 0.25)


def test_a_frame_opens_in_the_sliders():
    app = opened("interpolate", model="mnist-2d", a="z1_0", b="z0_1", way="linear", at="0.25")
    button_called(app, "Open in Sliders").click().run()
    assert_explained(app)
    assert [title.value for title in app.title] == ["Sliders"]
    assert panel_of(app)["z"] == [0.75, 0.25]


def test_the_form_of_a_strip_asks_neither_for_a_rate_nor_for_a_way_back():
    app = opened("interpolate", model="mnist-20")
    assert [toggle.label for toggle in app.toggle] == ["There and back"]
    app.segmented_control(key="movie-kind").set_value("Strip, PNG").run()
    assert_explained(app)
    assert list(app.toggle) == []
    assert [slider.label for slider in app.select_slider] == ["Size"]
    assert [button.proto.label for button in app.get("download_button")] == ["Save the strip"]
