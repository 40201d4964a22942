"""The Sample page of a VAE without a browser: settings, links, a picked sample, saved files, measures, few latents."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save
from streamlit.testing.v1 import AppTest
from visitor import (
    assert_explained,
    blob_of,
    button_called,
    components,
    header_of,
    notices,
    opened,
    panel_of,
    turned,
)

from explorer.inference import Session
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED
from explorer.runs import Run

pytestmark = pytest.mark.usefixtures("small_data")


def sampler_of(app: AppTest) -> tuple[str, dict[str, Any], set[str]]:
    """Of the blob that the panel of samples was given: its tag, what it says of the panel, its tensors."""
    tag, blob = blob_of(app, "sampler")
    header = header_of(blob)
    return tag, json.loads(header["__metadata__"]["panel"]), set(header)


def say(app: AppTest, **news: Any) -> AppTest:
    """The panel of samples says something."""
    settings = {"seed": 3, "temperature": 0.8, "truncation": 1.5, "source": "gaussian", "picked": None, "seq": 1}
    app.session_state["sample"] = {"committed": settings | {"tag": sampler_of(app)[0]} | news}
    return app.run()


# settings


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
    assert button_called(app, "Open in Sliders").disabled
    say(app, picked={"z": [0.5, -1.25], "label": "sample 3, Prior"})
    button = button_called(app, "Open in Sliders")
    assert not button.disabled
    assert app.session_state["handed"].start.label == "sample 3, Prior"
    button.click().run()
    assert_explained(app)
    assert panel_of(app)["z"] == [0.5, -1.25]


# saved and measured


def saved_samples(app: AppTest, kind: str, **changes: Any) -> tuple[str, bytes]:
    """The name and the content of the file that the browser is told to save."""
    wish = {"seed": 3, "temperature": 0.5, "truncation": 1.0, "source": "mixture", "count": 10, "columns": 4}
    app.session_state["sample"] = {"wish": wish | {"kind": kind} | changes}
    app.run()
    assert_explained(app)
    return blob_of(app, "save")


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
