"""Models whose images are not on this machine, or are others than those they were trained on."""

import shutil

import pytest
from small_runs import change_json
from visitor import WITH_STAND_IN, assert_explained, boxes, components, content, notices, opened, recorded, sheet

from explorer.ui.state import OTHER_IMAGES

pytestmark = pytest.mark.usefixtures("small_data")


@pytest.mark.parametrize("model", WITH_STAND_IN)
@pytest.mark.parametrize(
    ("page", "drawn"), [("overview", ["sheet", "timemachine", "sheet"]), ("reconstruct", ["sheet"])]
)
def test_without_its_images_a_model_shows_an_embedded_set_like_them_and_says_so(page, drawn, model, no_data):
    assert not no_data.exists()
    app = opened(page, model=model)
    assert_explained(app)
    assert components(app) == drawn
    (notice,) = notices(app)
    assert notice.startswith(f"{recorded(model).data.title} is not on this machine. ")
    assert " stands in" in notice
    assert not no_data.exists(), "a page that only looks must not download"


@pytest.mark.parametrize(
    ("page", "drawn"),
    [("overview", ["sheet", "timemachine", "chart"]), ("sliders", ["sliders"]), ("reconstruct", ["sheet"])],
)
def test_without_images_and_stand_in_a_model_shows_what_its_run_stored_and_says_what_is_missing(
    page, drawn, lost_model
):
    app = opened(page, model="mine")
    assert_explained(app)
    assert content(app) == drawn
    if page != "sliders":
        (notice,) = notices(app)
        assert notice.startswith("There is no image set 'far/gone'")
    if page == "reconstruct":
        assert sheet(app)["rows"][0]["label"] == f"epoch {lost_model.read_record().trained.epoch}"


@pytest.mark.parametrize("page", ["overview", "reconstruct"])
def test_without_images_and_without_stored_ones_a_page_still_says_what_is_missing(page, lost_model):
    shutil.rmtree(lost_model.directory / "snapshots")
    app = opened(page, model="mine")
    assert_explained(app)
    (notice,) = notices(app)
    assert notice.startswith("There is no image set 'far/gone'")


@pytest.mark.usefixtures("no_data")
def test_without_any_images_the_training_page_still_starts_the_demo_run():
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert app.selectbox(key="dataset-digits-2d").value == "digits"
    assert [button.disabled for button in app.button] == [False]


@pytest.mark.parametrize(("page", "data_are_those_of_the_run"), [("overview", False), ("reconstruct", True)])
def test_other_images_than_those_trained_on_are_called_so(page, data_are_those_of_the_run, own_run):
    if not data_are_those_of_the_run:
        change_json(own_run.directory / "run.json", ("data",), fingerprint="other")
    assert (OTHER_IMAGES in boxes(opened(page, model="mine"))) is not data_are_those_of_the_run
