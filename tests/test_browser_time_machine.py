"""The time machine in chromium: scrubbed, played, walked by keys, and what is saved of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_app import IN_CHROMIUM, App, Visit, visiting
from browser_sliders import CHECKSUM
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = IN_CHROMIUM

STORED = [0, 1, 2, 4, 6, 9, 12, 16, 20, 25, 30]  # epochs of mnist-2d


def open_machine(visit: Visit, app: App, model: str = "mnist-2d") -> "Page":
    """The overview with its time machine painted."""
    page = visit.open(app, f"/?model={model}")
    page.wait_for_function("window.explorerProbe?.machine?.paints > 0")
    page.locator(".timemachine").scroll_into_view_if_needed()
    return page


def slider(page: "Page") -> "Locator":
    return page.get_by_role("slider", name="Epoch")


def epoch(page: "Page") -> int:
    return int(page.evaluate("window.explorerProbe.machine.epoch"))


def checksum(page: "Page", canvas: str) -> int:
    return int(page.locator(canvas).first.evaluate(CHECKSUM))


def pictures(page: "Page") -> tuple[int, int, int]:
    """Checksums of the points, of the first decoded image and of the first sample."""
    return (
        checksum(page, ".cloud .points"),
        checksum(page, "[aria-label='decoded 1']"),
        checksum(page, "[aria-label='samples 1']"),
    )


def test_scrubbing_moves_everything_in_the_page_and_nothing_is_sent(visit, app):
    page = open_machine(visit, app)
    assert epoch(page) == 30
    box, sent, seen = slider(page).bounding_box(), len(visit.sent), {}
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2)
    page.mouse.down()
    for aim in (25, 12, 1, 0):
        page.mouse.move(box["x"] + box["width"] * aim / 30, box["y"] + box["height"] / 2)
        page.wait_for_function("aim => window.explorerProbe.machine.epoch === aim", arg=aim)
        seen[aim] = pictures(page)
        page.get_by_text(f"Epoch {aim}", exact=True).wait_for()
    page.mouse.up()
    assert all(len(set(column)) == 4 for column in zip(*seen.values(), strict=True))
    assert len(visit.sent) == sent
    assert visit.complaints == []


def test_keys_go_from_one_stored_epoch_to_the_next(visit, app):
    page = open_machine(visit, app)
    slider(page).focus()
    page.keyboard.press("Home")
    walked = [epoch(page)]
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        walked.append(epoch(page))
    assert walked == STORED[:4]
    assert slider(page).get_attribute("aria-valuetext") == "epoch 4"
    page.keyboard.press("End")
    assert epoch(page) == 30
    page.keyboard.press("ArrowLeft")
    assert epoch(page) == 25


def test_playing_goes_between_the_stored_epochs_and_rests_on_the_last(visit, app):
    page = open_machine(visit, app)
    page.get_by_role("button", name="Speed 2×").click()
    sent = len(visit.sent)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.explorerProbe.machine.place % 1 > 0")
    page.get_by_role("button", name="Play").wait_for()
    assert epoch(page) == 30
    assert len(visit.sent) == sent

    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("window.explorerProbe.machine.epoch === 30")
    page.wait_for_function("window.explorerProbe.machine.epoch === 1")  # and again
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("window.explorerProbe.machine.place % 1") == 0
    assert epoch(page) in STORED
    assert visit.complaints == []


def test_who_wants_less_motion_sees_stored_epochs_alone(browser: "Browser", app):
    with visiting(browser) as visit:
        visit.page.emulate_media(reduced_motion="reduce")
        page = open_machine(visit, app)
        page.evaluate("""() => {
            const probe = window.explorerProbe.machine;
            let place = probe.place;
            window.between = 0;
            Object.defineProperty(probe, "place", {
                get: () => place,
                set: (next) => { place = next; window.between += next % 1 > 0; },
            });
        }""")
        page.get_by_role("button", name="Speed 2×").click()
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("window.explorerProbe.machine.epoch === 12")
        assert page.evaluate("window.between") == 0


def test_one_class_is_followed_alone(visit, app):
    page = open_machine(visit, app)
    before = checksum(page, ".cloud .points")
    page.locator(".timemachine .chip", has_text="7").click()
    assert checksum(page, ".cloud .points") != before
    page.locator(".timemachine .chip", has_text="7").click()
    assert checksum(page, ".cloud .points") == before


def test_a_vqvae_has_pictures_alone(visit, app):
    page = open_machine(visit, app, "mnist-vqvae")
    first = checksum(page, "[aria-label='decoded 1']")
    slider(page).focus()
    page.keyboard.press("Home")
    assert checksum(page, "[aria-label='decoded 1']") != first
    assert page.locator(".cloud").is_hidden()
    assert visit.complaints == []


@pytest.mark.parametrize(
    ("what", "kind", "name"),
    [
        ("Reconstructions", "GIF", "mnist-2d-reconstructions.gif"),
        ("Latent space", "WebP", "mnist-2d-latent.webp"),
    ],
)
def test_a_movie_is_saved(what, kind, name, visit, app):
    page = open_machine(visit, app)
    page.get_by_role("button", name="Save").click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_text(what, exact=True).click()
    form.get_by_text(kind, exact=True).click()
    visit.settle()
    with page.expect_download() as download:
        form.get_by_role("button", name="Save the movie").click()
    assert download.value.suggested_filename == name
    with Image.open(Path(download.value.path())) as movie:
        assert movie.format == kind.upper()
        assert movie.n_frames >= len(STORED)
    assert visit.complaints == []


def test_the_curves_are_saved_as_png(visit, app):
    page = open_machine(visit, app)
    chart = page.locator(".js-plotly-plot").first
    chart.hover()
    with page.expect_download() as download:
        chart.get_by_role("button", name="Download plot as a PNG").click()
    assert download.value.suggested_filename == "mnist-2d-loss.png"
    with Image.open(Path(download.value.path())) as image:
        assert image.format == "PNG"
        assert image.width > 1000
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
