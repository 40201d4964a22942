"""Runs that are broken are a sentence each, and the other models go on."""

import re

import pytest
from small_runs import change_json
from streamlit.testing.v1 import AppTest
from visitor import VAE_PAGES, assert_explained, components, content, notices, opened, shown

from explorer.ui.picker import FIRST_MODEL

pytestmark = pytest.mark.usefixtures("small_data")
VAE_MODEL_PAGES = [page for page in VAE_PAGES if page != "train"]


def broken_sentence(app: AppTest) -> str:
    """The one sentence about a broken run in the sidebar."""
    (sentence,) = [each.value for each in app.sidebar.caption if "cannot be opened" in shown(each.value)]
    return shown(str(sentence))


@pytest.mark.parametrize("page", VAE_PAGES)
@pytest.mark.parametrize("written", [b"garbage", b"{}", b"\xff\x00", b""])
def test_a_run_whose_record_is_garbage_is_one_sentence_in_the_sidebar_and_other_models_go_on(page, written, own_model):
    (own_model.directory / "run.json").write_bytes(written)
    app = opened(page)
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []
    assert ":material/warning: mine cannot be opened." in broken_sentence(app)
    assert "mine" not in app.sidebar.selectbox(key="model").options


@pytest.mark.parametrize("page", VAE_MODEL_PAGES)
@pytest.mark.parametrize("file", ["model.safetensors", "latents.safetensors"])
def test_a_run_whose_arrays_are_cut_off_is_one_sentence_in_the_sidebar_and_other_models_go_on(page, file, own_model):
    arrays = own_model.directory / file
    arrays.write_bytes(arrays.read_bytes()[:1000])
    app = opened(page, model="mine")
    assert_explained(app)
    assert f"{file} cannot be read" in broken_sentence(app)
    assert notices(app) == [f"The model 'mine' cannot be opened, so this is {FIRST_MODEL}."]
    assert components(app) != []


@pytest.mark.parametrize("page", [page for page in VAE_MODEL_PAGES if page != "compare"])  # it begins with others
def test_a_run_whose_weights_are_of_another_model_is_one_sentence_on_the_page_and_other_models_go_on(page, own_model):
    change_json(own_model.directory / "run.json", ("config", "model"), hidden=3)
    app = opened(page, model="mine")
    assert_explained(app)
    (sentence,) = notices(app)
    assert sentence.startswith("The weights do not fit the model that run.json describes")
    assert components(app) == []
    app.sidebar.selectbox(key="model").set_value("mnist-2d").run()
    assert_explained(app)
    assert notices(app) == []
    assert components(app) != []


def test_a_run_without_stored_latents_has_sliders_over_the_prior(own_run):
    (own_run.directory / "latents.safetensors").unlink()
    app = opened("sliders", model="mine")
    assert_explained(app)
    assert components(app) == ["sliders"]
    (panel,) = app.get("bidi_component")
    assert b'range\\": \\"prior' in panel.proto.bytes


def test_a_run_without_weights_is_one_sentence_in_the_sidebar(own_model):
    (own_model.directory / "model.safetensors").unlink()
    app = opened("overview")
    assert_explained(app)
    assert broken_sentence(app).endswith("mine has no weights yet.")


@pytest.mark.parametrize(
    ("page", "file", "reason"),
    [
        ("overview", "history.jsonl", r"history\.jsonl, line 1, is broken"),
    ],
)
def test_what_else_is_broken_in_a_run_is_one_sentence_on_the_page_that_needs_it(page, file, reason, own_model):
    path = own_model.directory / file
    path.write_bytes(b"?\n" + path.read_bytes())
    app = opened(page, model="mine")
    assert_explained(app)
    (sentence,) = notices(app)
    assert re.search(reason, sentence)
