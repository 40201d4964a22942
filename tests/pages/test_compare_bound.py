"""The bound on the Compare page without a browser: computed on demand, asked for anew, cancelled, not to be had."""

from collections.abc import Iterator
from typing import Any

import pytest
from small_runs import train_small_vqvae
from streamlit.testing.v1 import AppTest
from visitor import opened, pressed, sound, tables, words

from explorer.paths import runs_root


def compare_page(*models: str) -> AppTest:
    """A new visitor on the page, on which nothing is wrong."""
    return sound(opened("compare", models=",".join(models)))


def bench(app: AppTest) -> Any:
    return app.session_state["bench"]


@pytest.mark.usefixtures("two_runs")
def test_the_bound_is_computed_on_demand_and_stands_beside_the_elbo():
    app = compare_page("first", "second")
    assert len(tables(app)) == 1
    pressed(app, "tighten")
    bench(app).work.wait()
    assert bench(app).work.end == "finished"
    sound(app.run())
    _, table = tables(app)
    assert table["model"] == ["**first**", "**second**"]
    assert table["counted in"] == ["nats", "nats"]
    elbo, bound, gained = (float(table[name][0]) for name in ("ELBO", "bound, k = 64", "tighter by, nats"))
    assert elbo - bound == pytest.approx(gained, abs=0.011)
    assert gained > 0
    assert "359 test images" in words(app)
    assert "grey images, Bernoulli" in words(app)


@pytest.mark.usefixtures("two_runs")
def test_another_form_is_another_wish_and_the_old_answer_goes():
    app = compare_page("first", "second")
    pressed(app, "tighten")
    bench(app).work.wait()
    assert len(tables(sound(app.run()))) == 2
    sound(app.segmented_control(key="bound-form").set_value("Binarised").run())
    assert len(tables(app)) == 1
    pressed(app, "tighten")
    bench(app).work.wait()
    assert len(tables(sound(app.run()))) == 2
    assert "binarised by chance" in words(app)


@pytest.mark.usefixtures("two_runs")
def test_a_bound_can_be_cancelled(monkeypatch):
    from explorer.ui import comparison_bound

    def endless(*_: Any) -> Iterator[Any]:
        while True:
            yield comparison_bound.Tightened("Weighing", 0.5, {})

    monkeypatch.setattr(comparison_bound, "tighten", endless)
    app = compare_page("first", "second")
    pressed(app, "tighten")
    pressed(app, "cancel-bound")
    bench(app).work.wait()
    assert "ended before all bounds were there" in words(sound(app.run()))


@pytest.mark.usefixtures("two_runs")
def test_models_without_a_bound_are_named_with_the_reason():
    train_small_vqvae(runs_root() / "codes", image_size=12, epochs=1, prior_epochs=1)
    app = compare_page("first", "codes")
    assert "codes: A VQ-VAE has no posterior to draw from" in words(app)
    assert app.button(key="tighten").label == "Tighten the bound"
