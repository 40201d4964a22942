"""Runs that are broken are a sentence each, and the other models go on."""

import re
from typing import Any, NoReturn

import pytest
from small_runs import change_json
from streamlit.testing.v1 import AppTest
from visitor import VAE_PAGES, assert_explained, boxes, components, content, entry_of, notices, opened, shown

from explorer.errors import RunError
from explorer.inference import Session
from explorer.ui import codebook, model_blob, prior_health
from explorer.ui.map_blob import run_of
from explorer.ui.picker import FIRST_MODEL

pytestmark = pytest.mark.usefixtures("small_data")
VAE_MODEL_PAGES = [page for page in VAE_PAGES if page != "train"]


SHORTAGE = "There is too little memory."


def short_of_memory(*_: Any, **__: Any) -> NoReturn:
    raise RunError(SHORTAGE)


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


# what goes wrong while a page is drawn


@pytest.mark.parametrize(
    ("page", "method", "link"),
    [
        ("reconstruct", "quality", {}),
        ("reconstruct", "reconstruct", {}),
        ("overview", "reconstruct", {}),
        ("anomalies", "reconstruct", {"scored": "Changed images"}),
    ],
)
def test_a_lack_of_memory_is_a_sentence_in_place_of_what_needs_it(page, method, link, two_runs, monkeypatch):
    monkeypatch.setattr(Session, method, short_of_memory)
    app = opened(page, model=two_runs[0].name, **link)
    assert_explained(app)
    assert SHORTAGE in boxes(app)


def test_a_panel_whose_server_cannot_decode_says_why(own_run, monkeypatch):
    monkeypatch.setattr(model_blob, "MOST_BYTES", 100)
    app = opened("sliders", model=own_run.name)
    monkeypatch.setattr(Session, "decode", short_of_memory)
    app.session_state[f"sliders-decodes-{own_run.name}"] = {"wanted": {"seq": 7, "latents": [[0.0, 0.0]]}}
    app.run()
    assert_explained(app)
    assert boxes(app) == [SHORTAGE]


@pytest.mark.parametrize(
    ("page", "wish"),
    [
        ("sliders", {"movie": {"kind": "gif", "from": [-1.0, 0.0], "to": [1.0, 0.0]}}),
        ("manifold", {"wish": {"save": "gif", "latents": [[-1.0, 0.0], [1.0, 0.0]]}}),
    ],
)
def test_a_movie_that_cannot_be_made_is_a_sentence_beside_a_page_that_goes_on(page, wish, monkeypatch):
    app = opened(page, model="mnist-2d")
    before = content(app)
    monkeypatch.setattr(Session, "decode", short_of_memory)
    ((name, sent),) = wish.items()
    app.session_state[page] = {name: sent | {"run": run_of(entry_of("mnist-2d"))}}
    app.run()
    assert_explained(app)
    assert [shown(each.value) for each in app.toast] == [SHORTAGE]
    assert content(app) == before


@pytest.mark.parametrize(
    ("page", "part", "function"),
    [("sample", prior_health, "open_code_maps"), ("codebook", codebook, "open_code_session")],
)
def test_a_part_whose_codes_cannot_be_read_any_more_says_why(page, part, function, code_run, monkeypatch):
    monkeypatch.setattr(part, function, short_of_memory)
    app = opened(page, model=code_run.name)
    assert_explained(app)
    assert SHORTAGE in boxes(app)


def test_a_broken_run_that_is_opened_from_training_is_named_and_the_page_stays(own_run):
    app = opened("train", run="mine")
    (own_run.directory / "latents.safetensors").write_bytes(b"garbage")
    app.button(key="open").click().run()
    assert_explained(app)
    assert [title.value for title in app.title] == ["Train"]
    assert notices(app) == [f"The model 'mine' cannot be opened, so this is {FIRST_MODEL}."]
