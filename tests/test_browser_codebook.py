"""The codebook page in chromium: painting without a word to the server, what a cell says, keys, the address, files."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browser_app import IN_CHROMIUM, App, Visit, running_app, visiting
from browser_sliders import HAS_FOCUS
from small_runs import after, change_json, ignore, wait_until

from explorer.code_inference import CodeSession
from explorer.config import DataConfig
from explorer.datasets.catalog import open_dataset
from explorer.palette import grey_tiles
from explorer.recipes import find_recipe
from explorer.runs import Run
from explorer.training import train

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = IN_CHROMIUM

SIDE = 7
PATIENCE = 90_000  # milliseconds; the first page imports torch
QUICK = {
    "epochs": 2,
    "prior_epochs": 1,
    "prior_layers": 1,
    "prior_channels": 8,
    "batch_size": 128,
    "precision": "fp32",
    "device": "cpu",
    "threads": 1,
}
WIDE = QUICK | {"epochs": 1, "image_size": 8, "hidden_channels": 512, "batch_size": 2000}
GREYS = """canvas => Array.from(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 0))"""
PROBE = "window.explorerProbe?.codebook"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a VQ-VAE, one whose images are nowhere, one without maps, and one that is too large for the page."""
    folder = tmp_path_factory.mktemp("app")
    recipe, runs = find_recipe("digits-vqvae").config, folder / "runs"
    train(recipe.override(**QUICK), Run(runs / "codes"), after(None), ignore)
    train(recipe.override(**WIDE), Run(runs / "wide"), after(None), ignore)
    for name in ("lost", "mapless"):
        shutil.copytree(runs / "codes", runs / name)
    change_json(runs / "lost" / "run.json", ("data",), name="gone", source="far/gone")
    (runs / "mapless" / "codes.safetensors").unlink()
    with running_app(folder) as app:
        yield app


def open_codebook(visit: Visit, app: App, model: str = "codes", **link: object) -> "Page":
    """The page of a model, its image decoded and its original there, if it has one."""
    page = visit.open(app, f"/codebook?model={model}" + "".join(f"&{name}={value}" for name, value in link.items()))
    page.wait_for_function(f"{PROBE}?.paints > 0", timeout=PATIENCE)
    if model == "codes":
        page.locator(".whose", has_text="encoder").wait_for()
    visit.settle()
    return page


def maps_of(app: App, model: str = "codes") -> np.ndarray:
    """The stored maps of the test images."""
    return Run(app.runs / model).read_codes()["test.codes"].astype(np.int64)


def decoded(app: App, codes: np.ndarray, model: str = "codes") -> np.ndarray:
    """A map's image in grey levels, as Python decodes it."""
    return grey_tiles(CodeSession(Run(app.runs / model)).decode(codes[None]))[0]


def image(page: "Page") -> np.ndarray:
    """Grey levels of what is decoded."""
    greys = np.array(page.locator(".square > canvas").last.evaluate(GREYS))
    return greys.reshape(2 * [round(len(greys) ** 0.5)])


def wait_for_paint(page: "Page", after: int) -> int:
    page.wait_for_function(f"after => {PROBE}.paints > after", arg=after)
    return paints(page)


def paints(page: "Page") -> int:
    return int(page.evaluate(f"{PROBE}.paints"))


def place_of(page: "Page", row: float, column: float, side: int = SIDE) -> tuple[float, float]:
    """Where on the screen the middle of a site is."""
    box = page.locator(".codemap").bounding_box()
    return box["x"] + box["width"] * (column + 0.5) / side, box["y"] + box["height"] * (row + 0.5) / side


def choose_code(page: "Page", code: int) -> None:
    page.get_by_label("Code to paint").fill(str(code))
    page.keyboard.press("Enter")


def other_than(codes: np.ndarray) -> int:
    """A code that a map does not have."""
    return min(set(range(64)) - set(codes.ravel().tolist()))


def title(page: "Page") -> str:
    return page.locator(".codecell h3").inner_text()


def test_the_image_follows_the_brush_without_a_word_to_the_server(visit, app):
    page = open_codebook(visit, app, image=3)
    assert page.evaluate(f"{PROBE}.parity") < 1e-3
    codes = maps_of(app)[3].copy()
    before = image(page)
    np.testing.assert_allclose(before, decoded(app, codes), atol=1)
    brush = other_than(codes)
    choose_code(page, brush)
    sent = len(visit.sent)

    page.mouse.move(*place_of(page, 2, 1))
    painted = paints(page)
    page.mouse.down()
    for column in (1, 2, 3, 4):
        page.mouse.move(*place_of(page, 2, column))
        painted = wait_for_paint(page, painted)
        codes[2, column] = brush
    page.mouse.up()
    wait_until(lambda: np.abs(image(page) - decoded(app, codes)).max() <= 1)
    assert (image(page) != before).any()
    page.locator(".codecell .caption", has_text=re.compile("In .*test image")).wait_for()
    assert len(visit.sent) == sent
    assert visit.complaints == []

    after = image(page)
    page.get_by_label("Undo").click()
    wait_until(lambda: (image(page) == before).all())
    page.get_by_label("Redo").click()
    wait_until(lambda: (image(page) == after).all())
    page.get_by_role("button", name="Reset").click()
    wait_until(lambda: (image(page) == before).all())
    page.get_by_label("Undo").click()
    wait_until(lambda: (image(page) == after).all())
    assert len(visit.sent) == sent


def test_a_broad_brush_paints_a_square_and_only_what_it_reaches_is_decoded_again(visit, app):
    page = open_codebook(visit, app)
    codes = maps_of(app)[0].copy()
    brush = other_than(codes)
    choose_code(page, brush)
    page.get_by_role("button", name="Brush of 3 × 3 codes").click()
    painted = paints(page)
    page.mouse.click(*place_of(page, 0, 6))
    wait_for_paint(page, painted)
    codes[0:2, 5:7] = brush
    np.testing.assert_allclose(image(page), decoded(app, codes), atol=1)
    changed = page.evaluate(f"{PROBE}.changed")
    assert changed == {"top": 0, "bottom": 8 + 11, "left": 20 - 11, "right": 28}  # one block: a code reaches 11 pixels


def test_a_cell_says_how_far_the_encoder_s_vector_is_from_the_nearest_codes(visit, app):
    page = open_codebook(visit, app, image=5)
    session = CodeSession(Run(app.runs / "codes"))
    test = open_dataset(DataConfig(dataset="digits", image_size=28)).select("test")
    vector = session.vectors(test.images[5:6])[0, :, 4, 2]
    distances = np.linalg.norm(session.codebook - vector, axis=1)
    sent = len(visit.sent)
    page.mouse.move(*place_of(page, 4, 2))
    code = maps_of(app)[5, 4, 2]
    wait_until(lambda: title(page) == f"Code {code} · row 4, column 2")
    near = page.locator(".near").all_inner_texts()
    found = [[float(part) for part in text.split()] for text in near]
    order = np.argsort(distances)[: len(found)]
    assert [int(number) for number, _ in found] == order.tolist()
    np.testing.assert_allclose([distance for _, distance in found], distances[order], rtol=0.01)
    assert code == order[0]

    uses = (maps_of(app) == code).sum((1, 2))
    page.locator(".codecell .caption", has_text=f"In {(uses > 0).sum()} of {len(uses)} test images").wait_for()
    assert f"{uses.sum():,} uses" in page.locator(".codecell").inner_text()
    first = page.locator(".examples button").first
    row, count = map(int, re.match(r"(\d+) · (\d+)×", first.inner_text()).groups())
    assert uses[row] == count
    assert len(visit.sent) == sent
    first.click()
    page.wait_for_url(re.compile(rf"image={row}(&|$)"))
    assert page.get_by_label("Test image", exact=True).input_value() == str(row)
    wait_until(lambda: not first.inner_text().startswith(f"{row} ·"))  # the image that is open is no example
    assert first.evaluate(HAS_FOCUS)


def test_one_can_paint_with_the_keyboard_alone(visit, app):
    page = open_codebook(visit, app)
    codes = maps_of(app)[0].copy()
    before = image(page)
    page.locator(".codemap").focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "p", "Shift+ArrowRight", "2"):  # from the middle, 3, 3
        page.keyboard.press(key)
    assert title(page).startswith(f"Code {codes[2, 5]} · row 2, column 5")
    assert page.get_by_label("Code to paint").input_value() == str(codes[2, 1])
    sent = len(visit.sent)
    page.keyboard.press("Enter")
    codes[2:4, 5:7] = codes[2, 1]
    wait_until(lambda: np.abs(image(page) - decoded(app, codes)).max() <= 1)
    assert "painted" in title(page)
    page.keyboard.press("Control+z")
    wait_until(lambda: (image(page) == before).all())
    page.keyboard.press("Control+Shift+z")
    wait_until(lambda: np.abs(image(page) - decoded(app, codes)).max() <= 1)
    assert len(visit.sent) == sent


def test_a_code_is_taken_from_the_map_the_palette_the_bars_and_the_list(visit, app):
    page = open_codebook(visit, app)
    codes, field = maps_of(app), page.get_by_label("Code to paint")
    before = image(page)
    page.get_by_role("button", name="Pick").click()
    page.mouse.click(*place_of(page, 3, 1))
    assert field.input_value() == str(codes[0, 3, 1])
    assert (image(page) == before).all()  # it painted nothing
    uses = np.bincount(codes.ravel(), minlength=64)
    order = np.argsort(-uses, kind="stable")
    page.locator(".palette .code").nth(4).click()
    assert field.input_value() == str(order[4])
    assert page.locator(".palette .dead").count() == (uses == 0).sum()
    page.locator(".usage-bars").click(position={"x": 1, "y": 90})
    assert field.input_value() == str(order[0])
    nearest = page.locator(".near").nth(1)
    number = nearest.inner_text().split()[0]
    nearest.click()
    assert field.input_value() == number


def test_what_was_painted_is_there_when_one_comes_back_and_the_link_holds_image_and_colours(visit, app):
    page = open_codebook(visit, app)
    page.get_by_label("Test image", exact=True).fill("12")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"image=12(&|$)"))
    colours = page.locator(".codemap .tile").evaluate(GREYS)
    page.get_by_role("button", name="Colour each code by how often").click()
    page.wait_for_url(re.compile(r"colour=usage"))
    assert page.locator(".codemap .tile").evaluate(GREYS) != colours
    codes = maps_of(app)[12].copy()
    codes[1, 1] = other_than(codes)
    choose_code(page, codes[1, 1])
    page.mouse.click(*place_of(page, 1, 1))
    wait_until(lambda: np.abs(image(page) - decoded(app, codes)).max() <= 1)
    painted = image(page)

    visit.settle()
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url(re.compile("/overview"))
    visit.settle()
    page.get_by_role("link", name="Codebook").click()
    page.wait_for_url(re.compile(r"/codebook.*image=12"))
    page.wait_for_function(f"{PROBE}?.paints > 0")
    wait_until(lambda: (image(page) == painted).all())
    page.get_by_label("Undo").click()
    wait_until(lambda: np.abs(image(page) - decoded(app, maps_of(app)[12])).max() <= 1)

    page.reload()
    visit.settle()
    page.wait_for_function(f"{PROBE}?.paints > 0")
    assert page.get_by_label("Test image", exact=True).input_value() == "12"
    assert page.locator(".option[aria-pressed=true]").first.inner_text() == "Usage"
    assert visit.complaints == []


def test_a_class_narrows_the_way_from_image_to_image(visit, app):
    page = open_codebook(visit, app)
    labels = Run(app.runs / "codes").read_codes()["test.labels"]
    rows = np.flatnonzero(labels == 7).tolist()
    page.get_by_label("Class", exact=True).select_option(label="class 7")
    number = page.get_by_label("Test image", exact=True)
    wait_until(lambda: number.input_value() == str(rows[0]))
    page.get_by_label("The next image").click()
    assert number.input_value() == str(rows[1])
    page.get_by_label("The image before").click()
    page.get_by_label("The image before").click()
    assert number.input_value() == str(rows[-1])


def test_the_codes_leave_as_json(visit, app):
    page = open_codebook(visit, app, image=2)
    codes = maps_of(app)[2].copy()
    codes[6, 0] = other_than(codes)
    choose_code(page, codes[6, 0])
    page.mouse.click(*place_of(page, 6, 0))
    with page.expect_download() as saved:
        page.get_by_label("Save the codes as JSON").click()
    facts = json.loads(Path(saved.value.path()).read_bytes())
    assert facts == {"model": "codes", "test_image": 2, "painted": True, "codes": codes.tolist()}
    with page.expect_download() as saved:
        page.get_by_label("Save the code map as PNG").click()
    assert saved.value.suggested_filename == "codes-2-painted-codes.png"


def test_without_the_images_the_stored_maps_do_and_the_page_says_what_is_missing(visit, app):
    page = open_codebook(visit, app, "lost")
    assert "not on this machine" in page.locator(".square .ghost").inner_text()
    np.testing.assert_allclose(image(page), decoded(app, maps_of(app)[0]), atol=1)
    page.mouse.move(*place_of(page, 3, 3))
    codebook = CodeSession(Run(app.runs / "codes")).codebook
    code = maps_of(app)[0, 3, 3]
    wait_until(lambda: title(page).startswith(f"Code {code} · row 3"))
    assert page.locator(".whose").inner_text() == "Distance of this code to the nearest others"
    distances = np.linalg.norm(codebook - codebook[code], axis=1)
    assert int(page.locator(".near").first.inner_text().split()[0]) == np.argsort(distances)[1]


@pytest.mark.parametrize("address", ["blob:nowhere", "/nowhere.js", None], ids=["refused", "fails later", "none"])
def test_without_a_worker_the_page_decodes(address, browser: "Browser", app):
    replaced = f"class extends Worker {{ constructor() {{ super('{address}', {{ type: 'module' }}); }} }}"
    with visiting(browser) as visit:
        visit.page.add_init_script("delete window.Worker" if address is None else f"Worker = {replaced}")
        page = open_codebook(visit, app)
        codes = maps_of(app)[0].copy()
        codes[3, 3] = other_than(codes)
        choose_code(page, codes[3, 3])
        page.mouse.click(*place_of(page, 3, 3))
        wait_until(lambda: np.abs(image(page) - decoded(app, codes)).max() <= 1)
        assert len(page.workers) == 0


def test_a_decoder_that_is_too_large_for_the_page_paints_on_the_server(visit, app):
    page = open_codebook(visit, app, "wide")
    assert "so the server decodes, a little behind your brush" in page.locator(".notice").inner_text()
    codes = maps_of(app, "wide")[0].copy()
    np.testing.assert_allclose(image(page), decoded(app, codes, "wide"), atol=1)
    codes[1, 1] = other_than(codes)
    choose_code(page, codes[1, 1])
    page.mouse.click(*place_of(page, 1, 1, side=2))
    wait_until(lambda: np.abs(image(page) - decoded(app, codes, "wide")).max() <= 1)


@pytest.mark.parametrize(
    ("model", "missing", "link"),
    [("mnist-2d", "This model has no codes", "Open Sliders"), ("mapless", "This run has no code maps", "Open Train")],
)
def test_where_there_are_no_codes_the_page_says_so(model, missing, link, visit, app):
    page = visit.open(app, f"/codebook?model={model}")
    page.get_by_text(missing).wait_for()
    page.get_by_test_id("stMain").get_by_text(link).wait_for()
