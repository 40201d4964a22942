"""Every page with every shipped model, with a run of the command line, and for the first visitor of a server."""

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test
from visitor import (
    MODELS,
    PAGES,
    VAE_PAGES,
    VQVAE_PAGES,
    WITH_STAND_IN,
    arriving,
    assert_explained,
    content,
    notices,
    opened,
    recorded,
)

from explorer.ui.picker import FIRST_MODEL

pytestmark = pytest.mark.usefixtures("small_data")
VQVAES = [name for name in MODELS if recorded(name).config.has_codes]


@pytest.fixture
def fresh_process(known_navigation: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """The next run of the script is the first one of its server."""
    monkeypatch.setattr(app_test, "PagesManager", PagesManager)


def test_there_are_pages_and_shipped_models_to_test():
    assert {"overview", "train", "sliders", "reconstruct"} <= set(PAGES)
    assert {"mnist-20", "mnist-2d"} <= set(WITH_STAND_IN) <= set(MODELS)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_every_shipped_model_and_has_nothing_to_complain_about(page, model):
    app = opened(page, model=model)
    assert_explained(app)
    assert notices(app) == []
    assert (content(app) != []) is (page in (VQVAE_PAGES if model in VQVAES else VAE_PAGES))
    assert app.sidebar.selectbox(key="model").value == model
    assert app.query_params["model"] == model


@pytest.mark.parametrize("page", VAE_PAGES)
def test_every_page_draws_a_run_of_the_command_line_like_a_shipped_model(page, own_run):
    app = opened(page, model=own_run.name)
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []
    assert app.sidebar.selectbox(key="model").value == own_run.name


def test_the_address_without_a_page_opens_the_overview_of_the_first_model():
    app = arriving().run()
    assert_explained(app)
    assert [title.value for title in app.title] == [FIRST_MODEL]


@pytest.mark.usefixtures("fresh_process")
@pytest.mark.parametrize("page", VAE_PAGES)
def test_the_first_visitor_of_a_process_comes_by_a_deep_link_and_gets_the_page_through_the_app(page):
    app = opened(page, model="oasis-8")
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []
    assert app.sidebar.selectbox(key="model").value == "oasis-8"
