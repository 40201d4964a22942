"""The form of the Train page: recipes and their defaults, what cannot be started, what is."""

from typing import Any

import pytest
from visitor import assert_explained, notices, opened, turned

from explorer.errors import RunError
from explorer.recipes import RECIPES
from explorer.runs import Run
from explorer.ui import recipe_form

pytestmark = pytest.mark.usefixtures("small_data")


@pytest.mark.parametrize("name", RECIPES)
def test_picking_a_recipe_shows_its_defaults_and_what_it_will_be(name):
    app = opened("train")
    app.selectbox(key="recipe").set_value(name).run()
    assert_explained(app)
    config = RECIPES[name].config
    fields = {field.key.removesuffix(f"-{name}"): field.value for field in app.number_input}
    known = config.model.model_dump() | config.objective.model_dump() | config.training.model_dump()
    known |= config.prior.model_dump()
    own = {"codebook_size", "prior_epochs", "commitment"} if config.has_codes else {"latent_dim", "beta"}
    assert own | {"epochs", "learning_rate"} <= set(fields)
    assert not {"beta", "warmup_epochs"} & set(fields) or not config.has_codes
    assert fields == {field: known[field] for field in fields}
    assert app.selectbox(key=f"dataset-{name}").value == config.dataset
    captions = [caption.value for caption in app.main.caption]
    assert RECIPES[name].summary in captions
    assert any(f"{config.model.parameter_count:,} parameters" in caption for caption in captions)


@pytest.mark.parametrize("given", ["/", "..", "MNIST/../..", "no-such-folder", "~"])
def test_images_outside_the_data_root_are_an_error_and_cannot_be_started(given):
    app = opened("train", state={"dataset-digits-2d": given})
    assert_explained(app)
    (sentence,) = notices(app)
    assert sentence.startswith(f"{given!r} is neither one of")
    assert [(button.label, button.disabled) for button in app.button] == [("Start training", True)]


def test_a_folder_inside_the_data_root_can_be_started():
    app = opened("train", state={"dataset-digits-2d": "MNIST/raw"})
    assert_explained(app)
    assert notices(app) == []
    assert [button.disabled for button in app.button] == [False]


def test_a_model_that_would_be_too_large_is_an_error_and_cannot_be_started():
    app = opened("train", recipe="oasis-8")
    app.number_input(key="hidden-oasis-8").set_value(8192).run()
    assert_explained(app)
    (sentence,) = notices(app)
    assert "134,443,024 parameters, more than 100,000,000" in sentence
    assert [button.disabled for button in app.button] == [True]


def test_start_starts_what_the_form_says_and_follows_it(monkeypatch, own_run):
    started = []

    def start(recipe: str, changes: dict[str, Any]) -> Run:
        started.append((recipe, changes))
        return own_run

    monkeypatch.setattr(recipe_form, "start_training", start)
    app = opened("train", recipe="mnist-20")
    app.number_input(key="epochs-mnist-20").set_value(3).run()
    app.button[0].click().run()
    ((recipe, changes),) = started
    assert (recipe, changes["epochs"], changes["dataset"], changes["hidden"]) == ("mnist-20", 3, "mnist", 400)
    assert app.query_params["run"] == own_run.name
    assert_explained(app)


def test_a_run_that_cannot_be_started_is_a_sentence_on_the_form(monkeypatch):
    def start(*_: object) -> Run:
        raise RunError("another is training; stop it first.")

    monkeypatch.setattr(recipe_form, "start_training", start)
    app = opened("train")
    app.button[0].click().run()
    assert_explained(app)
    assert notices(app) == ["another is training; stop it first."]


def test_what_was_set_is_kept_while_another_page_or_a_run_is_open(monkeypatch, own_run):
    monkeypatch.setattr(recipe_form, "start_training", lambda *_: own_run)
    app = opened("train")
    app.number_input(key="epochs-digits-2d").set_value(3).run()
    app.segmented_control(key="reconstruction-digits-2d").set_value("mse").run()
    turned(turned(app, "overview"), "train")
    app.button[0].click().run()
    assert app.query_params["run"] == own_run.name
    app.button(key="new").click().run()
    assert_explained(app)
    assert app.number_input(key="epochs-digits-2d").value == 3
    assert app.segmented_control(key="reconstruction-digits-2d").value == "mse"


def test_a_recipe_that_is_picked_again_begins_with_its_defaults():
    app = opened("train")
    app.number_input(key="epochs-digits-2d").set_value(3).run()
    app.selectbox(key="recipe").set_value("mnist-20").run()
    app.selectbox(key="recipe").set_value("digits-2d").run()
    assert_explained(app)
    assert app.number_input(key="epochs-digits-2d").value == RECIPES["digits-2d"].config.training.epochs
