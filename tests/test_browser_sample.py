"""The sample page in chromium: sheets that follow a drag, what is hatched, a click, keys, the address, the files."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app
from browser_sliders import CHECKSUM
from PIL import Image
from small_runs import after, ignore, small_config, wait_until

from explorer.aggregate import Nearness
from explorer.draws import Mixture, draw_noise
from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED
from explorer.runs import Run
from explorer.support import nearest, radius
from explorer.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Download, Locator, Page

pytestmark = IN_CHROMIUM

SHOWN = ".sheets section:not([hidden])"
STEPS, STRIDE = 10, 8  # of a drag: so many moves, of so many pixels
FRAMES = 150  # of a drag that never rests; more than there are tiles
GREYS = """canvas => Array.from(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 0))"""
STEADY_DRAG = """async (input, frames) => {
    for (let frame = 0; frame < frames; frame++) {
        input.value = 1 + frame / frames;
        input.dispatchEvent(new Event("input"));
        await new Promise(requestAnimationFrame);
    }
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a run whose decoder is too large for the page."""
    folder = tmp_path_factory.mktemp("app")
    wide = small_config(image_size=24, hidden=8192, epochs=1, batch_size=2000)
    train(wide, Run(folder / "runs" / "wide"), after(None), ignore)
    with running_app(folder) as app:
        yield app


def open_samples(visit: Visit, app: App, model: str, **link: object) -> "Page":
    """The sample page of a model, every tile drawn and judged."""
    page = visit.open(app, f"/sample?model={model}" + "".join(f"&{name}={value}" for name, value in link.items()))
    wait_for_sheets(page)
    return page


def wait_for_sheets(page: "Page") -> None:
    page.wait_for_function("window.explorerProbe?.sample?.paints > 0")
    page.locator(f"{SHOWN} .sample").first.wait_for()
    page.locator(f"{SHOWN} .sample.stale").first.wait_for(state="detached")


def paints(page: "Page") -> int:
    return int(page.evaluate("window.explorerProbe.sample.paints"))


def dial(page: "Page", name: str) -> "Locator":
    return page.get_by_role("slider", name=name)


def sheet(page: "Page", place: int = 0) -> "Locator":
    """The tiles of a sheet that is shown, as buttons."""
    return page.locator(SHOWN).nth(place).locator("button.sample")


def pixels(tiles: "Locator") -> list[int]:
    """A checksum of each."""
    return [int(value) for value in tiles.locator("canvas").evaluate_all(f"all => all.map({CHECKSUM})")]


def drawn(model: str, count: int, seed: int = 0, truncation: float | None = None, temperature: float = 1) -> np.ndarray:
    """The prior's draws, as Python makes them."""
    size = Run(PRETRAINED / model).read_record().config.model.latent_dim
    return Mixture.prior(size).draw(draw_noise(seed, count, size, truncation), temperature)


def latents_of(model: str) -> LatentSpace:
    run = Run(PRETRAINED / model)
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


def content_of(download: "Download") -> bytes:
    return Path(download.path()).read_bytes()


@pytest.mark.parametrize("model", ["mnist-20", "mnist-conv-20"])
def test_both_sheets_follow_a_drag_in_the_page_and_only_the_release_is_sent(model, visit, app):
    page = open_samples(visit, app, model)
    assert page.evaluate("window.explorerProbe.sample.parity") < 1 / 255
    assert page.evaluate("window.explorerProbe.sample.decodeMs") > 0
    tiles = page.locator(f"{SHOWN} button.sample")
    before, sent = pixels(tiles), len(visit.sent)
    box = dial(page, "Temperature").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    painted = paints(page)
    for step in range(STEPS):
        page.mouse.move(x + (step + 1) * STRIDE, y)
        page.wait_for_function("after => window.explorerProbe.sample.paints > after", arg=painted)
        painted = paints(page)
    wait_for_sheets(page)
    assert all(now != then for now, then in zip(pixels(tiles), before, strict=True))
    assert len(visit.sent) == sent
    assert "temperature=" not in page.url

    page.mouse.up()
    page.wait_for_url(re.compile(r"temperature=1\.\d\d"))
    visit.settle()
    (frame,) = visit.sent[sent:]
    assert b"committed" in frame
    assert visit.complaints == []


def test_under_a_drag_that_never_rests_every_tile_on_the_screen_has_its_turn(visit, app):
    page = open_samples(visit, app, "mnist-conv-20")
    tiles = sheet(page)
    before = pixels(tiles)
    dial(page, "Temperature").evaluate(STEADY_DRAG, FRAMES)
    assert all(now != then for now, then in zip(pixels(tiles), before, strict=True))


def test_the_page_draws_what_python_draws_and_a_truncation_that_is_undone_leaves_nothing(visit, app):
    page = open_samples(visit, app, "mnist-20", seed=7)
    tiles = sheet(page)
    before = pixels(tiles)
    expected = grey_tiles(Session(Run(PRETRAINED / "mnist-20")).decode(drawn("mnist-20", 3, seed=7)))
    for index in range(3):
        shown = tiles.nth(index).locator("canvas").evaluate(GREYS)
        difference = np.array(shown).reshape(28, 28) - expected[index].astype(int)
        assert np.abs(difference).max() <= 1

    truncation = dial(page, "Truncation")
    assert page.locator(".dial", has=truncation).locator("output").inner_text() == "none"
    truncation.fill("0.5")
    wait_for_sheets(page)
    assert all(now != then for now, then in zip(pixels(tiles), before, strict=True))
    truncation.dblclick()
    wait_for_sheets(page)
    assert pixels(tiles) == before
    dial(page, "Temperature").fill("0")
    wait_for_sheets(page)
    assert len(set(pixels(tiles))) == 1


@pytest.mark.parametrize("model", ["mnist-20", "oasis-8"])
def test_what_is_beyond_the_test_images_is_hatched_and_counted(model, visit, app):
    page = open_samples(visit, app, model)
    page.locator(".share", has_text="beyond the data").first.wait_for()
    hatched = sheet(page).evaluate_all("all => all.map(each => each.classList.contains('beyond'))")
    space = latents_of(model)
    rows = np.linspace(0, len(space.mean) - 1, min(len(space.mean), 2000)).astype(int)
    near = Nearness.of(space, rows)
    draws = drawn(model, len(hatched)) * near.between
    excess = np.maximum(nearest(draws, near.latents) / near.nearest.max(), radius(draws) / near.radius.max())
    clear = np.abs(excess - 1) > 1e-3  # stored latents have half precision in the page
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(np.array(hatched)[clear], excess[clear] > 1)
    assert 0 < sum(hatched) < len(hatched)
    assert page.locator(".share").first.inner_text() == f"{sum(hatched)} of {len(hatched)} beyond the data"


def test_a_clicked_sample_shows_its_neighbours_and_opens_in_the_sliders(visit, app):
    page = open_samples(visit, app, "mnist-20")
    assert page.get_by_role("button", name="Open in Sliders").is_disabled()
    tile = sheet(page).nth(5)
    tile.click()
    assert tile.get_attribute("aria-pressed") == "true"
    page.locator(".picked .verdict").filter(has_text="data").wait_for()
    space, z = latents_of("mnist-20"), drawn("mnist-20", 6)[5]
    between = Nearness.of(space, np.arange(10)).between
    distances = np.linalg.norm((space.mean - z) * between, axis=1)
    titles = page.locator(".picked .nearest button").evaluate_all("all => all.map(each => each.title)")
    rows = [int(re.search(r"test image (\d+)", title)[1]) for title in titles]
    assert rows == np.argsort(distances)[: len(rows)].tolist()
    assert f"at a distance of {distances.min():.1f}" in titles[0]
    assert titles[0].startswith(f"digit {space.labels[rows[0]]}, ")

    page.get_by_role("button", name="Open in Sliders").click()
    page.wait_for_url(re.compile(r"/sliders\?.*z="))
    opened = re.search(r"[?&]z=([-\d._e]+)", page.url)[1]
    np.testing.assert_allclose([float(part) for part in opened.split("_")], z, atol=0.006)
    visit.settle()
    assert visit.complaints == []


def test_everything_can_be_done_with_the_keyboard(visit, app):
    page = open_samples(visit, app, "mnist-2d")
    sent = len(visit.sent)
    dial(page, "Temperature").focus()
    page.keyboard.down("ArrowLeft")
    for _ in range(4):
        page.keyboard.down("ArrowLeft")  # held: it repeats
    assert len(visit.sent) == sent
    page.keyboard.up("ArrowLeft")
    page.wait_for_url(re.compile(r"temperature=0\.95"))

    page.keyboard.press("r")
    page.wait_for_url(re.compile(r"seed=1(&|$)"))
    page.get_by_role("heading", name="Sample").click()
    visit.settle()
    sent = len(visit.sent)
    page.keyboard.press("r")  # also where nothing of the panel has the focus
    page.wait_for_url(re.compile(r"seed=2(&|$)"))
    (frame,) = visit.sent[sent:]  # Streamlit's R would rerun the page
    assert b"committed" in frame

    dial(page, "Temperature").focus()
    page.keyboard.press("Tab")
    assert dial(page, "Truncation").evaluate("input => input.getRootNode().activeElement === input")
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    columns = sheet(page).evaluate_all("all => all.filter(each => each.offsetTop === all[0].offsetTop).length")
    page.keyboard.press("Enter")
    chosen = sheet(page).nth(columns + 1)
    assert chosen.get_attribute("aria-pressed") == "true"
    page.locator(".picked .caption", has_text=f"sample {columns + 2}, Prior").wait_for()
    page.keyboard.press("Tab")
    assert sheet(page, 1).first.evaluate("tile => tile.getRootNode().activeElement === tile")


def test_seed_temperature_truncation_and_source_survive_a_reload(visit, app):
    page = open_samples(visit, app, "mnist-2d")
    page.get_by_label("Seed").fill("41")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"seed=41"))
    page.get_by_role("button", name="A Gaussian fitted to q(z)").click()
    for name, value in (("Temperature", "0.6"), ("Truncation", "1.25")):
        dial(page, name).fill(value)
    for part in ("temperature=0.60", "truncation=1.25", "source=gaussian"):
        page.wait_for_url(lambda url, part=part: part in url)
    wait_for_sheets(page)
    before = [pixels(sheet(page, place)) for place in range(2)]

    page.reload()
    visit.settle()
    wait_for_sheets(page)
    assert [pixels(sheet(page, place)) for place in range(2)] == before
    assert page.get_by_label("Seed").input_value() == "41"
    assert [dial(page, name).input_value() for name in ("Temperature", "Truncation")] == ["0.6", "1.25"]
    assert page.locator(".option[aria-pressed=true]").inner_text() == "Gaussian"


def test_the_files_hold_what_the_sheet_shows(visit, app):
    page = open_samples(visit, app, "mnist-20", source="prior", seed=2)
    with page.expect_download() as saved:
        page.get_by_label("Save its latents as JSON").click()
    facts = json.loads(content_of(saved.value))
    shown = sheet(page).count()
    np.testing.assert_allclose(facts["latents"], drawn("mnist-20", shown, seed=2), atol=1e-6)
    visit.settle()
    with page.expect_download() as saved:
        page.get_by_label("Save the sheet as PNG").click()
    assert saved.value.suggested_filename == "mnist-20-prior-2.png"
    picture = np.asarray(Image.open(io.BytesIO(content_of(saved.value))))
    expected = grey_tiles(Session(Run(PRETRAINED / "mnist-20")).decode(drawn("mnist-20", shown, seed=2)))
    columns = sheet(page).evaluate_all("all => all.filter(each => each.offsetTop === all[0].offsetTop).length")
    last = picture[-112::4, (columns - 1) * 116 :: 4]
    np.testing.assert_array_equal(last, expected[-1])


def test_a_narrow_page_shows_one_sheet_and_the_choice_says_which(visit, app):
    page = visit.page
    page.set_viewport_size({"width": 700, "height": 900})
    open_samples(visit, app, "mnist-2d")
    sections = page.locator(SHOWN)
    assert sections.count() == 1
    page.get_by_role("button", name="The prior N(0, I)").click()
    assert sections.locator("h3").inner_text() == "The prior N(0, I)"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name=re.compile("Gaussians fitted")).click()
    wait_until(lambda: sections.count() == 2)


def test_a_decoder_that_is_too_large_for_the_page_draws_its_sheets_on_the_server(visit, app):
    page = open_samples(visit, app, "wide")
    before = pixels(sheet(page))
    assert len(set(before)) > 10
    painted = paints(page)
    dial(page, "Temperature").fill("0.3")
    page.wait_for_function("after => window.explorerProbe.sample.paints > after", arg=painted)
    wait_for_sheets(page)
    assert all(now != then for now, then in zip(pixels(sheet(page)), before, strict=True))
    assert visit.complaints == []
