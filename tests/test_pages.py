"""Every page as AppTest draws it, through app.py: with every shipped model, without any, without data; broken runs."""

import io
import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets_files import write_adni, write_idx, write_oasis
from PIL import Image
from safetensors.numpy import save
from small_runs import change_json, train_small, train_small_vqvae, wait_until
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test
from torch import nn

from explorer import browser_net, library
from explorer.errors import RunError
from explorer.inference import Session
from explorer.latent import Start
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED, PROJECT, runs_root
from explorer.recipes import RECIPES
from explorer.records import Request, RunRecord, Status
from explorer.runs import Run
from explorer.turns import CANCELLED, queueing_for, training_at
from explorer.ui import model_blob, recipe_form, run_actions, upload
from explorer.ui.handoff import _Handed as Handed
from explorer.ui.picker import FIRST_MODEL
from explorer.ui.run_actions import LOOKING
from explorer.ui.state import OTHER_IMAGES, STAND_INS

pytestmark = pytest.mark.usefixtures("thawed", "known_navigation")


def recorded(model: str) -> RunRecord:
    """What a shipped model says about itself."""
    return Run(PRETRAINED / model).read_record()


PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
CODE_PAGES = {"codebook"}  # they show what only a VQ-VAE has
LATENT_PAGES = {"sliders", "manifold", "interpolate"}  # they show what only a VAE has
VAE_PAGES = [page for page in PAGES if page not in CODE_PAGES]
VQVAE_PAGES = [page for page in PAGES if page not in LATENT_PAGES]
MODEL_PAGES = [page for page in PAGES if page != "train"]  # they show a model, and need one
VAE_MODEL_PAGES = [page for page in VAE_PAGES if page != "train"]
MODELS = sorted(path.parent.name for path in PRETRAINED.glob("*/run.json"))
WITH_STAND_IN = [name for name in MODELS if recorded(name).data.name in STAND_INS]
VQVAES = [name for name in MODELS if recorded(name).config.has_codes]
PATIENCE = 60  # seconds; the first page imports torch


@pytest.fixture(scope="module")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a little of every set that a shipped model knows: noise in MNIST's, OASIS's and ADNI's form."""
    root = tmp_path_factory.mktemp("data")
    write_idx(root / "MNIST" / "raw", test=40)
    write_oasis(root / "oasis", side=64)
    write_adni(root / "adni" / "AD_NC", height=120, width=128)
    return root


@pytest.fixture(autouse=True)
def data(small_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages find the small sets."""
    monkeypatch.setenv("EXPLORER_DATA", str(small_data))


@pytest.fixture
def fresh_process(known_navigation: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """The next run of the script is the first one of its server."""
    monkeypatch.setattr(app_test, "PagesManager", PagesManager)


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root that does not exist."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    return tmp_path / "nowhere"


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shipped, and nothing was trained."""
    monkeypatch.setattr(library, "PRETRAINED", tmp_path / "nothing")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as the command line leaves it, of 12 × 12 pixels."""
    return train_small(tmp_path_factory.mktemp("trained") / "run").directory


@pytest.fixture
def own_run(trained: Path) -> Run:
    """A copy of that run in the runs root, stopped."""
    directory = runs_root() / "mine"
    shutil.copytree(trained, directory)
    run = Run(directory)
    run.write_status(Status(phase="stopped", epoch=2, epochs=4))
    return run


@pytest.fixture
def own_model() -> Run:
    """A copy of a shipped model in the runs root, there to be damaged."""
    directory = runs_root() / "mine"
    shutil.copytree(PRETRAINED / "mnist-2d", directory, copy_function=shutil.copyfile)  # with a date of its own
    return Run(directory)


@pytest.fixture
def lost_model(own_model: Run) -> Run:
    """A model whose images are nowhere, and nothing like them."""
    change_json(own_model.directory / "run.json", ("data",), name="gone", source="far/gone")
    return own_model


def opened(page: str, *, state: dict[str, Any] | None = None, **link: str) -> AppTest:
    """A new visitor on a page, with what the address says and what the session holds already."""
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    for name, value in link.items():
        app.query_params[name] = value
    for name, value in (state or {}).items():
        app.session_state[name] = value
    return app.switch_page(f"pages/{page}.py").run()


def turned(app: AppTest, page: str) -> AppTest:
    """The same visitor on another page."""
    return app.switch_page(f"pages/{page}.py").run()


def components(app: AppTest) -> list[str]:
    """The browser components that were mounted."""
    return [each.proto.component_name.removeprefix("explorer_") for each in app.get("bidi_component")]


def content(app: AppTest) -> list[str]:
    """What a page is for: components, charts and fields."""
    charts = ["chart"] * len(app.get("plotly_chart"))
    return components(app) + charts + [each.label for each in app.number_input]


def shown(markdown: str) -> str:
    """What a reader sees of escaped Markdown."""
    return re.sub(r"\\(.)", r"\1", markdown)


def links(app: AppTest) -> list[str]:
    """The pages that a page leads to, beside those of the lesson."""
    return [link.proto.page for link in app.get("page_link") if "lesson=" not in link.proto.query_string]


def boxes(app: AppTest) -> list[str]:
    """Every sentence in a coloured box."""
    return [shown(each.value) for kind in (app.error, app.warning, app.info) for each in kind]


def notices(app: AppTest) -> list[str]:
    """Every such sentence but the one that the small sets of these tests earn: they are not what was trained on."""
    return [sentence for sentence in boxes(app) if sentence != OTHER_IMAGES]


def sheet(app: AppTest) -> dict[str, Any]:
    """What the only image sheet of a page was given."""
    (found,) = [each for each in app.get("bidi_component") if each.proto.component_name == "explorer_sheet"]
    return dict(json.loads(found.proto.json))


def tag_of_sliders(app: AppTest) -> str:
    """The tag of the blob that the slider panel was given: its second line."""
    (panel,) = app.get("bidi_component")
    return str(panel.proto.bytes.split(b"\n", 2)[1].decode())


def committed(app: AppTest, z: list[float], start: int = 0) -> dict[str, Any]:
    """What the page sends when a slider is released."""
    return {"committed": {"z": z, "start": start, "basis": "latent", "tag": tag_of_sliders(app), "seq": 1}}


def assert_explained(app: AppTest) -> None:
    """No traceback, and one popover that says what is seen, beside what the page takes in and gives away."""
    assert [each.message for each in app.exception] == []
    popovers = [each.proto.popover.label for each in app.get("popover")]
    assert [label for label in popovers if label not in {"Upload", "Save", "UMAP"}] == ["What am I looking at?"]


def broken_sentence(app: AppTest) -> str:
    """The one sentence about a broken run in the sidebar."""
    (sentence,) = [each.value for each in app.sidebar.caption if "cannot be opened" in shown(each.value)]
    return shown(str(sentence))


# what there is


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
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE).run()
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


def test_the_overview_states_the_recorded_numbers_of_the_model_and_links_to_the_other_pages():
    app = opened("overview", model="oasis-8")
    line = recorded("oasis-8").trained
    assert [metric.value for metric in app.metric][:3] == [
        f"{line.test.elbo:.1f}",
        f"{line.test.ssim:.3f}",
        f"{line.test.kl:.1f}",
    ]
    assert links(app) == ["sliders", "reconstruct", "train"]


def test_the_overview_draws_other_samples_when_asked():
    app = opened("overview")
    first = app.get("bidi_component")[0].proto.json
    app.button[0].click().run()
    assert app.get("bidi_component")[0].proto.json != first
    assert_explained(app)


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


# no data


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
        stored = json.loads(app.get("bidi_component")[-1].proto.json)
        assert stored["rows"][0]["label"] == f"epoch {lost_model.read_record().trained.epoch}"


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


# broken runs


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


@pytest.mark.parametrize(("page", "data_are_those_of_the_run"), [("overview", False), ("reconstruct", True)])
def test_other_images_than_those_trained_on_are_called_so(page, data_are_those_of_the_run, own_run):
    if not data_are_those_of_the_run:
        change_json(own_run.directory / "run.json", ("data",), fingerprint="other")
    assert (OTHER_IMAGES in boxes(opened(page, model="mine"))) is not data_are_those_of_the_run


def test_a_title_from_elsewhere_is_shown_as_it_is_written(own_run):
    change_json(own_run.directory / "run.json", ("data",), title="![x](http://localhost/x.png)")
    app = opened("overview", model="mine")
    assert not any("![x](" in caption.value for caption in app.caption)
    assert any("![x](http://localhost/x.png)" in shown(caption.value) for caption in app.caption)


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


# sliders


def test_released_sliders_are_in_the_address_and_wait_there_for_each_model():
    app = opened("sliders", model="mnist-2d")
    assert "z" not in app.query_params
    app.session_state["sliders"] = committed(app, [0.5, -1.25], start=3)
    app.run()
    assert (app.query_params["z"], app.query_params["start"]) == ("0.5_-1.25", "3")

    app.sidebar.selectbox(key="model").set_value("mnist-20").run()
    assert "z" not in app.query_params
    app.sidebar.selectbox(key="model").set_value("mnist-2d").run()
    assert app.query_params["z"] == "0.5_-1.25"
    assert_explained(app)


def test_what_was_released_for_another_blob_is_not_taken_for_this_one():
    app = opened("sliders", model="mnist-2d")
    left = committed(app, [0.5, -1.25]) | {"tag": "0"}
    app.session_state["sliders"] = {"committed": left["committed"] | {"tag": "00000000"}}
    app.run()
    assert_explained(app)
    assert "z" not in app.query_params


def test_a_link_with_z_opens_the_sliders_there():
    app = opened("sliders", model="mnist-2d", z="0.5_-1.25", start="3")
    assert_explained(app)
    panel = panel_of(app)
    assert (panel["z"], panel["start"]) == ([0.5, -1.25], 3)
    assert app.query_params["z"] == "0.5_-1.25"


def test_principal_axes_are_in_the_address_and_dimensions_are_what_it_means_otherwise():
    app = opened("sliders", model="mnist-2d", z="0.5_-1.25", basis="principal")
    assert panel_of(app)["basis"] == app.query_params["basis"] == "principal"
    app.session_state["sliders"] = committed(app, [0.5, -1.25])
    app.run()
    assert "basis" not in app.query_params
    assert panel_of(opened("sliders", model="mnist-2d", z="0.5_-1.25", basis="other"))["basis"] == "latent"


@pytest.mark.parametrize(
    ("change", "files"), [({}, 1), ({"to": [0.0]}, 0), ({"from": [0.0] * 3}, 0), ({"kind": "exe"}, 0)]
)
def test_a_movie_is_saved_where_it_is_one_of_this_model(change, files):
    app = opened("sliders", model="mnist-2d")
    app.session_state["sliders"] = {"movie": {"kind": "gif", "from": [-1.0, 0.0], "to": [1.0, 0.0]} | change}
    app.run()
    assert_explained(app)
    saved = [each.proto.bytes for each in app.get("bidi_component") if each.proto.component_name == "explorer_save"]
    assert [content[:30] for content in saved] == [b"image/gif\nmnist-2d.gif\nGIF89a\xe0"] * files


@pytest.mark.parametrize("z", ["", "0.5", "1_2_3", "a_b", "nan_0", "inf_0", "1e9_0", "0.5_"])
def test_a_link_with_a_z_that_is_none_opens_the_sliders_where_they_usually_start(z):
    app = opened("sliders", model="mnist-2d", z=z)
    assert_explained(app)
    assert panel_of(app)["z"] is None
    assert "z" not in app.query_params


def panel_of(app: AppTest) -> dict[str, Any]:
    """The facts that the slider panel was given, from the metadata of its blob."""
    return dict(json.loads(metadata_of(app)["panel"]))


def metadata_of(app: AppTest) -> dict[str, str]:
    """The metadata of the slider panel's blob."""
    mounted = app.get("bidi_component")[0]
    blob = mounted.proto.bytes.split(b"\n", 2)[2]
    length = int.from_bytes(blob[:8], "little")
    return dict(json.loads(blob[8 : 8 + length])["__metadata__"])


def sliders_with(**files: bytes) -> AppTest:
    """A visitor who brought images to the Sliders page of mnist-20."""
    app = opened("sliders", model="mnist-20")
    app.file_uploader[0].set_value([(name, content, "image/png") for name, content in files.items()]).run()
    assert_explained(app)
    return app


def test_uploads_are_starts_of_the_sliders_and_the_panel_gets_them_once():
    app = sliders_with(**{"*one*.png": png(LIGHT_ON_DARK), "two.png": png(DARK_ON_LIGHT)})
    starts = panel_of(app)["starts"]
    assert [(start["label"], start["group"]) for start in starts] == [("*one*.png", "upload"), ("two.png", "upload")]
    one, two = (np.array(start["z"]) for start in starts)
    assert one.shape == (20,)
    assert np.abs(one).max() > 0.5
    np.testing.assert_allclose(one, two, atol=0.3)  # the second is the negative of the first, and was inverted

    tag = tag_of_sliders(app)
    app.session_state["sliders"] = committed(app, [0.5] * 20)
    app.run()
    assert tag_of_sliders(app) == tag
    app.file_uploader[0].set_value([]).run()
    assert panel_of(app)["starts"] == []


def test_what_another_page_handed_over_is_a_start_of_its_own_model_alone():
    point = Start("clicked on the map", "last clicked", np.array([0.25, -1.5], np.float32))
    (entry,) = [each for each in library.list_runs()[0] if each.key == "mnist-2d"]
    app = opened("sliders", model="mnist-2d", state={"handed": Handed(entry.key, point)})
    assert_explained(app)
    assert panel_of(app)["starts"] == [{"label": point.label, "group": point.group, "z": [0.25, -1.5]}]
    app.sidebar.selectbox(key="model").set_value("mnist-mse-2").run()
    assert panel_of(app)["starts"] == []


def test_where_visitors_only_look_the_sliders_take_no_uploads(monkeypatch):
    monkeypatch.setenv("EXPLORER_READONLY", "1")
    app = opened("sliders", model="mnist-20")
    assert_explained(app)
    assert list(app.file_uploader) == []


@pytest.mark.parametrize(
    ("limit", "value", "why"),
    [
        ("MOST_BYTES", 100, "has 0.0 MB of weights"),
        ("MOST_FLOPS", {"decoder": 100, "encoder": 100}, "takes 0 million operations an image"),
    ],
)
def test_a_net_beyond_the_limits_stays_on_the_server_which_answers_what_the_page_asks(
    limit, value, why, own_run, monkeypatch
):
    monkeypatch.setattr(model_blob, limit, value)
    app = opened("sliders", model="mine")
    assert_explained(app)
    assert components(app) == ["sliders", "decodes"]
    metadata = metadata_of(app)
    assert metadata.keys() == {"model", "panel"}
    assert json.loads(metadata["model"])["left_out"] == {"decoder": why, "encoder": why}
    assert answer_of(app) == ("", b"")

    latents = [[0.5, -1.0], [0.0, 0.0], [2.0, 1.0]]
    app.session_state[f"sliders-decodes-{own_run.name}"] = {"wanted": {"seq": 7, "latents": latents}}
    app.run()
    expected = grey_tiles(Session(own_run).decode(np.array(latents, np.float32)))
    assert answer_of(app) == ("7", expected.tobytes())


def test_a_layer_that_the_page_does_not_know_keeps_its_net_on_the_server(own_run, monkeypatch):
    monkeypatch.delitem(browser_net.LAYERS, nn.ReLU)
    app = opened("sliders", model=own_run.name)
    assert_explained(app)
    why = "cannot run in the page (net.js has no layer ReLU)"
    assert json.loads(metadata_of(app)["model"])["left_out"] == {"decoder": why, "encoder": why}


def answer_of(app: AppTest) -> tuple[str, bytes]:
    """The number of the question that the page was answered last, and the images."""
    (carrier,) = [each for each in app.get("bidi_component") if each.proto.component_name == "explorer_decodes"]
    _, seq, images = carrier.proto.bytes.split(b"\n", 2)
    return seq.decode(), images


# reconstruct


def test_reconstructions_are_put_in_the_order_that_the_address_asks_for():
    numbers = {}
    for order in ("As stored", "Worst first", "Best first"):
        app = opened("reconstruct", model="mnist-20", order=order, metric="PSNR")
        assert_explained(app)
        numbers[order] = [float(caption) for caption in sheet(app)["captions"]]
    assert numbers["Worst first"] == sorted(numbers["Worst first"])
    assert numbers["Best first"] == sorted(numbers["Best first"], reverse=True)
    assert numbers["As stored"] not in (numbers["Worst first"], numbers["Best first"])


def test_reconstructions_can_be_put_in_the_order_of_their_classes():
    labels = re.findall(
        r"class (\d)", " ".join(sheet(opened("reconstruct", model="mnist-20", order="By class"))["tooltips"])
    )
    assert labels == sorted(labels)
    assert len(set(labels)) > 1
    assert "By class" not in opened("reconstruct", model="oasis-8").selectbox(key="order").options


def test_a_sample_of_the_posterior_is_drawn_anew_when_asked_and_the_mean_never():
    app = opened("reconstruct", model="mnist-20", latent="Sample")
    first = sheet(app)
    (button,) = app.button
    button.click().run()
    assert sheet(app)["atlas"] != first["atlas"]
    assert first["rows"][1]["detail"] == "posterior sample"

    mean = opened("reconstruct", model="mnist-20")
    assert list(mean.button) == []
    assert sheet(mean)["rows"][1]["detail"] == "posterior mean"


def test_a_class_narrows_the_reconstructions_down_and_is_only_offered_where_there_are_classes():
    app = opened("reconstruct", **{"model": "mnist-20", "class": "7"})
    assert all(", class 7," in tooltip for tooltip in sheet(app)["tooltips"])
    assert len(sheet(app)["tooltips"]) == 4
    app.sidebar.selectbox(key="model").set_value("oasis-8").run()
    assert_explained(app)
    assert [box.label for box in app.selectbox] == ["Order", "Metric", "Model"]


def test_a_clicked_column_is_described_below_the_histogram_of_its_split():
    app = opened("reconstruct", model="mnist-20")
    given = sheet(app)
    assert not app.main.caption[-1].value.count("marked")
    app.session_state[given["key"]] = {"picked": {"index": 2, "seq": 1}}
    app.run()
    assert_explained(app)
    assert shown(app.main.caption[-1].value).endswith(f"marked: {given['tooltips'][2]}.")


def test_nonsense_in_the_address_of_a_page_is_as_good_as_nothing():
    link = {"split": "x", "latent": "x", "order": "x", "metric": "x", "class": "x"}
    app = opened("reconstruct", model="mnist-20", **link)
    assert_explained(app)
    assert sheet(app) == sheet(opened("reconstruct", model="mnist-20"))


# train


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


# a run on the training page


@pytest.fixture
def live_run(own_run: Run) -> Iterator[Run]:
    """A run that a process holds the lock of: this one."""
    own_run.write_status(Status(phase="training", message="Reading images.", epoch=2, epochs=4))
    with own_run.locked():
        yield own_run


@pytest.mark.usefixtures("live_run")
def test_a_run_that_trains_is_followed_by_whoever_opens_the_page():
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert len(app.get("plotly_chart")) == 2
    assert components(app) == ["timemachine"]
    assert [metric.label for metric in app.metric][-1] == "SSIM, test"
    assert [button.label for button in app.button] == ["Stop", "New run"]


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


# a VQ-VAE


@pytest.fixture(scope="module")
def trained_codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VQ-VAE of 4 × 4 codes out of 16 and its prior, as the command line leaves them."""
    return train_small_vqvae(tmp_path_factory.mktemp("codes") / "run").directory


@pytest.fixture
def code_run(trained_codes: Path) -> Run:
    """A copy of that run in the runs root."""
    directory = runs_root() / "codes"
    shutil.copytree(trained_codes, directory)
    return Run(directory)


@pytest.fixture
def half_a_run(code_run: Run) -> Run:
    """The same after its first stage."""
    shutil.rmtree(code_run.prior.directory)
    change_json(code_run.directory / "run.json", (), prior=None)
    code_run.write_status(Status(phase="stopped", stage="autoencoder", epoch=2, epochs=2))
    return code_run


@pytest.mark.parametrize("page", VQVAE_PAGES)
def test_every_page_that_is_not_about_latent_numbers_draws_a_vq_vae(page, code_run):
    app = opened(page, model=code_run.name)
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []


@pytest.mark.parametrize("page", LATENT_PAGES)
def test_a_page_about_latent_numbers_says_why_a_vq_vae_has_none_and_leads_to_its_codes(page, code_run):
    app = opened(page, model=code_run.name)
    assert_explained(app)
    assert content(app) == []
    button = next(each for each in app.button if "code" in each.label.lower())
    button.click().run()
    assert [title.value for title in app.title] == ["Codebook"]
    assert app.sidebar.selectbox(key="model").value == code_run.name


def test_a_page_without_sliders_leads_to_the_samples_too(code_run):
    app = opened("sliders", model=code_run.name)
    assert any("a map of 4 × 4 codes, each of them one of 16" in shown(each.value) for each in app.caption)
    (button,) = [each for each in app.button if each.label == "Draw new maps"]
    button.click().run()
    assert [title.value for title in app.title] == ["Sample"]


def test_the_overview_of_a_vq_vae_states_the_recorded_numbers_of_both_stages(code_run):
    app = opened("overview", model=code_run.name)
    record = code_run.read_record()
    test, prior = record.trained.test, record.prior
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["SSIM, test"][0] == f"{test.ssim:.3f}"
    assert metrics["Perplexity, test"] == (f"{test.perplexity:.0f}", f"{test.usage:.0%} of 16 used")
    unigram = f"per-site unigram {prior.site_unigram:.2f}"
    assert metrics["Bits per code, test"] == (f"{prior.test:.2f}", unigram)
    assert metrics["Bits per image, test"] == (f"{16 * prior.test:.0f}", "16 codes")
    assert len(app.get("plotly_chart")) == 2
    assert links(app) == ["codebook", "sample", "reconstruct", "train"]
    fit = f"SSIM {test.ssim:.3f}, {prior.test:.2f} bits per code, test"
    assert any(fit in each.value and "codes of 16" in each.value for each in app.sidebar.caption)


def test_a_vq_vae_without_a_prior_shows_reconstructions_in_place_of_samples(half_a_run):
    app = opened("overview", model=half_a_run.name)
    assert_explained(app)
    assert any("not trained yet" in shown(each.value) for each in app.markdown)
    first = json.loads(app.get("bidi_component")[0].proto.json)
    assert first["rows"][0]["label"] == "epoch 2"
    assert not any(button.label == "Draw again" for button in app.button)
    assert {metric.label: metric.value for metric in app.metric}["Bits per code"] == "none"


def test_a_vq_vae_is_decoded_from_its_codes_and_there_is_nothing_to_choose(code_run):
    app = opened("reconstruct", model=code_run.name)
    assert_explained(app)
    assert [each.key for each in app.get("button_group") if each.key == "latent"] == []
    assert sheet(app)["rows"][1]["detail"] == "from its codes"


def test_a_vq_vae_on_the_training_page_has_the_curves_of_both_stages_and_opens_in_the_codebook(code_run):
    app = opened("train", run=code_run.name)
    assert_explained(app)
    assert any("stage 2 of 2: prior" in each.value for each in app.markdown)
    assert len(app.get("plotly_chart")) == 4
    bits = code_run.read_record().prior.trained
    metrics = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert metrics["Bits per code, validation"] == (f"{bits.validation:.2f}", f"train {bits.train_sample:.2f}")
    (button,) = [each for each in app.button if each.label == "Open in Codebook"]
    button.click().run()
    assert [title.value for title in app.title] == ["Codebook"]


def test_a_vq_vae_that_ended_between_its_stages_says_so_and_can_be_resumed(half_a_run):
    app = opened("train", run=half_a_run.name)
    assert_explained(app)
    assert any("stage 1 of 2: autoencoder" in each.value for each in app.markdown)
    assert len(app.get("plotly_chart")) == 3
    assert [button.label for button in app.button if button.label] == ["Resume", "Open in Codebook", "New run"]


def test_a_finished_vq_vae_is_not_trained_on(code_run):
    app = opened("train", run=code_run.name)
    assert [button.label for button in app.button if button.label] == ["Open in Codebook", "New run"]


def test_weights_are_imported_like_the_recipe_of_a_vae():
    app = opened("overview")
    (button,) = [each for each in app.button if each.label == "Bring your own weights"]
    button.click().run()
    offered = app.selectbox(key="import-recipe").options
    assert offered == [name for name, recipe in RECIPES.items() if not recipe.config.has_codes]


# the queue and every run


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


def captions(app: AppTest) -> list[str]:
    return [shown(each.value) for each in app.main.caption]


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


@pytest.fixture
def readonly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server for looking."""
    monkeypatch.setenv("EXPLORER_READONLY", "1")


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


# uploads


def png(pixels: np.ndarray) -> bytes:
    """An image as a visitor's file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def uploaded(*files: tuple[str, bytes], **link: str) -> AppTest:
    """A visitor who brought files to the Reconstruct page."""
    app = opened("reconstruct", source="Upload", **{"model": "mnist-20", **link})
    app.file_uploader[0].set_value([(name, content, "image/png") for name, content in files]).run()
    assert_explained(app)
    return app


LIGHT_ON_DARK = np.pad(np.full((20, 6), 220, np.uint8), ((10, 10), (17, 17)))
DARK_ON_LIGHT = 240 - LIGHT_ON_DARK


def test_before_an_upload_the_page_says_what_may_come_and_shows_nothing_else():
    app = opened("reconstruct", model="mnist-20", source="Upload")
    assert_explained(app)
    assert notices(app) == content(app) == []
    (sentence,) = [caption.value for caption in app.main.caption if "megapixels" in caption.value]
    assert sentence.startswith("PNG, JPEG, TIFF or BMP, up to 20 MB and 25 megapixels each, 24 at most.")
    assert "28 × 28" in sentence


def test_uploads_are_framed_reconstructed_and_measured():
    app = uploaded(("a.png", png(LIGHT_ON_DARK)), ("b.png", png(DARK_ON_LIGHT)))
    given = sheet(app)
    assert notices(app) == []
    assert [row["label"] for row in given["rows"]] == ["original", "decoded", "residual"]
    assert (given["columns"], given["width"], given["height"]) == (2, 28, 28)
    assert [tooltip.split(",")[0] for tooltip in given["tooltips"]] == ["a.png", "b.png"]
    assert all(0 < float(caption) < 1 for caption in given["captions"])
    assert any("averaged down to 28 × 28" in caption.value for caption in app.main.caption)
    app.selectbox(key="metric").set_value("PSNR").run()
    assert all(5 < float(caption) < 60 for caption in sheet(app)["captions"])


@pytest.mark.parametrize("model", ["mnist-20", "mnist-vqvae"])
def test_what_is_dark_on_light_is_inverted_at_once_where_the_model_draws_on_black_until_the_visitor_objects(model):
    app = uploaded(("b.png", png(DARK_ON_LIGHT)), ("a.png", png(LIGHT_ON_DARK)), model=model)
    (toggle,) = app.toggle
    assert (toggle.label, toggle.value) == (
        "Invert what is dark on light: 1 of 2 images. This model draws light on dark.",
        True,
    )
    inverted = [float(caption) for caption in sheet(app)["captions"]]
    toggle.set_value(False).run()
    assert_explained(app)
    as_it_is = [float(caption) for caption in sheet(app)["captions"]]
    assert as_it_is[0] < inverted[0] - 0.1
    assert as_it_is[1] == inverted[1]


def test_a_visitor_can_invert_what_is_light_on_dark():
    app = uploaded(("a.png", png(LIGHT_ON_DARK)))
    (toggle,) = app.toggle
    assert (toggle.label, toggle.value) == ("Invert", False)
    before = sheet(app)["atlas"]
    toggle.set_value(True).run()
    assert sheet(app)["atlas"] != before


def test_a_file_that_cannot_be_used_is_a_sentence_and_its_name_is_no_markdown():
    app = uploaded(("![x](http://localhost/x).png", b"no image"), ("a.png", png(LIGHT_ON_DARK)))
    assert notices(app) == [
        "![x](http://localhost/x).png was left out: not a PNG, JPEG, TIFF or BMP image; "
        "save it as one of these and upload that."
    ]
    assert "![x](" not in app.warning[0].value
    assert sheet(app)["columns"] == 1


def test_files_of_too_many_bytes_alone_leave_the_page_with_their_sentences():
    app = uploaded(("big.png", png(LIGHT_ON_DARK) + bytes(20 * 1024**2)))
    assert notices(app) == ["big.png was left out: larger than 20 MB; make it smaller and upload that."]
    assert content(app) == []


def test_uploads_work_without_any_image_of_the_model(lost_model):
    app = uploaded(("a.png", png(LIGHT_ON_DARK)), model=lost_model.name)
    assert notices(app) == []
    assert sheet(app)["columns"] == 1


def test_another_model_takes_the_same_uploads_at_its_own_size():
    app = uploaded(("a.png", png(LIGHT_ON_DARK)))
    app.sidebar.selectbox(key="model").set_value("oasis-8").run()
    assert_explained(app)
    assert (sheet(app)["columns"], sheet(app)["width"]) == (1, 64)


@pytest.mark.parametrize("source", ["Upload", "Image set"])
def test_where_visitors_only_look_nothing_can_be_uploaded(source, monkeypatch):
    monkeypatch.setenv("EXPLORER_READONLY", "1")
    app = opened("reconstruct", model="mnist-20", source=source)
    assert_explained(app)
    assert list(app.file_uploader) == []
    assert [control.label for control in app.segmented_control] == ["Split", "Latent"]
    assert components(app) == ["sheet"]


def test_a_model_that_draws_on_another_ground_leaves_dark_on_light_images_as_they_are(monkeypatch):
    monkeypatch.setattr(upload, "BLACK", 0.0)
    (toggle,) = uploaded(("b.png", png(DARK_ON_LIGHT))).toggle
    assert (toggle.label, toggle.value) == ("Invert what is dark on light: your image.", False)


# imports


def state_dict() -> bytes:
    """Somebody's weights by the names of the usual tutorial: 28 × 28 pixels, 5 hidden units, 2 latents."""
    shapes = {"fc1": (5, 784), "fc_mu": (2, 5), "fc_var": (2, 5), "fc3": (5, 2), "fc4": (784, 5), "odd": (1, 1)}
    draw = np.random.default_rng(0).standard_normal
    tensors = {f"{name}.weight": draw(shape).astype(np.float32) for name, shape in shapes.items()}
    return save(tensors | {f"{name}.bias": np.zeros(shape[0], np.float32) for name, shape in shapes.items()})


def button_called(app: AppTest, label: str) -> Any:
    (button,) = [button for button in app.button if button.label == label]
    return button


def run_in_dialog(app: AppTest) -> AppTest:
    """Run the script once more with the import dialog open: AppTest knows no fragments, which keep it open."""
    button_called(app, "Bring your own weights").click()
    return app.run()


def bringing(content: bytes, file: str = "their *vae*.safetensors", **fields: str) -> AppTest:
    """A visitor of the Overview who imports a file, with what fields of the dialog are set to."""
    app = run_in_dialog(opened("overview", model="mnist-20"))
    assert button_called(app, "Import").disabled
    app.file_uploader(key="import-file").set_value([(file, content, "application/octet-stream")])
    run_in_dialog(app)
    for label, value in fields.items():
        (field,) = [each for each in (*app.text_input, *app.text_area) if each.label == label.replace("_", " ")]
        field.set_value(value)
    button_called(app, "Import").click()
    run_in_dialog(app)
    assert [each.message for each in app.exception] == []
    return app


def test_uploaded_weights_become_the_chosen_run_whose_page_says_where_they_come_from():
    app = bringing(state_dict())
    assert_explained(app)
    assert app.query_params["model"] == app.sidebar.selectbox(key="model").value == "their-vae"
    record = Run(runs_root() / "their-vae").read_record()
    assert (record.config.model.hidden, record.config.model.latent_dim) == (5, 2)
    captions = [shown(caption.value) for caption in app.main.caption]
    assert "Imported from their *vae*.safetensors, read like the recipe mnist-20." in captions
    assert any("fc_mu + fc_var as encoder.3" in caption and "odd.weight" in caption for caption in captions)
    assert notices(app) == list(record.imported.notices) != []
    assert "chart" not in content(app), "nothing is known of its training"
    assert not any(metric.label == "Training time" for metric in app.metric)


@pytest.mark.parametrize("page", VAE_PAGES)
def test_every_page_draws_an_imported_run(page):
    bringing(state_dict())
    app = opened(page, model="their-vae")
    assert_explained(app)
    assert content(app) != []
    assert app.sidebar.selectbox(key="model").value == "their-vae"


@pytest.mark.parametrize(
    ("content", "fields", "sentence"),
    [
        (b"no weights", {}, "is neither a safetensors file nor one that torch.save wrote"),
        (state_dict(), {"Name_of_the_run": "../out"}, "A run's name is of letters a to z"),
        (state_dict(), {"Name_of_the_run": ""}, "A run's name is of letters a to z"),
        (state_dict(), {"Rename_tensors": "fc1"}, "--map takes old=new"),
        (state_dict(), {"Rename_tensors": "odd=even\nfc1=even"}, "fc1.bias and odd.bias would both be even.bias"),
    ],
)
def test_weights_that_cannot_be_imported_are_a_sentence_in_the_dialog_and_no_run(content, fields, sentence):
    app = bringing(content, **fields)
    (notice,) = notices(app)
    assert sentence in notice
    assert app.query_params["model"] == "mnist-20"
    assert not runs_root().exists()
    assert not (runs_root().parent / "out").exists()


def test_an_import_never_takes_the_name_of_a_run(own_run):
    before = own_run.read_weights()
    assert notices(bringing(state_dict(), Name_of_the_run="mine")) == [
        "There is a run mine already; choose another name."
    ]
    np.testing.assert_equal(own_run.read_weights(), before)


def test_images_outside_the_data_root_are_no_images_to_measure_on(tmp_path):
    images = write_idx(tmp_path / "elsewhere" / "shapes", train=32, test=16)
    app = run_in_dialog(opened("overview", model="mnist-20", state={"import-dataset-mnist-20": str(images)}))
    assert str(images) not in [box.value for box in app.selectbox]


def test_an_imported_run_without_its_images_shows_what_was_stored_on_import_and_never_calls_it_untrained():
    bringing(state_dict())
    change_json(runs_root() / "their-vae" / "run.json", ("data",), name="gone", source="far/gone")
    app = opened("reconstruct", model="their-vae")
    assert_explained(app)
    assert [(row["label"], row["detail"]) for row in sheet(app)["rows"]] == [("imported", "decoded")]


def test_an_imported_run_foretells_no_time_of_training(monkeypatch):
    bringing(state_dict())
    monkeypatch.setattr(library, "PRETRAINED", PRETRAINED / "nowhere")
    app = opened("train", recipe="mnist-20", model="their-vae")
    assert_explained(app)
    assert not any("at the pace of" in caption.value for caption in app.main.caption)


def test_where_visitors_only_look_no_weights_can_be_brought(monkeypatch):
    monkeypatch.setenv("EXPLORER_READONLY", "1")
    app = opened("overview", model="mnist-20")
    assert [button.label for button in app.button] == ["Draw again"]


# sample


def sampler_of(app: AppTest) -> tuple[str, dict[str, Any], set[str]]:
    """Of the blob that the panel of samples was given: its tag, what it says of the panel, its tensors."""
    mounted = next(each for each in app.get("bidi_component") if each.proto.component_name == "explorer_sampler")
    _, tag, blob = mounted.proto.bytes.split(b"\n", 2)
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    return tag.decode(), json.loads(header["__metadata__"]["panel"]), set(header)


def say(app: AppTest, **news: Any) -> AppTest:
    """The panel of samples says something."""
    settings = {"seed": 3, "temperature": 0.8, "truncation": 1.5, "source": "gaussian", "picked": None, "seq": 1}
    app.session_state["sample"] = {"committed": settings | {"tag": sampler_of(app)[0]} | news}
    return app.run()


def test_released_samples_are_in_the_address_and_the_settings_go_along_to_other_models_and_back():
    app = say(opened("sample", model="mnist-2d"))
    link = {name: app.query_params[name] for name in ("seed", "temperature", "truncation", "source")}
    assert link == {"seed": "3", "temperature": "0.80", "truncation": "1.50", "source": "gaussian"}
    before = sampler_of(app)

    say(app, truncation=None, seed=4)
    assert "truncation" not in app.query_params
    assert sampler_of(app) == before  # the bytes travel once a visit

    app.sidebar.selectbox(key="model").set_value("oasis-8").run()
    expected = {"seed": 4, "temperature": 0.8, "truncation": None, "source": "gaussian", "starts": []}
    assert sampler_of(app)[1] == expected
    assert_explained(app)
    turned(app, "overview")
    assert sampler_of(turned(app, "sample"))[1] == expected
    assert app.query_params["seed"] == "4"


def test_a_link_opens_the_samples_with_what_it_says_and_with_the_rest_as_usual():
    app = opened("sample", model="mnist-2d", seed="12", temperature="0.5")
    assert_explained(app)
    expected = {"seed": 12, "temperature": 0.5, "truncation": None, "source": "mixture", "starts": []}
    assert sampler_of(app)[1] == expected
    assert app.query_params["temperature"] == "0.50"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("seed", value) for value in ("-1", "x", "4294967296")),
        *(("temperature", value) for value in ("nan", "3")),
        *(("truncation", value) for value in ("0", "nan", "inf")),
        *(("source", value) for value in ("everything", "")),
    ],
)
def test_a_link_that_is_out_of_range_opens_the_samples_as_usual(name, value):
    app = opened("sample", model="mnist-2d", **{name: value})
    assert_explained(app)
    expected = {"seed": 0, "temperature": 1.0, "truncation": None, "source": "mixture", "starts": []}
    assert sampler_of(app)[1] == expected


def test_a_clicked_sample_waits_in_the_sliders_and_opens_there():
    app = opened("sample", model="mnist-2d")
    (button,) = [each for each in app.button if each.label == "Open in Sliders"]
    assert button.disabled
    say(app, picked={"z": [0.5, -1.25], "label": "sample 3, Prior"})
    (button,) = [each for each in app.button if each.label == "Open in Sliders"]
    assert not button.disabled
    assert app.session_state["handed"].start.label == "sample 3, Prior"
    button.click().run()
    assert_explained(app)
    assert panel_of(app)["z"] == [0.5, -1.25]


def saved_samples(app: AppTest, kind: str, **changes: Any) -> tuple[str, bytes]:
    """The name and the content of the file that the browser is told to save."""
    wish = {"seed": 3, "temperature": 0.5, "truncation": 1.0, "source": "mixture", "count": 10, "columns": 4}
    app.session_state["sample"] = {"wish": wish | {"kind": kind} | changes}
    app.run()
    assert_explained(app)
    (file,) = [each for each in app.get("bidi_component") if each.proto.component_name == "explorer_save"]
    _, name, content = file.proto.bytes.split(b"\n", 2)
    return name.decode(), content


def test_the_sheet_is_saved_as_the_image_of_the_latents_that_are_saved():
    app = opened("sample", model="mnist-20")
    name, content = saved_samples(app, "json")
    assert name == "mnist-20-mixture-3.json"
    facts = json.loads(content)
    assert {key: facts[key] for key in ("model", "seed", "temperature", "truncation", "source")} == {
        "model": "mnist-20",
        "seed": 3,
        "temperature": 0.5,
        "truncation": 1.0,
        "source": "mixture",
    }
    latents = np.array(facts["latents"], np.float32)
    assert latents.shape == (10, 20)

    name, content = saved_samples(app, "png")
    assert name == "mnist-20-mixture-3.png"
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    expected = grey_tiles(Session(Run(PRETRAINED / "mnist-20")).decode(latents))
    np.testing.assert_array_equal(pixels[:112:4, :112:4], expected[0])
    np.testing.assert_array_equal(pixels[2 * 116 :: 4, 116 : 116 + 112 : 4], expected[9])


def test_the_prior_s_draws_and_the_mixture_s_are_measured_against_the_test_images():
    app = opened("sample", model="mnist-20")
    prior, gaussian, mixture = (float(metric.value.removesuffix(" %")) for metric in app.metric[:3])
    assert prior > 20
    assert gaussian > 20
    assert mixture < 10
    assert f"**{prior:.1f} %** lie further out" in next(
        each.value for each in app.markdown if "Of the prior" in each.value
    )


@pytest.mark.parametrize("few", [0, 10])
def test_a_run_with_no_or_few_stored_latents_has_the_prior_alone_and_says_why(few, own_run):
    path = own_run.directory / "latents.safetensors"
    arrays = own_run.read_latents()
    path.unlink()
    if few:
        per_image = len(arrays["mean"])
        kept = {name: array[:few] if len(array) == per_image else array for name, array in arrays.items()}
        path.write_bytes(save({name: np.ascontiguousarray(array) for name, array in kept.items()}))
    app = opened("sample", model="mine")
    assert_explained(app)
    assert components(app) == ["sampler"]
    (notice,) = notices(app)
    assert notice.startswith(f"This run stored {'too few' if few else 'no'} latents of test images, so the prior")
    assert not any(name.startswith(("gaussian.", "mixture.", "between")) for name in sampler_of(app)[2])
    assert app.metric == []
    name, _ = saved_samples(app, "png")
    assert name == "mine-prior-3.png"


# interpolate


WAY_LINK = {"a": "3", "b": "z0.5_-1.25", "way": "spherical", "at": "0.25"}
SQUARE_LINK = {"a": "-1", "b": "3", "c": "-4", "d": "z1_2", "at": "0.3_0.75"}


def left_at(app: AppTest, **change: Any) -> dict[str, Any]:
    """What the page sends when the playhead is released."""
    given = {name: value for name, value in panel_of(app).items() if name != "starts"}
    return {"committed": given | change | {"tag": tag_of_sliders(app), "seq": 1}}


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
    (button,) = [each for each in app.button if each.label == "Open in Sliders"]
    button.click().run()
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
