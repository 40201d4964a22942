"""The Compare page in chromium: rows of one width, a click on a point, the bound from the button to its table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app
from small_runs import train_small

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM

PAIR = "mnist-2d,mnist-20"
TILES = ".panel.sheet .band:first-child .column:nth-child(2) canvas"  # of the first image; the labels come before


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with two runs of the embedded digits, whose images are here as they were."""
    folder = tmp_path_factory.mktemp("app")
    for name in ("first", "second"):
        train_small(folder / "runs" / name, image_size=28)
    with running_app(folder) as app:
        yield app


def opened(visit: Visit, app: App, models: str) -> "Page":
    page = visit.open(app, f"/compare?models={models}")
    page.wait_for_function(
        "name => window.explorerProbe?.[name]?.paints > 0", arg=f"compared-images-{models.split(',')[0]}"
    )
    return page


def test_a_prepared_comparison_changes_the_rows_and_the_address(app, visit):
    page = opened(visit, app, PAIR)
    assert page.locator(TILES).count() == 3
    page.get_by_role("button", name="Latent 2, 4, 16").click()
    page.wait_for_url("**models=mnist-mse-2*mnist-mse-4*mnist-mse-16*")
    page.locator(".panel.sheet .labels").first.get_by_text("mnist-mse-16").wait_for()
    assert page.locator(TILES).count() == 4
    lefts = page.locator(TILES).evaluate_all("tiles => tiles.map(tile => tile.getBoundingClientRect().left)")
    assert np.ptp(lefts) == 0
    assert visit.complaints == []


def test_a_click_on_a_point_opens_its_run(app, visit):
    page = opened(visit, app, PAIR)
    plane = page.locator(".js-plotly-plot").nth(1)
    plane.locator(".point").first.scroll_into_view_if_needed()
    box = plane.locator(".point").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/overview?model=mnist-2d")
    page.get_by_role("heading", name="mnist-2d", exact=True).wait_for()


def test_the_bound_is_tightened_and_stands_beside_the_elbo(app, visit):
    page = opened(visit, app, "first,second")
    page.get_by_role("button", name="Tighten the bound of 2 models").click()
    page.get_by_role("columnheader", name="bound, k = 64").wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    assert page.get_by_test_id("stTable").nth(1).get_by_role("row").count() == 3
    page.get_by_text("359 test images, spread evenly over the set; grey images, Bernoulli").wait_for()
    assert visit.complaints == []
