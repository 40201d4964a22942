"""Every page as AppTest draws it, through app.py: with every shipped model, without any, without data; broken runs."""

import gc
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets_files import write_idx, write_oasis
from small_runs import change_json, train_small
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from explorer import library
from explorer.errors import RunError
from explorer.paths import PRETRAINED, PROJECT, runs_root
from explorer.recipes import RECIPES
from explorer.records import RunRecord, Status
from explorer.runs import Run
from explorer.ui import recipe_form
from explorer.ui.picker import FIRST_MODEL
from explorer.ui.state import OTHER_IMAGES, STAND_INS


def recorded(model: str) -> RunRecord:
    """What a shipped model says about itself."""
    return Run(PRETRAINED / model).read_record()


PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
MODEL_PAGES = [page for page in PAGES if page != "train"]  # they show a model, and need one
MODELS = sorted(path.parent.name for path in PRETRAINED.glob("*/run.json"))
WITH_STAND_IN = [name for name in MODELS if recorded(name).data.name in STAND_INS]
PATIENCE = 60  # seconds; the first page imports torch


@pytest.fixture(scope="module")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a little of every set that a shipped model knows: noise in MNIST's and OASIS's form."""
    root = tmp_path_factory.mktemp("data")
    write_idx(root / "MNIST" / "raw", test=40)
    write_oasis(root / "oasis", side=64)
    return root


@pytest.fixture(scope="module", autouse=True)
def thawed() -> Iterator[None]:
    """What the app froze is collected again once pytest ends; else torch reports leaks."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def data(small_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages find the small sets."""
    monkeypatch.setenv("EXPLORER_DATA", str(small_data))


@pytest.fixture(autouse=True)
def known_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server learns from its first visitor that app.py calls `st.navigation`; AppTest forgets it before each run."""
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    monkeypatch.setattr(app_test, "PagesManager", type("Remembering", (PagesManager,), {}))


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
    return {"committed": {"z": z, "start": start, "tag": tag_of_sliders(app), "seq": 1}}


def assert_explained(app: AppTest) -> None:
    """No traceback, and one popover that says what is seen."""
    assert [each.message for each in app.exception] == []
    assert [each.proto.popover.label for each in app.get("popover")] == ["What am I looking at?"]


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
    assert content(app) != []
    assert app.sidebar.selectbox(key="model").value == model
    assert app.query_params["model"] == model


@pytest.mark.parametrize("page", PAGES)
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
@pytest.mark.parametrize("page", PAGES)
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
    assert [link.proto.page for link in app.get("page_link")] == ["sliders", "reconstruct", "train"]


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
@pytest.mark.parametrize(("page", "sheets"), [("overview", 2), ("reconstruct", 1)])
def test_without_its_images_a_model_shows_an_embedded_set_like_them_and_says_so(page, sheets, model, no_data):
    assert not no_data.exists()
    app = opened(page, model=model)
    assert_explained(app)
    assert components(app) == ["sheet"] * sheets
    (notice,) = notices(app)
    assert notice.startswith(f"{recorded(model).data.title} is not on this machine. ")
    assert " stands in" in notice
    assert not no_data.exists(), "a page that only looks must not download"


@pytest.mark.parametrize(
    ("page", "drawn"), [("overview", ["sheet", "sheet", "chart"]), ("sliders", ["sliders"]), ("reconstruct", ["sheet"])]
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


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("written", [b"garbage", b"{}", b"\xff\x00", b""])
def test_a_run_whose_record_is_garbage_is_one_sentence_in_the_sidebar_and_other_models_go_on(page, written, own_model):
    (own_model.directory / "run.json").write_bytes(written)
    app = opened(page)
    assert_explained(app)
    assert notices(app) == []
    assert content(app) != []
    assert ":material/warning: mine cannot be opened." in broken_sentence(app)
    assert "mine" not in app.sidebar.selectbox(key="model").options


@pytest.mark.parametrize("page", MODEL_PAGES)
@pytest.mark.parametrize("file", ["model.safetensors", "latents.safetensors"])
def test_a_run_whose_arrays_are_cut_off_is_one_sentence_in_the_sidebar_and_other_models_go_on(page, file, own_model):
    arrays = own_model.directory / file
    arrays.write_bytes(arrays.read_bytes()[:1000])
    app = opened(page, model="mine")
    assert_explained(app)
    assert f"{file} cannot be read" in broken_sentence(app)
    assert notices(app) == [f"The model 'mine' cannot be opened, so this is {FIRST_MODEL}."]
    assert components(app) != []


@pytest.mark.parametrize("page", MODEL_PAGES)
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


@pytest.mark.parametrize("page", PAGES)
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


@pytest.mark.parametrize("z", ["", "0.5", "1_2_3", "a_b", "nan_0", "inf_0", "1e9_0", "0.5_"])
def test_a_link_with_a_z_that_is_none_opens_the_sliders_where_they_usually_start(z):
    app = opened("sliders", model="mnist-2d", z=z)
    assert_explained(app)
    assert panel_of(app)["z"] is None
    assert "z" not in app.query_params


def panel_of(app: AppTest) -> dict[str, Any]:
    """The facts that the slider panel was given, from the metadata of its blob."""
    (mounted,) = app.get("bidi_component")
    blob = mounted.proto.bytes.split(b"\n", 2)[2]
    length = int.from_bytes(blob[:8], "little")
    return dict(json.loads(json.loads(blob[8 : 8 + length])["__metadata__"]["panel"]))


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
    assert {"epochs", "latent_dim", "beta", "learning_rate"} <= set(fields)
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


def test_a_run_that_trains_is_followed_by_whoever_opens_the_page(live_run):
    app = opened("train")
    assert_explained(app)
    assert notices(app) == []
    assert len(app.get("plotly_chart")) == 3
    assert components(app) == ["sheet"]
    assert [metric.label for metric in app.metric][-1] == "SSIM, test"
    app.button(key="stop").click().run()
    assert live_run.stop_requested
    assert (app.button(key="stop").label, app.button(key="stop").disabled) == ("Stopping", True)


def test_a_run_that_ends_while_it_is_followed_stays_on_the_page(own_run):
    own_run.write_status(Status(phase="training", epoch=2, epochs=4))
    with own_run.locked():
        app = opened("train")
    own_run.write_status(Status(phase="finished", epoch=4, epochs=4))
    app.run()
    assert_explained(app)
    assert [button.label for button in app.button] == ["Train on", "Open in Sliders", "New run"]
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
    assert len(app.get("plotly_chart")) == 3
    assert [button.label for button in app.button] == ["Resume", "Open in Sliders", "New run"]


def test_a_stopped_run_is_a_click_away_and_opens_in_the_sliders_under_its_own_key(own_run):
    own_run.directory.rename(runs_root() / "mnist-20")
    app = opened("train")
    app.button(key="open-mnist-20").click().run()
    assert app.query_params["run"] == "mnist-20"
    app.button(key="open").click().run()
    assert_explained(app)
    assert [title.value for title in app.title] == ["Sliders"]
    assert app.sidebar.selectbox(key="model").value == "own:mnist-20"


def test_an_older_epoch_of_a_stopped_run_can_be_looked_at(own_run):
    app = opened("train", run=own_run.name)
    before = sheet(app)
    assert before["rows"][1]["detail"] == "epoch 2"
    app.select_slider(key="snapshot").set_value(0).run()
    assert_explained(app)
    assert sheet(app)["rows"][1]["detail"] == "epoch 0"
    assert sheet(app)["atlas"] != before["atlas"]


@pytest.mark.parametrize("name", ["gone", "../mine", ""])
def test_a_run_in_the_address_that_is_not_there_leads_back_to_the_form(name):
    app = opened("train", run=name)
    assert_explained(app)
    assert [button.label for button in app.button] == ["Start training"]
    assert notices(app) == ([f"There is no run {name!r} here any more."] if name else [])
