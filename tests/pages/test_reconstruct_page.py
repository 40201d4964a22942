"""The Reconstruct page without a browser: orders, classes, samples of the posterior, a clicked column."""

import re

import pytest
from small_runs import train_small
from visitor import assert_explained, opened, sheet, shown

from explorer.paths import runs_root

pytestmark = pytest.mark.usefixtures("small_data")


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


def test_reconstruct_offers_the_classes_that_there_are_images_of():
    train_small(runs_root() / "without", without="9,4")
    app = opened("reconstruct", **{"model": "without", "class": "3"})
    assert [each.message for each in app.exception] == []
    assert app.selectbox(key="class").options == ["All", *"01235678"]
    assert app.selectbox(key="class").value == "3"


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


def test_a_clicked_column_is_not_taken_for_the_image_that_another_metric_puts_there():
    app = opened("reconstruct", model="mnist-20", order="Worst first")
    app.session_state[sheet(app)["key"]] = {"picked": {"index": 2, "seq": 1}}
    app.run()
    assert "marked:" in app.main.caption[-1].value
    app.selectbox(key="metric").set_value("MSE").run()
    assert_explained(app)
    assert "marked:" not in app.main.caption[-1].value
