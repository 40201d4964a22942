"""A visitor's own images on Reconstruct and on Sliders: framed, measured, inverted, refused."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from visitor import (
    assert_explained,
    components,
    content,
    notices,
    opened,
    panel_of,
    png,
    sheet,
    sliders_at,
    tag_of_panel,
)

from explorer.ui import upload

pytestmark = pytest.mark.usefixtures("small_data")
LIGHT_ON_DARK = np.pad(np.full((20, 6), 220, np.uint8), ((10, 10), (17, 17)))
DARK_ON_LIGHT = 240 - LIGHT_ON_DARK


def uploaded(*files: tuple[str, bytes], page: str = "reconstruct", model: str = "mnist-20") -> AppTest:
    """A visitor who brought files to a page."""
    app = opened(page, model=model, images="Upload")
    app.file_uploader[0].set_value([(name, content, "image/png") for name, content in files]).run()
    assert_explained(app)
    return app


# on Reconstruct


def test_before_an_upload_the_page_says_what_may_come_and_shows_nothing_else():
    app = opened("reconstruct", model="mnist-20", images="Upload")
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


def test_a_model_that_draws_on_another_ground_leaves_dark_on_light_images_as_they_are(monkeypatch):
    monkeypatch.setattr(upload, "BLACK", 0.0)
    (toggle,) = uploaded(("b.png", png(DARK_ON_LIGHT))).toggle
    assert (toggle.label, toggle.value) == ("Invert what is dark on light: your image.", False)


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


@pytest.mark.usefixtures("readonly")
@pytest.mark.parametrize("source", ["Upload", "Image set"])
def test_where_visitors_only_look_nothing_can_be_uploaded(source):
    app = opened("reconstruct", model="mnist-20", images=source)
    assert_explained(app)
    assert list(app.file_uploader) == []
    assert [control.label for control in app.segmented_control] == ["Split", "Latent"]
    assert components(app) == ["sheet"]


# on Sliders


def test_uploads_are_starts_of_the_sliders_and_the_panel_gets_them_once():
    app = uploaded(("*one*.png", png(LIGHT_ON_DARK)), ("two.png", png(DARK_ON_LIGHT)), page="sliders")
    starts = panel_of(app)["starts"]
    assert [(start["label"], start["group"]) for start in starts] == [("*one*.png", "upload"), ("two.png", "upload")]
    one, two = (np.array(start["z"]) for start in starts)
    assert one.shape == (20,)
    assert np.abs(one).max() > 0.5
    np.testing.assert_allclose(one, two, atol=0.3)  # the second is the negative of the first, and was inverted

    tag = tag_of_panel(app)
    app.session_state["sliders"] = sliders_at(app, [0.5] * 20)
    app.run()
    assert tag_of_panel(app) == tag
    app.file_uploader[0].set_value([]).run()
    assert panel_of(app)["starts"] == []


@pytest.mark.usefixtures("readonly")
def test_where_visitors_only_look_the_sliders_take_no_uploads():
    app = opened("sliders", model="mnist-20")
    assert_explained(app)
    assert list(app.file_uploader) == []
