"""The Anomalies page in chromium: cases that are clicked, a change that is measured, the address."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser_app import IN_CHROMIUM, App, running_app
from small_runs import train_small, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM
PATIENCE = 60_000  # milliseconds; the page imports torch


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a small VAE of digits."""
    folder = tmp_path_factory.mktemp("app")
    train_small(folder / "runs" / "small", epochs=5, batch_size=100)
    with running_app(folder) as app:
        yield app


def open_cases(visit, app: App, link: str = "") -> "Page":
    visit.page.set_default_timeout(PATIENCE)
    page = visit.open(app, f"/anomalies?model=small{link}")
    page.get_by_text("Why it ranks here").wait_for()
    return page


def test_a_clicked_case_is_described_and_a_score_sorts_anew(visit, app):
    page = open_cases(visit, app)
    third = page.locator("button.column").nth(2)
    name = third.get_attribute("title").split(":")[0]
    assert page.get_by_role("heading", name=name).count() == 0
    third.click()
    page.get_by_role("heading", name=name).wait_for()
    page.get_by_role("radio", name="Intensity").click()
    page.wait_for_url(re.compile("score=Intensity"))
    page.get_by_text("Ranked by intensity, the strangest first").wait_for()
    assert visit.complaints == []


def test_a_change_is_shown_and_its_detection_measured(visit, app):
    page = open_cases(visit, app, "&scored=Changed+images")
    page.get_by_role("radio", name="Inversion").click()
    page.get_by_text("Does it tell changed images from unchanged images?").wait_for()
    page.wait_for_url(re.compile("Inversion"))
    page.get_by_role("row", name=re.compile("Reconstruction")).wait_for()
    wait_until(lambda: page.locator(".js-plotly-plot").count() == 4)  # while one is drawn anew, it is there twice
    assert visit.complaints == []
