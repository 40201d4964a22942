"""A visitor's own weights: the dialog that imports them, and pages of what was imported."""

import numpy as np
import pytest
from datasets_files import write_idx
from safetensors.numpy import save
from small_runs import change_json
from streamlit.testing.v1 import AppTest
from visitor import VAE_PAGES, assert_explained, button_called, captions, content, notices, opened, sheet

from explorer import library
from explorer.paths import PRETRAINED, runs_root
from explorer.recipes import RECIPES
from explorer.runs import Run

pytestmark = pytest.mark.usefixtures("small_data")


def state_dict() -> bytes:
    """Somebody's weights by the names of the usual tutorial: 28 × 28 pixels, 5 hidden units, 2 latents."""
    shapes = {"fc1": (5, 784), "fc_mu": (2, 5), "fc_var": (2, 5), "fc3": (5, 2), "fc4": (784, 5), "odd": (1, 1)}
    draw = np.random.default_rng(0).standard_normal
    tensors = {f"{name}.weight": draw(shape).astype(np.float32) for name, shape in shapes.items()}
    return save(tensors | {f"{name}.bias": np.zeros(shape[0], np.float32) for name, shape in shapes.items()})


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


# the dialog


def test_weights_are_imported_like_the_recipe_of_a_vae():
    app = run_in_dialog(opened("overview"))
    offered = app.selectbox(key="import-recipe").options
    assert offered == [name for name, recipe in RECIPES.items() if not recipe.config.has_codes]


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


@pytest.mark.usefixtures("readonly")
def test_where_visitors_only_look_no_weights_can_be_brought():
    app = opened("overview", model="mnist-20")
    assert [button.label for button in app.button] == ["Draw again"]


# what was imported


def test_uploaded_weights_become_the_chosen_run_whose_page_says_where_they_come_from():
    app = bringing(state_dict())
    assert_explained(app)
    assert app.query_params["model"] == app.sidebar.selectbox(key="model").value == "their-vae"
    record = Run(runs_root() / "their-vae").read_record()
    assert (record.config.model.hidden, record.config.model.latent_dim) == (5, 2)
    assert "Imported from their *vae*.safetensors, read like the recipe mnist-20." in captions(app)
    assert any("fc_mu + fc_var as encoder.3" in caption and "odd.weight" in caption for caption in captions(app))
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
