"""The slider page in chromium: its panel, its sliders, its image. Numbers come from `window.explorerProbe`."""

import re
from typing import TYPE_CHECKING

from browser_app import App, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CHECKSUM = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((sum, value) => (31 * sum + value) >>> 0, 0);
}"""

HAS_FOCUS = "node => node.getRootNode().activeElement === node"  # page.locator(":focus") sees into no shadow root


def open_sliders(visit: Visit, app: App, model: str) -> "Page":
    """The slider page of a model, with its panel painted."""
    page = visit.open(app, f"/sliders?model={model}")
    wait_for_paint(page, 0)
    return page


def wait_for_paint(page: "Page", after: int) -> int:
    """How many images the panel has painted, once they are more than `after`."""
    page.wait_for_function("after => window.explorerProbe?.sliders?.paints > after", arg=after)
    return paints(page)


def paints(page: "Page") -> int:
    return int(page.evaluate("window.explorerProbe.sliders.paints"))


def strips(page: "Page") -> "Locator":
    """The range inputs that are shown, the most informative dimension first."""
    return page.locator(".strips:not([hidden]) .strip input")


def values(page: "Page") -> list[float]:
    return [float(value) for value in strips(page).evaluate_all("inputs => inputs.map(input => input.value)")]


def stage(page: "Page") -> int:
    """A checksum of the large image's pixels."""
    return int(page.locator(".stage canvas").evaluate(CHECKSUM))


def wait_for_z(page: "Page") -> None:
    page.wait_for_url(re.compile(r"[?&]z=[-\d._e]+"))
