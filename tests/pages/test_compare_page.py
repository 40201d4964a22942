"""The Compare page without a browser: its choice, its rows, its table, its charts, other data, no data."""

import shutil
from dataclasses import replace

import pytest
from datasets_files import write_idx, write_oasis
from small_runs import change_json, train_small_vqvae
from streamlit.testing.v1 import AppTest
from streamlit.util import AttributeDictionary
from visitor import entry_of, opened, pressed, sheet, sheets, sound, tables, turned, words

from explorer.comparison import PREPARED
from explorer.inference import Session
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED, runs_root
from explorer.runs import Run
from explorer.ui.comparison import protocol

TRIO = "mnist-mse-2,mnist-mse-4,mnist-mse-16"


def compare_page(**link: str) -> AppTest:
    """A new visitor on the page, on which nothing is wrong."""
    return sound(opened("compare", **link))


def chosen(app: AppTest) -> list[str]:
    return app.multiselect(key="compared").value


def row_names(app: AppTest) -> list[str]:
    return [row["label"] for row in sheet(app)["rows"]]


def prepared_buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button if str(button.key).startswith("prepared-")]


# the choice


def test_the_page_begins_with_a_prepared_comparison_and_says_what_it_teaches():
    app = compare_page()
    assert chosen(app) == TRIO.split(",")
    assert PREPARED[0].lesson in words(app)
    assert app.query_params["models"] == TRIO


def test_a_link_chooses_and_names_what_is_not_here():
    app = compare_page(models="mnist-20,nothing,mnist-2d")
    assert chosen(app) == ["mnist-20", "mnist-2d"]
    assert "There is no model 'nothing' here." in words(app)
    assert app.query_params["models"] == "mnist-20,mnist-2d"


def test_a_link_to_more_models_than_fit_says_so():
    app = compare_page(models=",".join([*TRIO.split(","), "mnist-20", "mnist-2d", "mnist-conv-20", "oasis-8"]))
    assert chosen(app) == [*TRIO.split(","), "mnist-20", "mnist-2d", "mnist-conv-20"]
    assert "The link names more than 6 models; these are the first 6." in words(app)


def test_a_prepared_comparison_is_one_click():
    app = compare_page()
    pressed(app, "prepared-VAE or VQ-VAE")
    assert chosen(app) == ["mnist-20", "mnist-vqvae"]
    assert app.query_params["models"] == "mnist-20,mnist-vqvae"


def test_the_choice_is_kept_over_a_switch_of_pages():
    app = compare_page(models="mnist-20,mnist-2d")
    sound(turned(app, "train"))
    del app.query_params["models"]
    assert chosen(sound(turned(app, "compare"))) == ["mnist-20", "mnist-2d"]


def test_who_takes_all_models_away_chooses_anew():
    app = compare_page(models="mnist-20,mnist-2d")
    sound(app.multiselect(key="compared").set_value([]).run())
    assert "models" not in app.query_params
    sound(app.multiselect(key="compared").set_value(["mnist-mse-4"]).run())
    assert chosen(app) == ["mnist-mse-4"]
    assert app.query_params["models"] == "mnist-mse-4"


def test_one_model_is_no_comparison():
    app = compare_page(models="mnist-20")
    assert "Choose at least two models" in words(app)
    assert tables(app) == []


@pytest.mark.usefixtures("no_models")
def test_own_runs_are_compared_where_nothing_is_shipped(two_runs):
    app = compare_page()
    assert sorted(chosen(app)) == [run.name for run in two_runs]
    assert prepared_buttons(app) == []


# rows and numbers


@pytest.mark.usefixtures("two_runs")
def test_every_row_shows_the_same_images_as_its_own_model_makes_them():
    app = compare_page(models="first,second")
    assert row_names(app) == ["original", "first", "second"]
    assert sheet(app)["columns"] == 12
    assert all("class" in tooltip for tooltip in sheet(app)["tooltips"])
    sound(app.selectbox(key="compared-class-first").set_value("3").run())
    assert all(tooltip.endswith("class 3") for tooltip in sheet(app)["tooltips"])


@pytest.mark.usefixtures("two_runs")
def test_a_class_without_test_images_is_not_offered(monkeypatch):
    from explorer.ui import comparison_images

    page = comparison_images.images_of(entry_of("first"))
    without = replace(page, images=page.images.without(["3"]))
    monkeypatch.setattr(comparison_images, "open_images", lambda *_: without)
    app = compare_page(models="first,second")
    assert app.selectbox(key="compared-class-first").options == ["All", *"012456789"]
    sound(app.selectbox(key="compared-class-first").set_value("4").run())
    assert all(tooltip.endswith("class 4") for tooltip in sheet(app)["tooltips"])


def test_the_table_has_the_recorded_numbers_their_units_and_the_best_bold():
    (table,) = tables(compare_page(models=TRIO))
    assert table["model"] == [f"**{name}**" for name in TRIO.split(",")]
    assert table["MSE"] == ["0.0412", "0.0289", "**0.0143**"]
    assert table["PSNR, dB"] == ["14.5", "16.2", "**19.1**"]
    assert table["Reconstruction, squared error"] == ["33.3", "24.6", "**16.5**"]
    assert table["KL, nats"] == ["4.6", "7.2", "12.2"]
    assert table["Active units"] == ["2 of 2", "4 of 4", "15 of 16"]
    assert table["Bytes an image"] == ["8", "16", "64"]
    assert table["Parameters"][0] == "631,188"
    assert table["Training"] == ["57 s", "58 s", "57 s"]


def test_the_protocol_of_the_numbers_stands_below_them():
    said = words(compare_page(models=TRIO))
    assert "10,000 test images of MNIST" in said
    assert "data range 1, scikit-image's default 7 × 7 window" in said


def test_the_protocol_speaks_of_what_stands_above_it():
    alone = protocol([entry_of("mnist-20")])
    assert "decoded from the posterior mean;" in alone
    assert "codebook" not in alone
    assert "Bold" not in alone
    codes = protocol([entry_of("mnist-vqvae")])
    assert "decoded from the codes;" in codes
    assert "posterior" not in codes
    both = protocol([entry_of("mnist-20"), entry_of("mnist-vqvae")])
    assert "decoded from the posterior mean or the codes;" in both
    assert "Bytes: 4 a latent number; a code takes log2 of the codebook's size in bits." in both
    assert "Bold: the best" in both


def test_numbers_of_different_kinds_keep_their_units_and_are_not_ranked():
    (table,) = tables(compare_page(models="mnist-mse-16,mnist-20,mnist-vqvae"))
    assert table["Reconstruction"] == ["16.5 squared error", "78.2 nats", "52.3 nats"]
    assert table["KL, nats"] == ["12.2", "25.5", "·"]
    assert table["Bytes an image"] == ["64", "80", "43"]


def test_pca_of_the_same_size_is_a_row_of_images_and_of_numbers(two_runs):
    app = compare_page(models="first,second")
    sound(app.toggle(key="pca").set_value(True).run())
    assert row_names(app) == ["original", "first", "second", "PCA, 2"]
    (table,) = tables(app)
    assert table["model"][-1] == "**PCA, 2**"
    assert table["KL, nats"][-1] == "·"
    assert table["Bytes an image"] == ["8", "8", "8"]
    assert "fitted on the 1,438 training images" in words(app)
    assert two_runs[0].read_record().trained.test.mse > float(table["MSE"][-1].strip("*"))  # of two epochs


def test_models_of_different_images_are_shown_but_not_compared_and_the_page_says_why():
    app = compare_page(models="mnist-20,oasis-8,mnist-2d")
    assert (
        "are not compared. mnist-20, mnist-2d: MNIST, 28 × 28 | oasis-8: Brain slices (OASIS layout), 64 × 64."
        in words(app)
    )
    assert [table["model"] for table in tables(app)] == [["**mnist-20**", "**mnist-2d**"], ["**oasis-8**"]]
    assert [[row["label"] for row in each["rows"]] for each in sheets(app)] == [
        ["original", "mnist-20", "mnist-2d"],
        ["original", "oasis-8"],
    ]
    assert len(app.get("plotly_chart")) == 0


def test_a_model_of_other_images_of_the_same_size_sees_these_too(two_runs):
    change_json(two_runs[1].directory / "run.json", ("data",), fingerprint="another")
    app = compare_page(models="first,second")
    assert [[row["label"] for row in each["rows"]] for each in sheets(app)] == [
        ["original", "first", "second"],
        ["original", "second", "first"],
    ]
    assert sheets(app)[0]["rows"][2]["detail"] == "of other images"
    assert [table["model"] for table in tables(app)] == [["**first**"], ["**second**"]]


def test_without_images_the_stored_ones_and_the_numbers_are_shown(two_runs):
    for run in two_runs:
        change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    app = compare_page(models="first,second")
    assert "as each run stored them at its end" in words(app)
    assert row_names(app) == ["first", "second"]
    assert len(tables(app)) == 1
    assert len(app.get("plotly_chart")) == 2
    assert "How loose is the ELBO?" not in words(app)
    assert not [toggle for toggle in app.toggle if toggle.key == "pca"]


@pytest.mark.usefixtures("no_data")
def test_other_images_stand_in_for_missing_ones_and_are_no_reference():
    app = compare_page(models=TRIO)
    assert "stands in" in words(app)
    assert row_names(app) == ["original", *TRIO.split(",")]
    assert not [toggle for toggle in app.toggle if toggle.key == "pca"]
    assert "How loose is the ELBO?" not in words(app)


def test_the_rows_are_those_of_the_sessions(monkeypatch, tmp_path):
    write_idx(tmp_path / "MNIST" / "raw", test=5)
    write_oasis(tmp_path / "oasis", side=64)
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    from explorer.ui.comparison_images import _decoded_by, images_of

    entry = entry_of("mnist-2d")
    page = images_of(entry)
    rows = page.images.select("test").telling_rows(4)
    expected = Session(Run(PRETRAINED / "mnist-2d")).reconstruct(page.images.select("test").images[rows])
    assert (_decoded_by(entry, page.images, rows) == grey_tiles(expected)).all()


@pytest.mark.usefixtures("two_runs")
def test_a_run_that_cannot_be_loaded_is_one_sentence():
    change_json(runs_root() / "second" / "run.json", ("config", "model"), hidden=3)
    app = opened("compare", models="first,second")
    assert [each.message for each in app.exception] == []
    assert app.error[0].value.startswith("The weights do not fit the model that run")


# charts


def test_a_metric_is_chosen_for_the_curves_and_a_click_on_a_point_opens_its_run():
    app = compare_page(models=TRIO)
    sound(app.selectbox(key="compared-metric").set_value("KL, nats").run())
    assert "KL, nats after each epoch." in words(app)
    point = AttributeDictionary({"selection": {"points": [{"customdata": "mnist-mse-4"}]}})
    app.session_state[f"rate-distortion-{TRIO}"] = point
    sound(app.run())
    assert [title.value for title in app.title] == ["mnist-mse-4"]
    assert app.query_params["model"] == "mnist-mse-4"


def test_codes_have_no_curve_of_a_kl():
    directory = train_small_vqvae(runs_root() / "codes", image_size=12, epochs=1, prior_epochs=1).directory
    shutil.copytree(directory, runs_root() / "others")
    app = compare_page(models="codes,others")
    assert app.selectbox(key="compared-metric").options == ["MSE", "PSNR, dB", "SSIM", "Reconstruction"]
