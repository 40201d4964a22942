"""Starts of a visitor's own in chromium: drawings and uploads; strips in a worker; decoding on the server."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app, visiting
from browser_sliders import CHECKSUM, open_sliders, paints, stage, strips, values, wait_for_paint
from PIL import Image
from small_runs import after, ignore, small_config, small_conv_config

from explorer.config import RunConfig
from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.palette import grey_tiles
from explorer.runs import Run
from explorer.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_CHROMIUM

SEVEN = [(9, 8), (13, 8), (17, 8), (15, 12), (13, 16), (12, 21)]  # pixels of 28
PIXELS = """canvas => Array.from(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 0))"""
BARS = "bars => bars.map(bar => 4 - 8 * parseFloat(bar.style.top) / 100)"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with two runs that are not shipped: convolutions, and a net that is too large for the page."""
    folder = tmp_path_factory.mktemp("app")
    prepare(folder / "runs" / "conv", small_conv_config().override(image_size=28, latent_dim=8, decoder_channels=16))
    prepare(folder / "runs" / "wide", small_config(image_size=24, hidden=8192))
    with running_app(folder) as app:
        yield app


def prepare(directory: Path, config: RunConfig) -> None:
    """One step of training: what it has learned does not matter."""
    train(config.override(epochs=1, batch_size=2000), Run(directory), after(None), ignore)


def open_pad(visit: Visit, app: App, model: str) -> "Page":
    """The slider page with its pad open."""
    page = open_sliders(visit, app, model)
    page.get_by_label("Draw an image to start from").click()
    page.locator(".paper").wait_for()
    return page


def means(page: "Page") -> list[float]:
    """The posterior's mean as the bars show it, the most informative dimension first."""
    return [float(value) for value in page.locator(".posterior .mean").evaluate_all(BARS)]


def paper(page: "Page") -> int:
    return int(page.locator(".paper canvas").evaluate(CHECKSUM))


def put_pen(page: "Page", places: list[tuple[float, float]]) -> Iterator[None]:
    """Draw from place to place, and stop at each with the pen down."""
    box = page.locator(".paper canvas").bounding_box()
    scale = box["width"] / 28
    page.mouse.move(box["x"] + scale * places[0][0], box["y"] + scale * places[0][1])
    page.mouse.down()
    for x, y in places[1:]:
        painted = paints(page)
        page.mouse.move(box["x"] + scale * x, box["y"] + scale * y, steps=3)
        wait_for_paint(page, painted)
        yield


def draw(page: "Page", places: list[tuple[float, float]] = SEVEN) -> None:
    """A whole stroke."""
    for _ in put_pen(page, places):
        pass
    page.mouse.up()


def rest(page: "Page") -> None:
    """Wait until what follows a change slowly has followed."""
    page.locator(".where:not(.stale)").wait_for()


# drawing


@pytest.mark.parametrize("model", ["mnist-20", "conv"])
def test_bars_and_image_follow_the_pen_and_only_its_lifting_is_sent(model, visit, app):
    page = open_pad(visit, app, model)
    sent = len(visit.sent)
    images, posteriors = [stage(page)], []
    for _ in put_pen(page, SEVEN):
        images.append(stage(page))
        posteriors.append(means(page))
    assert len(set(images)) == len(images)
    assert len(set(map(tuple, posteriors))) == len(posteriors)
    assert len(visit.sent) == sent
    assert "z=" not in page.url

    page.mouse.up()
    page.wait_for_url(re.compile(r"z=.*start=-3"))
    visit.settle()
    assert len(visit.sent) == sent + 1
    assert visit.complaints == []
    if model == "mnist-20":  # what the strips span is what a trained model uses
        assert values(page) == pytest.approx(means(page), abs=0.01)


def test_a_seven_is_read_as_a_seven(visit, app):
    page = open_pad(visit, app, "mnist-20")
    draw(page)
    rest(page)
    nearest = page.locator(".nearest .thumb").evaluate_all("all => all.map(each => each.title)")
    assert sum("7" in title.split(",")[0] for title in nearest) > len(nearest) / 2


def test_a_sample_is_another_latent_of_the_same_posterior_and_the_mean_comes_back(visit, app):
    page = open_pad(visit, app, "mnist-20")
    draw(page)
    mean, bars = values(page), means(page)
    drawn = []
    for _ in range(2):
        page.get_by_label("Draw ε again").click()
        drawn.append(values(page))
        assert means(page) == bars
    assert mean not in drawn
    assert drawn[0] != drawn[1]
    page.get_by_role("button", name="z = μ", exact=True).click()
    assert values(page) == mean


def test_strokes_are_taken_back_and_the_pad_is_cleared_and_filled_with_the_image(visit, app):
    page = open_pad(visit, app, "mnist-20")
    blank = paper(page)
    draw(page)
    first, bars = paper(page), means(page)
    draw(page, [(10, 14), (17, 14)])
    assert means(page) != bars
    page.get_by_label("Take the last stroke back").click()
    assert (paper(page), means(page)) == (first, bars)

    rest(page)
    page.get_by_label("Clear the pad").click()
    assert paper(page) == blank
    image = stage(page)
    page.get_by_label("Draw on the present image").click()
    assert paper(page) == image


def test_the_eraser_and_a_broader_pen_leave_what_they_say(visit, app):
    page = open_pad(visit, app, "mnist-20")
    blank = paper(page)
    draw(page, [(10, 14), (17, 14)])
    lit = sum(page.locator(".paper canvas").evaluate(PIXELS))
    page.get_by_label("Eraser").click()
    page.get_by_label("Broad").click()
    draw(page, [(8, 14), (19, 14)])
    assert paper(page) == blank
    page.get_by_label("Pen", exact=True).click()
    draw(page, [(10, 14), (17, 14)])
    assert sum(page.locator(".paper canvas").evaluate(PIXELS)) > 1.5 * lit


def test_a_digit_in_a_corner_is_centred_for_the_encoder_unless_the_visitor_objects(visit, app):
    page = open_pad(visit, app, "mnist-20")
    draw(page, [(x - 5, y - 5) for x, y in SEVEN])
    centred, image = means(page), paper(page)
    page.get_by_label("centred, as MNIST is").uncheck()
    assert paper(page) == image
    assert np.abs(np.subtract(means(page), centred)).max() > 0.5


def test_two_dimensions_are_an_ellipse_among_the_test_images(visit, app):
    page = open_pad(visit, app, "mnist-2d")
    dot = page.locator(".plane circle.mean")
    places = []
    for _ in put_pen(page, SEVEN):
        places.append((dot.get_attribute("cx"), dot.get_attribute("cy")))
    page.mouse.up()
    assert len(set(places)) == len(places)
    assert all(0 <= float(share) <= 100 for place in places for share in place)


def test_a_lesion_is_painted_on_the_present_brain(visit, app):
    page = open_sliders(visit, app, "oasis-8")
    before, sent = stage(page), len(visit.sent)
    page.get_by_label("Draw an image to start from").click()
    assert page.locator(".paper canvas").evaluate(CHECKSUM) == before == stage(page)
    assert len(visit.sent) == sent  # looking moves nothing
    draw(page, [(12, 12), (16, 15)])
    page.wait_for_url(re.compile(r"z=.*start=-3"))
    assert stage(page) != before


def test_one_can_draw_with_the_keyboard_alone(visit, app):
    page = open_sliders(visit, app, "mnist-20")
    sent = len(visit.sent)
    page.get_by_label("Draw an image to start from").focus()
    page.keyboard.press("Enter")
    blank = paper(page)
    page.keyboard.press("Shift+ArrowUp")
    assert paper(page) == blank
    page.keyboard.down(" ")
    for _ in range(8):
        painted = paints(page)
        page.keyboard.press("ArrowDown")
        wait_for_paint(page, painted)
    assert len(visit.sent) == sent
    page.keyboard.up(" ")
    page.wait_for_url(re.compile(r"z=.*start=-3"))
    visit.settle()
    assert len(visit.sent) == sent + 1
    lit = np.reshape(page.locator(".paper canvas").evaluate(PIXELS), (28, 28)) > 128
    rows, columns = np.nonzero(lit)
    assert np.ptp(rows) > 7 > np.ptp(columns)

    page.keyboard.press("Control+z")
    assert paper(page) == blank
    page.keyboard.press("Escape")
    assert page.locator(".paper").count() == 0
    page.keyboard.press("Enter")
    page.locator(".paper").wait_for()


# strips


def first_strip(page: "Page") -> int:
    """A checksum of the first strip, once it is drawn."""
    page.locator(".strips .row:not(.header)").first.and_(page.locator(".row:not(.stale)")).wait_for()
    return int(page.locator(".film canvas").first.evaluate(CHECKSUM))


def test_a_worker_draws_the_strips_of_a_slow_decoder_like_the_page_would(browser, app):
    with visiting(browser) as visit:
        page = open_sliders(visit, app, "conv")
        with_worker = first_strip(page)
        assert len(page.workers) == 1
        assert visit.complaints == []
    with visiting(browser) as visit:
        visit.page.add_init_script("delete window.Worker")
        page = open_sliders(visit, app, "conv")
        assert first_strip(page) == with_worker
        assert visit.complaints == []


@pytest.mark.parametrize("address", ["blob:nowhere", "/nowhere.js"], ids=["refused at once", "fails later"])
def test_without_leave_to_open_a_worker_the_page_draws_the_strips(address, browser, app):
    with visiting(browser) as visit:
        visit.page.add_init_script(
            f"Worker = class extends Worker {{ constructor() {{ super('{address}', {{ type: 'module' }}); }} }}"
        )
        page = open_sliders(visit, app, "conv")
        first_strip(page)
        assert len(page.workers) == 0


# the server


def test_a_decoder_that_is_too_large_for_the_page_runs_on_the_server(visit, app):
    page = open_sliders(visit, app, "wide")
    notice = page.locator(".notice").inner_text()
    assert "The decoder has 9.5 MB of weights, so the server decodes" in notice
    assert "The encoder has 9.5 MB of weights, so there is no pad" in notice
    assert page.get_by_label("Draw an image to start from").count() == 0
    assert page.locator(".plain:not([hidden]) .film").count() == 2

    run = Run(app.runs / "wide")
    start = LatentSpace.from_arrays(run.read_latents(), run.read_record().data).starts(run.read_record().data)[0]
    expected = grey_tiles(Session(run).decode(start.latent[None]))[0]
    shown = np.reshape(page.locator(".stage canvas").evaluate(PIXELS), expected.shape)
    np.testing.assert_allclose(shown, expected, atol=1)
    thumbs = page.locator(".start canvas")
    assert thumbs.count() > 2
    assert 0 not in thumbs.evaluate_all(f"all => all.map({CHECKSUM})")


def test_the_server_s_image_follows_the_pointer_before_it_is_released(visit, app):
    page = open_sliders(visit, app, "wide")
    sent, images = len(visit.sent), [stage(page)]
    box = strips(page).first.bounding_box()
    x, y = box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(4):
        painted = paints(page)
        page.mouse.move(x + (step + 1) * 0.15 * box["width"], y)
        wait_for_paint(page, painted)
        images.append(stage(page))
    assert len(set(images)) > 2
    assert all(b"committed" not in frame for frame in visit.sent[sent:])
    page.mouse.up()
    page.wait_for_url(re.compile(r"z="))


# uploads


def test_an_uploaded_image_becomes_a_start_and_is_gone_to(visit, app):
    page = open_sliders(visit, app, "mnist-20")
    buffer = io.BytesIO()
    Image.fromarray(np.pad(np.full((20, 4), 250, np.uint8), ((4, 4), (12, 12)))).save(buffer, "PNG")
    page.get_by_role("button", name="Upload", exact=True).click()
    files = [{"name": "one *.png", "mimeType": "image/png", "buffer": buffer.getvalue()}]
    page.locator("input[type=file]").set_input_files(files)
    own = page.get_by_role("button", name="one *.png", exact=True).locator("visible=true")
    page.locator(".start.own").wait_for()
    assert own.count() == 1
    page.wait_for_url(re.compile(r"z=.*start=-3"))
    assert page.locator(".start.own").get_attribute("aria-pressed") == "true"
