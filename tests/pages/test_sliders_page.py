"""The Sliders page without a browser: released sliders, links, movies, other pages' points, nets on the server."""

import json

import numpy as np
import pytest
from torch import nn
from visitor import (
    assert_explained,
    blob_of,
    components,
    entry_of,
    mounted,
    opened,
    panel_metadata,
    panel_of,
    sliders_at,
)

from explorer import browser_net
from explorer.inference import Session
from explorer.latent import Start
from explorer.palette import grey_tiles
from explorer.ui import model_blob
from explorer.ui.handoff import _Handed as Handed

pytestmark = pytest.mark.usefixtures("small_data")


# where the sliders stand


def test_released_sliders_are_in_the_address_and_wait_there_for_each_model():
    app = opened("sliders", model="mnist-2d")
    assert "z" not in app.query_params
    app.session_state["sliders"] = sliders_at(app, [0.5, -1.25], start=3)
    app.run()
    assert (app.query_params["z"], app.query_params["start"]) == ("0.5_-1.25", "3")

    app.sidebar.selectbox(key="model").set_value("mnist-20").run()
    assert "z" not in app.query_params
    app.sidebar.selectbox(key="model").set_value("mnist-2d").run()
    assert app.query_params["z"] == "0.5_-1.25"
    assert_explained(app)


def test_what_was_released_for_another_blob_is_not_taken_for_this_one():
    app = opened("sliders", model="mnist-2d")
    left = sliders_at(app, [0.5, -1.25]) | {"tag": "0"}
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
    app.session_state["sliders"] = sliders_at(app, [0.5, -1.25])
    app.run()
    assert "basis" not in app.query_params
    assert panel_of(opened("sliders", model="mnist-2d", z="0.5_-1.25", basis="other"))["basis"] == "latent"


@pytest.mark.parametrize("z", ["", "0.5", "1_2_3", "a_b", "nan_0", "inf_0", "1e9_0", "0.5_"])
def test_a_link_with_a_z_that_is_none_opens_the_sliders_where_they_usually_start(z):
    app = opened("sliders", model="mnist-2d", z=z)
    assert_explained(app)
    assert panel_of(app)["z"] is None
    assert "z" not in app.query_params


def test_what_another_page_handed_over_is_a_start_of_its_own_model_alone():
    point = Start("clicked on the map", "last clicked", np.array([0.25, -1.5], np.float32))
    app = opened("sliders", model="mnist-2d", state={"handed": Handed(entry_of("mnist-2d").key, point)})
    assert_explained(app)
    assert panel_of(app)["starts"] == [{"label": point.label, "group": point.group, "z": [0.25, -1.5]}]
    app.sidebar.selectbox(key="model").set_value("mnist-mse-2").run()
    assert panel_of(app)["starts"] == []


# movies


@pytest.mark.parametrize(
    ("change", "files"), [({}, 1), ({"to": [0.0]}, 0), ({"from": [0.0] * 3}, 0), ({"kind": "exe"}, 0)]
)
def test_a_movie_is_saved_where_it_is_one_of_this_model(change, files):
    app = opened("sliders", model="mnist-2d")
    app.session_state["sliders"] = {"movie": {"kind": "gif", "from": [-1.0, 0.0], "to": [1.0, 0.0]} | change}
    app.run()
    assert_explained(app)
    assert [each.bytes[:30] for each in mounted(app, "save")] == [b"image/gif\nmnist-2d.gif\nGIF89a\xe0"] * files


# nets that stay on the server


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
    metadata = panel_metadata(app)
    assert metadata.keys() == {"model", "panel"}
    assert json.loads(metadata["model"])["left_out"] == {"decoder": why, "encoder": why}
    assert blob_of(app, "decodes") == ("", b"")

    latents = [[0.5, -1.0], [0.0, 0.0], [2.0, 1.0]]
    app.session_state[f"sliders-decodes-{own_run.name}"] = {"wanted": {"seq": 7, "latents": latents}}
    app.run()
    expected = grey_tiles(Session(own_run).decode(np.array(latents, np.float32)))
    assert blob_of(app, "decodes") == ("7", expected.tobytes())


def test_a_layer_that_the_page_does_not_know_keeps_its_net_on_the_server(own_run, monkeypatch):
    monkeypatch.delitem(browser_net.LAYERS, nn.ReLU)
    app = opened("sliders", model=own_run.name)
    assert_explained(app)
    why = "cannot run in the page (net.js has no layer ReLU)"
    assert json.loads(panel_metadata(app)["model"])["left_out"] == {"decoder": why, "encoder": why}
