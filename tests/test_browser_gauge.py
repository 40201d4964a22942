"""The slider page in chromium: where z is among test images, sliders along principal axes, what leaves the page."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app
from browser_sliders import HAS_FOCUS, open_sliders, stage, strips, values, wait_for_paint, wait_for_z
from PIL import Image
from small_runs import train_small_conv

from explorer.latent import LatentSpace
from explorer.paths import PRETRAINED
from explorer.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Download, Page

pytestmark = IN_CHROMIUM

MODELS = ["mnist-20", "conv"]
AXES = "Sliders along the principal axes of the test images' posteriors"
DRAG = """input => {
    input.value = input.max;
    input.dispatchEvent(new Event("input"));
    const where = input.getRootNode().querySelector(".where");
    const ticks = [...where.querySelectorAll(".track i")].map(tick => parseFloat(tick.style.left));
    return [ticks, where.classList.contains("stale")];
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a convolutional run beside the shipped models."""
    folder = tmp_path_factory.mktemp("app")
    train_small_conv(folder / "runs" / "conv")
    with running_app(folder) as app:
        yield app


@pytest.fixture(params=["mnist-20"])
def page(request: pytest.FixtureRequest, visit: Visit, app: App) -> "Page":
    """The slider page of a model, at rest where it opens."""
    page = open_sliders(visit, app, request.param)
    wait_for_rest(page)
    return page


def wait_for_rest(page: "Page") -> None:
    """What follows once the hand rests has followed."""
    page.locator(".where:not(.stale) .verdict .icon").wait_for()


def click_strip(page: "Page", place: int, share: float) -> None:
    """Click at a share of a strip's width; the hatched ends are the first and the last twelfth."""
    strip = strips(page).nth(place)
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    address = page.url
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_url(lambda url: url != address)
    wait_for_rest(page)


def verdict(page: "Page") -> str:
    return page.locator(".verdict").inner_text().split("\n")[-1]


def distances(page: "Page") -> list[float]:
    """Radius, nearest image and round trip."""
    return [float(text) for text in page.locator(".distance output").all_inner_texts()]


def ticks(page: "Page") -> list[float]:
    """Where the three stand on their tracks, percent."""
    return page.locator(".gauge .track i").evaluate_all("all => all.map(tick => parseFloat(tick.style.left))")


def rows_shown(page: "Page") -> list[int]:
    """The rows in the test split of the nearest images."""
    titles = page.locator(".tiles .thumb").evaluate_all("all => all.map(each => each.title)")
    return [int(re.search(r"test image (\d+)", title)[1]) for title in titles]


def z_of(page: "Page") -> list[float]:
    """What Python was told."""
    wait_for_z(page)
    return [float(part) for part in re.search(r"[?&]z=([-\d._e]+)", page.url)[1].split("_")]


def latents_of(run: Run) -> LatentSpace:
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


def content_of(download: "Download") -> bytes:
    return Path(download.path()).read_bytes()


# where is this?


@pytest.mark.parametrize("page", MODELS, indirect=True)
def test_the_verdict_is_that_there_is_no_data_once_sliders_are_at_their_hatched_ends(page):
    before = distances(page)
    assert before[1] == 0  # it opens at a test image
    for place in range(min(4, strips(page).count())):
        click_strip(page, place, 0.99)
    assert verdict(page) == "No data here"
    assert "more than of every test image" in page.locator(".verdict").get_attribute("title")
    assert 85 < max(ticks(page)) < 100
    after = distances(page)
    assert after[0] > before[0]
    assert after[1] > 0
    caption = page.locator(".tiles .thumb span").first.inner_text()
    assert re.fullmatch(r"digit \d · [\d.]+", caption)
    assert float(caption.split()[-1]) == after[1]

    page.get_by_role("button", name="Reset").click()
    wait_for_rest(page)
    assert distances(page) == before


def test_while_a_slider_is_dragged_the_radius_follows_at_once_and_the_rest_is_marked_as_outdated(page):
    before = ticks(page)
    (radius, *others), is_stale = strips(page).first.evaluate(DRAG)
    assert radius != before[0]
    assert others == before[1:]
    assert is_stale
    wait_for_rest(page)
    assert all(now != then for now, then in zip(ticks(page), before, strict=True))


def test_the_nearest_images_are_those_of_the_stored_latents(page):
    for place in range(3):
        click_strip(page, place, 0.3)
    latents = latents_of(Run(PRETRAINED / "mnist-20"))
    away = np.linalg.norm(latents.mean - np.array(z_of(page)), axis=1)
    assert distances(page)[:2] == pytest.approx([np.linalg.norm(z_of(page)), away.min()], abs=0.06)
    np.testing.assert_allclose(away[rows_shown(page)], np.sort(away)[: len(rows_shown(page))], atol=0.01)
    digits = [int(text.split()[1]) for text in page.locator(".tiles .thumb span").all_inner_texts()]
    assert digits == latents.labels[rows_shown(page)].tolist()


def test_a_nearest_image_becomes_the_start_and_is_it_still_after_a_reload(page, visit):
    row = rows_shown(page)[2]
    page.locator(".tiles .thumb").nth(2).click()
    np.testing.assert_allclose(z_of(page), latents_of(Run(PRETRAINED / "mnist-20")).mean[row], rtol=0.01, atol=1e-3)
    click_strip(page, 0, 0.3)
    page.reload()
    visit.settle()
    wait_for_paint(page, 0)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("row => window.explorerProbe.sliders.paints > 1", arg=row)
    wait_for_rest(page)
    assert rows_shown(page)[0] == row
    assert distances(page)[1] == 0


def test_a_nearest_image_keeps_the_focus_as_it_moves_to_the_first_place(page):
    row = rows_shown(page)[2]
    page.locator(".tiles .thumb").nth(2).focus()
    page.keyboard.press("Enter")
    wait_for_rest(page)
    assert rows_shown(page)[0] == row
    assert page.locator(".tiles .thumb").first.evaluate(HAS_FOCUS)


def test_a_run_without_stored_latents_says_why_there_is_no_gauge(visit, app):
    bare = shutil.copytree(app.runs / "conv", app.runs / "bare")
    (bare / "latents.safetensors").unlink()
    page = open_sliders(visit, app, "bare")
    page.get_by_text("This run stored no latents of test images").wait_for()
    assert page.locator(".gauge").count() == 0
    assert page.get_by_label(AXES).count() == 0
    assert visit.complaints == []


# principal axes


@pytest.mark.parametrize("page", MODELS, indirect=True)
def test_the_other_sliders_show_the_same_image_at_the_coordinates_along_the_axes(page, app):
    image, opened = stage(page), values(page)
    run = app.runs / "conv" if "model=conv" in page.url else PRETRAINED / "mnist-20"
    page.get_by_label(AXES).click()
    page.wait_for_url(re.compile("basis=principal"))
    wait_for_rest(page)
    axes = latents_of(Run(run)).principal_axes()
    assert stage(page) == image
    along = axes.axes @ np.array(z_of(page))
    assert values(page) == pytest.approx(along[~axes.dead].tolist() + along[axes.dead].tolist(), abs=0.02)
    texts = page.locator(".strips:not([hidden]) .row:not(.header) .kl").all_inner_texts()
    shares = [float(text.split()[0]) for text in texts]
    assert sorted(shares, reverse=True) == shares
    assert sum(shares) == pytest.approx(100, abs=1)

    click_strip(page, 0, 0.9)
    assert stage(page) != image
    moved = axes.axes @ np.array(z_of(page)) - along
    assert abs(moved[0]) > 0.1 * (axes.high - axes.low)[0]
    np.testing.assert_allclose(moved[1:], 0, atol=0.1 * abs(moved[0]))

    page.get_by_role("button", name="Reset").click()
    page.get_by_label("Sliders along the dimensions of z").click()
    page.wait_for_url(lambda url: "basis" not in url)
    wait_for_rest(page)
    assert stage(page) == image
    assert values(page) == pytest.approx(opened, abs=1e-6)


def test_a_double_click_brings_an_axis_home_and_zero_is_the_prior_mean(page):
    image = stage(page)
    page.get_by_label(AXES).click()
    click_strip(page, 1, 0.8)
    assert stage(page) != image
    strips(page).nth(1).dblclick()
    wait_for_rest(page)
    assert stage(page) == image
    for place in range(strips(page).count()):
        strips(page).nth(place).focus()
        page.keyboard.press("0")
    wait_for_rest(page)
    assert distances(page)[0] == 0


def test_principal_axes_are_restored_by_a_reload(page, visit):
    page.get_by_label(AXES).click()
    click_strip(page, 0, 0.8)
    before = values(page)
    page.reload()
    visit.settle()
    wait_for_rest(page)
    assert page.get_by_label(AXES).get_attribute("aria-pressed") == "true"
    assert values(page) == pytest.approx(before, abs=0.02)  # the address has three digits


# what leaves the page


def test_the_image_is_saved_with_every_pixel_a_square(page):
    with page.expect_download() as saved:
        page.get_by_label("Save the image as PNG").click()
    assert saved.value.suggested_filename == "mnist-20.png"
    pixels = np.asarray(Image.open(io.BytesIO(content_of(saved.value))).convert("L"))
    assert pixels.shape == (448, 448)
    small = pixels[::16, ::16]
    np.testing.assert_array_equal(pixels, small.repeat(16, 0).repeat(16, 1))
    shown = page.locator(".stage canvas").evaluate(
        "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
    )
    np.testing.assert_array_equal(small.ravel(), shown)


def test_z_is_saved_as_it_is(page):
    click_strip(page, 0, 0.3)
    with page.expect_download() as saved:
        page.get_by_label("Save z as JSON").click()
    content = json.loads(content_of(saved.value))
    assert content["model"] == "mnist-20"
    assert content["z"] == pytest.approx(z_of(page), rel=0.01)


@pytest.mark.parametrize(
    ("page", "kind", "words"),
    [("mnist-20", "gif", "GIF, plays everywhere"), ("conv", "webp", "WebP, smaller")],
    indirect=["page"],
)
def test_a_movie_goes_there_and_back_along_the_dimension_that_was_moved_last(page, kind, words):
    click_strip(page, 1, 0.7)
    name = page.locator(".strips:not([hidden]) .row:not(.header) .name").nth(1).inner_text()
    page.get_by_label("Save a movie of one dimension").click()
    assert page.locator(".menu-body").inner_text().split("\n")[0] == f"All along {name}"
    with page.expect_download() as saved:
        page.get_by_role("button", name=words).click()
    assert saved.value.suggested_filename.endswith(f".{kind}")
    movie = Image.open(io.BytesIO(content_of(saved.value)))
    assert movie.format == kind.upper()
    assert min(movie.size) >= 224
    frames = []
    for index in range(movie.n_frames):
        movie.seek(index)
        frames.append(np.asarray(movie.convert("L")).astype(int))
    assert len(frames) == 62
    assert np.abs(frames[0] - frames[31]).max() > 0
    np.testing.assert_array_equal(frames[1], frames[-1])  # it comes back by the way it went
