"""Where the panels stand: as a link says, as they were left, on a page whose model changes and comes back."""

import re

from streamlit.testing.v1 import AppTest
from visitor import opened, panel_of, sliders_at, sound, tag_of_panel, turned

from explorer.paths import PROJECT
from explorer.ui.codebook import CODEBOOK_VIEWS
from explorer.ui.map_view import MAP_VIEWS
from explorer.ui.panel import SLIDERS
from explorer.ui.sampling import SETTINGS
from explorer.ui.walks import WALKS

VQVAE = "mnist-vqvae"


def picked(app: AppTest, model: str) -> AppTest:
    """The page of another model, with nothing wrong."""
    return sound(app.sidebar.selectbox(key="model").set_value(model).run())


def linked(app: AppTest, page: str, **link: str) -> AppTest:
    """The same visitor, who follows a link to a page."""
    app.switch_page(f"pages/{page}.py")
    for name, value in link.items():
        app.query_params[name] = value
    return sound(app.run())


def test_a_model_that_is_come_back_to_on_the_same_page_stands_as_it_was_left():
    app = opened("sliders", model="mnist-2d")
    app.session_state["sliders"] = sliders_at(app, [0.5, -1.25])
    app.run()
    picked(app, "mnist-mse-2")
    app.session_state["sliders"] = sliders_at(app, [1, 1])
    app.run()
    picked(app, "mnist-2d")
    assert panel_of(app)["z"] == [0.5, -1.25]
    assert app.query_params["z"] == "0.5_-1.25"


def test_a_link_within_a_visit_outranks_what_was_left():
    app = opened("interpolate", model="mnist-20", a="0", b="1", at="0.5")
    assert panel_of(app)["t"] == 0.5
    turned(app, "overview")
    linked(app, "interpolate", model="mnist-20", a="2", b="3", at="0.25")
    assert panel_of(app)["t"] == 0.25
    assert [each["start"] for each in panel_of(app)["anchors"][:2]] == [2, 3]


def test_what_the_page_wrote_into_the_address_itself_is_no_link():
    app = opened("sliders", model="mnist-2d", z="0.5_-1.25", start="3")
    tag = tag_of_panel(app)
    app.session_state["sliders"] = sliders_at(app, [1, 1])
    app.run()
    assert tag_of_panel(app) == tag
    turned(app, "overview")
    turned(app, "sliders")
    assert panel_of(app)["z"] == [1, 1]


def test_the_samples_of_both_kinds_of_models_can_be_looked_at_in_turn():
    app = sound(opened("sample", model=VQVAE, code_seed=3, code_temperature=0.9))
    picked(app, "mnist-20")
    picked(app, VQVAE)
    assert app.number_input(key="code_seed").value == 3


def test_settings_of_the_samples_outlast_another_page():
    app = opened("sample", model="mnist-20", source="gaussian")
    sound(turned(app, "reconstruct"))
    sound(turned(app, "sample"))
    assert app.query_params["source"] == "gaussian"


def test_no_panel_writes_what_a_widget_is_bound_to():
    bound = set()
    for path in (*(PROJECT / "pages").glob("*.py"), *(PROJECT / "explorer" / "ui").glob("*.py")):
        calls = re.findall(r"key=f?\"([\w{}.()-]+)\",\s+bind=\"query-params\"", path.read_text(encoding="utf-8"))
        bound |= set(calls)
    assert len(bound) > 20
    written = {name for places in (SLIDERS, WALKS, MAP_VIEWS, CODEBOOK_VIEWS, SETTINGS) for name in places.params}
    assert not bound & written
