"""The map in chromium: what lies under the pointer, pins, the view, a path and its movie, a lasso, other pages."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app
from browser_sliders import CHECKSUM, HAS_FOCUS
from PIL import Image
from small_runs import after, ignore, small_config, train_small
from test_browser_interpolate import PNG_OF_ONE_PIXEL

from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.maps import Map, dims_map, pca_map, umap_map
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED
from explorer.projection import UmapConfig
from explorer.runs import Run
from explorer.stored_maps import StoredMap
from explorer.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = IN_CHROMIUM

UMAP_NAME = "umap-15-0.1-42"
EMPTY = ((0.04, 0.05), (0.96, 0.08))  # places, as shares of the map's width and height, that no point is near
GREYS = """canvas => Array.from(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 0))"""
INKED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((count, value, i) => count + (i % 4 === 3 && value > 128), 0);
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a run whose decoder is too large for the page, one without latents, and a small one."""
    folder = tmp_path_factory.mktemp("app")
    train(
        small_config(image_size=24, hidden=8192, epochs=1, batch_size=2000),
        Run(folder / "runs" / "wide"),
        after(None),
        ignore,
    )
    train_small(folder / "runs" / "four", latent_dim=4)
    train_small(folder / "runs" / "bare")
    (folder / "runs" / "bare" / "latents.safetensors").unlink()
    with running_app(folder) as app:
        yield app


def space_of(model: str) -> LatentSpace:
    run = Run(PRETRAINED / model)
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


def map_of(model: str, name: str) -> Map:
    """The map that the page shows, as Python has it."""
    space = space_of(model)
    if name == "dims":
        return dims_map(space, 0, 1)
    if name == "pca":
        return pca_map(space)
    points = StoredMap(Run(PRETRAINED / model), UmapConfig()).read()
    return umap_map(space, points, UmapConfig())


def open_map(visit: Visit, app: App, model: str, **link: object) -> "Page":
    """The page of a model with its map painted."""
    page = visit.open(app, f"/manifold?model={model}" + "".join(f"&{name}={value}" for name, value in link.items()))
    page.wait_for_function("window.explorerProbe?.manifold?.paints > 0")
    page.wait_for_function("window.explorerProbe.manifold.drawMs > 0")
    return page


def probe(page: "Page", name: str) -> object:
    return page.evaluate(f"window.explorerProbe.manifold.{name}")


def at(page: "Page", across: float, down: float) -> tuple[float, float]:
    """Where a share of the map's width and height is on the screen."""
    box = page.locator(".map").bounding_box()
    return round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"])


def hover(page: "Page", across: float, down: float) -> list[float]:
    """Move the pointer there; the place of the map that is decoded then."""
    before = probe(page, "paints")
    page.mouse.move(*at(page, across, down))
    page.wait_for_function("before => window.explorerProbe.manifold.paints > before", arg=before)
    return probe(page, "place")


def click(page: "Page", across: float, down: float, pins: int, **options: object) -> None:
    """Click there, and wait until Python knows of so many pins."""
    page.mouse.click(*at(page, across, down), **options)
    page.wait_for_url(lambda url: url.count("~") == pins - 1 and "pins=" in url)


def greys(canvas: "Locator") -> np.ndarray:
    return np.array(canvas.evaluate(GREYS), np.float64)


def checksum(page: "Page", canvas: str) -> int:
    return int(page.locator(canvas).first.evaluate(CHECKSUM))


def decoded(model: str, latents: np.ndarray) -> np.ndarray:
    """Grey levels (N, H * W) of latents."""
    return 255 * Session(Run(PRETRAINED / model)).decode(latents.astype(np.float32)).reshape(len(latents), -1)


@pytest.mark.parametrize(
    ("model", "name"), [("mnist-2d", "dims"), ("mnist-20", "pca"), ("mnist-20", UMAP_NAME), ("oasis-8", "pca")]
)
def test_empty_places_and_points_show_what_python_decodes_there(model, name, visit, app):
    page = open_map(visit, app, model, map=name)
    assert probe(page, "parity") < 1 / 255
    drawn, here = map_of(model, name), page.locator(".callout canvas").first
    images, places = [], []
    for place in EMPTY:
        places.append(hover(page, *place))
        images.append(greys(here))
        assert np.array_equal(greys(page.locator(".aside canvas").first), images[-1])
    expected = decoded(model, drawn.lift.lift(np.array(places, np.float32)))
    assert np.abs(images[0] - images[1]).max() > 50
    np.testing.assert_allclose(images, expected, atol=1.01)

    hover(page, 0.5, 0.5)
    row = probe(page, "row")
    np.testing.assert_allclose(
        greys(page.locator(".callout canvas").nth(1)), decoded(model, space_of(model).mean[[row]])[0], atol=1.01
    )
    assert np.square(drawn.points[row] - probe(page, "place")).sum() == pytest.approx(
        np.square(drawn.points - probe(page, "place")).sum(1).min(), abs=1e-6
    )
    assert visit.complaints == []


def test_hovering_sends_nothing_and_a_click_pins_what_is_there_for_python_and_for_the_next_visit(visit, app):
    page = open_map(visit, app, "mnist-2d")
    sent = len(visit.sent)
    for step in range(10):
        hover(page, 0.3 + 0.03 * step, 0.4)
    assert len(visit.sent) == sent
    click(page, 0.2, 0.3, pins=1)
    click(page, 0.6, 0.7, pins=2)
    tiles = page.locator(".pin .thumb canvas")
    pinned = [greys(tile) for tile in tiles.all()]
    assert len(pinned) == 2
    assert not np.array_equal(*pinned)
    marks = checksum(page, "canvas.marks")
    visit.settle()

    page.reload()
    visit.settle()
    tiles.nth(1).wait_for()
    np.testing.assert_allclose([greys(tile) for tile in tiles.all()], pinned, atol=2)  # the link rounds places
    page.get_by_label("Remove this pin").first.click()
    page.wait_for_url(lambda url: "~" not in url)
    assert checksum(page, "canvas.marks") != marks
    assert visit.complaints == []


def test_shift_pins_the_nearest_test_image_itself(visit, app):
    page = open_map(visit, app, "mnist-20", map="pca")
    hover(page, 0.5, 0.5)
    row = probe(page, "row")
    page.keyboard.down("Shift")
    page.mouse.click(*at(page, 0.5, 0.5))
    page.keyboard.up("Shift")
    page.wait_for_url(re.compile(rf"pins=t{row}(&|$)"))
    np.testing.assert_allclose(
        greys(page.locator(".pin .thumb canvas")), decoded("mnist-20", space_of("mnist-20").mean[[row]])[0], atol=1.01
    )


def test_a_pin_becomes_the_base_of_a_linear_map(visit, app):
    page = open_map(visit, app, "mnist-20", map="pca", pins="t7")
    before = hover(page, 0.3, 0.3), greys(page.locator(".callout canvas").first)
    page.locator(".pin").hover()
    page.get_by_label("Lift the map's places from here").click()
    page.wait_for_url(re.compile("base=1"))
    place = hover(page, 0.3, 0.3)
    assert place == before[0]
    drawn = pca_map(space_of("mnist-20"))
    axes, base = drawn.lift.axes, space_of("mnist-20").mean[7]
    expected = decoded("mnist-20", (base + axes @ (np.array(place) - base @ axes))[np.newaxis])[0]
    image = greys(page.locator(".callout canvas").first)
    np.testing.assert_allclose(image, expected, atol=1.01)
    assert np.abs(image - before[1]).max() > 50


def test_wheel_drag_keys_and_a_double_click_move_the_view_and_the_link_keeps_it(visit, app):
    page = open_map(visit, app, "mnist-20", map="pca")
    whole = checksum(page, "canvas.points")
    place = hover(page, 0.3, 0.3)
    page.mouse.wheel(0, -600)
    page.wait_for_url(re.compile(r"at=[-\d._e]+_2\.\d+"))
    assert checksum(page, "canvas.points") != whole
    assert hover(page, 0.301, 0.3) == pytest.approx(place, abs=0.05)  # zoomed at the pointer

    page.mouse.down()
    page.mouse.move(*at(page, 0.5, 0.4), steps=5)
    page.mouse.up()
    assert probe(page, "place") != place
    assert "pins=" not in page.url  # a drag is no click
    page.locator(".map").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    page.wait_for_url(re.compile(r"at=[-\d._e]+_3\.\d+"))
    moved = checksum(page, "canvas.points")
    visit.settle()
    page.reload()
    visit.settle()
    page.wait_for_function("window.explorerProbe?.manifold?.drawMs > 0")
    assert page.locator("canvas.points").evaluate(INKED) > 1000
    assert checksum(page, "canvas.points") != whole

    page.mouse.dblclick(*at(page, 0.5, 0.5))
    page.wait_for_url(re.compile(r"at=[-\d._e]+_1(&|$)"))
    page.locator("canvas.points").evaluate("() => new Promise(requestAnimationFrame)")
    assert checksum(page, "canvas.points") == whole != moved
    assert page.locator(".pin").count() == 0


def test_the_legend_isolates_a_class_and_colours_follow_what_is_known_of_the_images(visit, app):
    page = open_map(visit, app, "mnist-2d", behind="plain")
    inked, coloured = page.locator("canvas.points").evaluate(INKED), checksum(page, "canvas.points")
    page.get_by_role("button", name="7", exact=True).click()
    assert page.locator("canvas.points").evaluate(INKED) < inked / 2  # the others are faint
    page.get_by_role("button", name="7", exact=True).click()
    assert checksum(page, "canvas.points") == coloured
    page.get_by_role("button", name="KL, nats").click()
    page.locator(".manifold").get_by_text("KL, nats").wait_for()
    page.wait_for_url(re.compile("colour=kl"))
    assert checksum(page, "canvas.points") != coloured


def test_a_kind_that_was_chosen_from_a_long_legend_stays_chosen_as_the_legend_changes(visit, app):
    page = open_map(visit, app, "oasis-8", behind="plain", colour="subject")
    whole, kinds = page.locator("canvas.points").evaluate(INKED), page.get_by_label("Show Subject alone")
    kinds.select_option(index=3)
    chosen = kinds.input_value()
    page.get_by_role("button", name="How many test images lie where").click()  # the legend says that too
    page.wait_for_url(re.compile("behind=density"))
    assert kinds.input_value() == chosen != ""
    assert page.locator("canvas.points").evaluate(INKED) < whole / 2
    kinds.select_option("")
    page.locator("canvas.points").evaluate("() => new Promise(requestAnimationFrame)")
    assert page.locator("canvas.points").evaluate(INKED) > whole / 2


def test_reconstruction_errors_are_not_offered_where_the_images_are_not(visit, app):
    page = open_map(visit, app, "mnist-2d")
    page.get_by_role("button", name="Error, MSE of intensities 0 to 1").click()
    shut = page.get_by_role("button", name=re.compile("stands in|not the model's"))
    shut.wait_for()
    assert shut.is_disabled()


@pytest.mark.parametrize(("model", "behind"), [("mnist-2d", "images"), ("oasis-8", "support"), ("oasis-8", "density")])
def test_what_lies_behind_is_drawn_and_gone_on_a_plain_map(model, behind, visit, app):
    page = open_map(visit, app, model, behind=behind)
    page.wait_for_function(
        "([count, map]) => { const canvas = map.querySelector('.behind'); "
        "const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); "
        "return data.filter((value, i) => i % 4 === 3 && value > 20).length > count; }",
        arg=[2000, page.locator(".map").element_handle()],
    )
    page.get_by_role("button", name="Nothing").click()
    page.wait_for_url(re.compile("behind=plain"))
    assert page.locator(".behind").evaluate(INKED) == 0


def test_a_path_is_decoded_played_and_saved_as_a_movie(visit, app):
    page = open_map(visit, app, "mnist-20", map=UMAP_NAME)
    page.get_by_label("Draw a path").click()
    page.mouse.move(*at(page, 0.2, 0.2))
    page.mouse.down()
    for share in (0.3, 0.5, 0.8):
        page.mouse.move(*at(page, share, 0.7), steps=5)
    page.mouse.up()
    page.locator(".path .film:not(.stale)").wait_for()
    strip = greys(page.locator(".path .film canvas"))
    assert strip.max() > 200
    before = probe(page, "paints")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("before => window.explorerProbe.manifold.paints > before + 3", arg=before)
    page.get_by_role("button", name="Play").wait_for()  # at the end
    for kind in ("GIF", "WebP"):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind, exact=True).click()
        assert download.value.suggested_filename == f"mnist-20-path.{kind.lower()}"
        movie = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert movie.format == kind.replace("WebP", "WEBP")
        assert movie.n_frames == 94  # 48 there, and back
    assert visit.complaints == []


def test_a_lasso_selects_test_images_for_python(visit, app):
    page = open_map(visit, app, "mnist-2d", behind="plain")
    whole, sent = checksum(page, "canvas.points"), len(visit.sent)
    page.get_by_label("Select test images").click()
    page.mouse.move(*at(page, 0.3, 0.3))
    page.mouse.down()
    for corner in ((0.6, 0.3), (0.6, 0.6), (0.3, 0.6)):
        page.mouse.move(*at(page, *corner), steps=3)
    page.mouse.up()
    visit.settle()
    page.wait_for_timeout(200)
    told = [frame for frame in visit.sent[sent:] if b"selected" in frame]
    assert len(told) == 1
    rows = [int(row) for row in re.search(rb'"rows":\[([\d,]+)\]', told[0]).group(1).split(b",")]
    assert 100 < len(rows) < 10_000
    assert len(set(rows)) == len(rows)
    assert checksum(page, "canvas.points") != whole

    page.get_by_text(f"Selection: {len(rows):,} test images").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save, CSV").click()
    assert download.value.suggested_filename == "mnist-2d-selection.csv"
    head, *lines = Path(download.value.path()).read_text().splitlines()
    assert head == "row,class,z1,z2,dims-1-2_x,dims-1-2_y"
    assert [int(line.split(",")[0]) for line in lines] == rows

    page.get_by_role("button", name=f"{len(rows):,} selected").click()
    page.get_by_text("draw around test images; they appear here").wait_for()
    assert page.get_by_text("Selection:").count() == 0
    assert checksum(page, "canvas.points") == whole
    assert visit.complaints == []


def test_pins_are_starts_of_the_other_pages(visit, app):
    page = open_map(visit, app, "mnist-2d", map="dims", pins="m1_0~m0_1")
    page.get_by_role("button", name="Walk between pins").click()
    page.wait_for_url(re.compile("/interpolate"))
    page.wait_for_function("window.explorerProbe?.interpolate?.paints > 0")
    page.get_by_role("button", name=re.compile("^A: place")).wait_for()
    page = open_map(visit, app, "mnist-2d", map="dims", pins="m1_0")
    page.locator(".pin").hover()
    page.locator(".pin").get_by_label("Open in Sliders").click()
    page.wait_for_url(re.compile("/sliders"))
    page.wait_for_function("window.explorerProbe?.sliders?.paints > 0")
    values = page.locator(".strips:not([hidden]) .strip input").evaluate_all(
        "all => all.map(each => Number(each.value))"
    )
    assert sorted(values) == pytest.approx([0, 1], abs=0.01)


def test_who_removes_pins_with_the_keyboard_goes_on_with_the_next(visit, app):
    page = open_map(visit, app, "mnist-20", map="pca", pins="t1~t2~t3")
    remove = page.get_by_label("Remove this pin")
    remove.nth(1).focus()
    for left in (2, 1):
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, left=left: url.count("~") == left - 1)
        assert remove.nth(left - 1).evaluate(HAS_FOCUS)
    assert page.get_by_label(re.compile("^Pin 1:")).get_attribute("aria-label").endswith("test image 1")


def test_an_upload_is_pinned_where_it_belongs_beside_what_its_place_decodes_to(visit, app, tmp_path):
    (tmp_path / "mine.png").write_bytes(PNG_OF_ONE_PIXEL)
    page = open_map(visit, app, "mnist-20", map="pca")
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.png")
    page.get_by_label("Pin 1: mine.png").wait_for()
    page.wait_for_url(re.compile("pins=z"))
    own, placed = (greys(canvas) for canvas in page.locator(".pin canvas").all())
    assert np.abs(own - placed).max() > 5
    assert visit.complaints == []


def test_a_drawing_is_a_pin_that_moves_while_it_is_drawn(visit, app):
    page = open_map(visit, app, "mnist-20", map="pca")
    page.get_by_role("button", name="Draw", exact=True).click()
    box = page.locator(".paper").bounding_box()
    sent = len(visit.sent)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    page.get_by_label("Pin 1: drawing").wait_for()
    marks = checksum(page, "canvas.marks")
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 3 * box["height"] / 4, steps=5)
    page.wait_for_timeout(100)
    assert checksum(page, "canvas.marks") != marks
    assert len(visit.sent) == sent
    page.mouse.up()
    page.wait_for_url(re.compile("pins=z"))
    assert page.locator(".pin").count() == 1


def test_a_decoder_too_large_for_the_page_is_asked_of_the_server(visit, app):
    page = open_map(visit, app, "wide")
    page.get_by_text("so the server decodes").wait_for()
    here = page.locator(".callout canvas").first
    images = []
    for place in ((0.3, 0.3), (0.7, 0.7)):
        where = hover(page, *place)
        page.wait_for_timeout(1500)
        images.append(greys(here))
    session = Session(Run(app.runs / "wide"))
    expected = grey_tiles(session.decode(np.array([where], np.float32))).ravel()
    np.testing.assert_allclose(images[1], expected, atol=1)
    assert not np.array_equal(*images)
    assert visit.complaints == []


def test_a_map_that_was_made_meanwhile_is_shown_and_python_and_the_link_know_it(visit, app):
    page = open_map(visit, app, "four", map="pca")
    points = np.random.default_rng(0).normal(size=(359, 2)).astype(np.float32)
    StoredMap(Run(app.runs / "four"), UmapConfig(neighbours=8)).write(points)
    page.mouse.click(*at(page, 0.5, 0.5))  # Python looks what there is
    page.locator(".map-title", has_text="UMAP, 8 neighbours").wait_for()
    page.wait_for_url(re.compile("map=umap-8-0.1-42"))
    assert page.locator(".pin").count() == 1
    assert visit.complaints == []


def test_a_run_without_latents_says_so(visit, app):
    page = visit.open(app, "/manifold?model=bare")
    page.get_by_text("No latents to map").wait_for()
    assert page.locator(".map").count() == 0
