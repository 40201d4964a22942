"""The app in chromium: what is dragged, typed, clicked and reloaded, and what the console says of it.

Numbers come from `window.explorerProbe`, which every browser component keeps.
"""

import re
from typing import TYPE_CHECKING

import pytest
from browser_app import IN_CHROMIUM, running_app, visiting
from browser_sliders import HAS_FOCUS, open_sliders, paints, stage, strips, values, wait_for_paint, wait_for_z
from small_runs import wait_until

from explorer.paths import PRETRAINED, PROJECT

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM

PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 18, 20)"}
STEPS, STRIDE = 12, 20  # of a drag: so many moves, of so many pixels
ENDLESS = 3000  # epochs; the test stops the run long before


# sliders


@pytest.mark.parametrize("model", ["mnist-20", "oasis-8"])
def test_dragging_paints_each_move_in_the_page_and_only_the_release_is_sent(model, visit, app):
    page = open_sliders(visit, app, model)
    assert page.evaluate("window.explorerProbe.sliders.parity") < 1 / 255
    assert page.evaluate("window.explorerProbe.sliders.decodeMs") > 0
    box = strips(page).first.bounding_box()
    x, y = box["x"] + 30, box["y"] + box["height"] / 2
    images, sent = [stage(page)], len(visit.sent)

    page.mouse.move(x, y)
    painted = paints(page)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(x + (step + 1) * STRIDE, y)
        painted = wait_for_paint(page, painted)
        images.append(stage(page))
    assert len(set(images)) == 1 + STEPS
    assert len(visit.sent) == sent
    assert "z=" not in page.url

    page.mouse.up()
    wait_for_z(page)
    visit.settle()
    (frame,) = visit.sent[sent:]
    assert b"committed" in frame


def test_released_values_are_restored_by_a_reload(visit, app):
    page = open_sliders(visit, app, "mnist-20")
    opened = values(page)
    for strip, share in ((0, 0.8), (3, 0.15)):
        box = strips(page).nth(strip).bounding_box()
        before = page.url
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_url(lambda url, before=before: "z=" in url and url != before)
    chosen, start = values(page), page.locator(".start[aria-pressed=true]").get_attribute("aria-label")
    assert [index for index, value in enumerate(chosen) if value != opened[index]] == [0, 3]

    page.reload()
    visit.settle()
    wait_for_paint(page, 0)
    assert values(page) == pytest.approx(chosen, abs=0.006)  # the address has three digits
    assert page.locator(".start[aria-pressed=true]").get_attribute("aria-label") == start


def test_keys_move_one_dimension_bring_it_home_and_draw_a_new_latent(visit, app):
    page = open_sliders(visit, app, "mnist-2d")
    strip = strips(page).first
    reach = float(strip.get_attribute("max")) - float(strip.get_attribute("min"))
    step = 0.01 * reach / 1.2  # a hundredth of what lies between the hatched ends
    strip.focus()
    page.keyboard.press("0")
    first, second = values(page)
    assert first == 0

    page.keyboard.press("ArrowRight")
    assert values(page) == pytest.approx([step, second])
    page.keyboard.press("Shift+ArrowLeft")
    assert values(page) == pytest.approx([-9 * step, second])
    wait_for_z(page)

    page.keyboard.press("r")
    drawn = values(page)
    assert drawn[0] != pytest.approx(-9 * step)
    assert drawn[1] != second
    assert page.get_by_label("Random draw from the prior").get_attribute("aria-pressed") == "true"
    page.wait_for_url(re.compile(r"start=-2"))
    page.get_by_role("heading", name="Sliders").click()
    page.keyboard.press("r")  # also where no slider has the focus
    assert values(page) != drawn

    page.keyboard.press("Control+z")
    assert values(page) == pytest.approx(drawn)
    page.keyboard.press("Control+z")
    assert values(page) == pytest.approx([-9 * step, second])


# reconstruct


def test_a_click_marks_one_column_and_the_page_says_which(visit, app):
    page = visit.open(app, "/reconstruct?model=mnist-20")
    columns = page.locator("button.column")
    columns.nth(2).click()
    page.get_by_text(f"marked: {columns.nth(2).get_attribute('title')}.").wait_for()
    columns.nth(5).click()
    page.get_by_text(f"marked: {columns.nth(5).get_attribute('title')}.").wait_for()
    pressed = columns.evaluate_all("all => all.map(each => each.getAttribute('aria-pressed'))")
    assert [index for index, state in enumerate(pressed) if state == "true"] == [5]


# train


def epoch_shown(page: "Page") -> int:
    found = re.search(rf"epoch (\d+) of {ENDLESS}", page.get_by_test_id("stMain").inner_text())
    return int(found[1]) if found else 0


def points_shown(page: "Page") -> int:
    """Points of the longest line of the loss curves."""
    lengths = "plots => Math.max(0, ...plots.slice(0, 1).flatMap(plot => (plot.data ?? []).map(({ x }) => x.length)))"
    return int(page.locator(".js-plotly-plot").evaluate_all(lengths))


def wait_for_growth(page: "Page") -> None:
    """The status line and the curve go on from where they are."""
    page.locator(".js-plotly-plot").first.wait_for()
    epoch, points = epoch_shown(page), points_shown(page)
    wait_until(lambda: epoch_shown(page) > epoch and points_shown(page) > points)


def test_a_run_is_started_followed_through_a_reload_stopped_and_opened_in_the_sliders(visit, app):
    page = visit.open(app, "/train")
    page.get_by_label("Epochs", exact=True).fill(str(ENDLESS))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"run=digits-2d-"))
    wait_for_growth(page)
    chip = page.locator(".timemachine .chip").first
    chip.focus()
    wait_for_growth(page)
    assert chip.evaluate(HAS_FOCUS)  # what a run adds takes it from nobody

    page.reload()
    wait_for_growth(page)

    (run,) = app.runs.glob("digits-2d-*")
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop training").click()
    page.get_by_role("button", name="Resume").wait_for()
    assert page.get_by_test_id("stMain").get_by_text("Stopped").is_visible()
    picker = page.get_by_test_id("stSidebar").get_by_role("combobox")
    picker.click()
    page.get_by_role("option", name=run.name).wait_for()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Open in Sliders").click()
    page.wait_for_url(re.compile(rf"/sliders\?.*model={run.name}"))
    wait_for_paint(page, 0)
    visit.settle()
    assert strips(page).count() == 2
    assert page.evaluate("window.explorerProbe.sliders.parity") < 1 / 255
    assert visit.complaints == []


# every page


@pytest.mark.parametrize("scheme", BACKGROUNDS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_error_on_the_console_and_asks_no_other_host(name, scheme, app, browser):
    with visiting(browser, scheme) as visit:
        page = visit.open(app, f"/{name}?model=mnist-20")
        page.get_by_role("button", name="What am I looking at?").click()
        page.get_by_test_id("stPopoverBody").wait_for()
        background = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
        assert background == BACKGROUNDS[scheme]
        assert visit.complaints == []
        assert visit.hosts - {""} == {app.url.removeprefix("http://")}


def test_the_first_visitor_of_a_process_gets_the_page_of_a_deep_link_with_its_model(tmp_path, visit):
    with running_app(tmp_path) as fresh:
        page = open_sliders(visit, fresh, "mnist-2d")
        assert "/sliders?model=mnist-2d" in page.url
        assert strips(page).count() == 2
        page.get_by_test_id("stSidebarNav").get_by_text("Overview", exact=True).click()
        page.get_by_role("heading", name="mnist-2d").wait_for()
        visit.settle()
        assert visit.complaints == []


def test_there_are_models_for_these_tests():
    assert {"mnist-20", "mnist-2d", "oasis-8"} <= {path.name for path in PRETRAINED.iterdir()}
