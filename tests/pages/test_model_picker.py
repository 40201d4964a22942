"""Which model a page shows: the one in the address or the picker, another one with a sentence, or none."""

import pytest
from visitor import PAGES, VAE_PAGES, assert_explained, content, notices, opened, shown, turned

from explorer.paths import runs_root
from explorer.recipes import RECIPES
from explorer.ui.picker import FIRST_MODEL

pytestmark = pytest.mark.usefixtures("small_data")
MODEL_PAGES = [page for page in PAGES if page != "train"]  # they show a model, and need one


# the picker and the address


@pytest.mark.parametrize("page", VAE_PAGES)
@pytest.mark.parametrize("given", ["mnist-99", "", "../mnist-2d"])
def test_an_unknown_model_in_the_address_falls_back_to_the_first_one_with_a_sentence(page, given):
    app = opened(page, model=given)
    assert_explained(app)
    assert notices(app) == [f"There is no model {given!r} here, so this is {FIRST_MODEL}."]
    assert content(app) != []
    assert app.query_params["model"] == FIRST_MODEL


def test_a_picked_model_is_in_the_address_and_stays_on_the_other_pages():
    app = opened("overview")
    app.sidebar.selectbox(key="model").set_value("oasis-8").run()
    assert [title.value for title in app.title] == ["oasis-8"]
    for page in PAGES:
        turned(app, page)
        assert app.sidebar.selectbox(key="model").value == "oasis-8"
        assert app.query_params["model"] == "oasis-8"


def test_an_own_run_with_the_name_of_a_shipped_model_stands_beside_it(own_run):
    own_run.directory.rename(runs_root() / "oasis-8")
    own, shipped = opened("overview", model="own:oasis-8"), opened("overview", model="oasis-8")
    assert [shown(each.title[0].value) for each in (own, shipped)] == ["own:oasis-8", "oasis-8"]
    assert own.metric[0].value != shipped.metric[0].value


# no model


@pytest.mark.usefixtures("no_models")
@pytest.mark.parametrize("page", MODEL_PAGES)
def test_without_a_model_a_page_says_so_and_its_button_leads_to_training(page):
    app = opened(page)
    assert [each.message for each in app.exception] == []
    assert notices(app) == []
    assert content(app) == []
    assert app.main.markdown[0].value.endswith("There is no model yet")
    (button,) = app.button
    button.click().run()
    assert [title.value for title in app.title] == ["Train"]
    assert_explained(app)


@pytest.mark.usefixtures("no_models")
def test_without_a_model_the_training_page_offers_every_recipe():
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert app.selectbox(key="recipe").options == list(RECIPES)
    assert [(button.label, button.disabled) for button in app.button] == [("Start training", False)]
