"""The Overview page of a VAE: its numbers, where it leads, its samples."""

import pytest
from small_runs import change_json
from visitor import assert_explained, links, opened, recorded, sheets, shown

pytestmark = pytest.mark.usefixtures("small_data")


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
    first = sheets(app)[0]
    app.button[0].click().run()
    assert sheets(app)[0] != first
    assert_explained(app)


def test_a_title_from_elsewhere_is_shown_as_it_is_written(own_run):
    change_json(own_run.directory / "run.json", ("data",), title="![x](http://localhost/x.png)")
    app = opened("overview", model="mine")
    assert not any("![x](" in caption.value for caption in app.caption)
    assert any("![x](http://localhost/x.png)" in shown(caption.value) for caption in app.caption)
