"""The way between images in chromium: dragged, played, walked by keys, and the square between four."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser_app import IN_CHROMIUM, App, Visit
from browser_sliders import CHECKSUM, strips, values

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = IN_CHROMIUM

STEPS = 10  # of a drag
PNG_OF_ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.fixture(params=["mnist-20", "mnist-conv-20"])
def anchored(request: pytest.FixtureRequest) -> str:
    """The link to four anchors of an MLP, and of a convolutional model."""
    return f"{request.param}&a=0&b=25&c=50&d=75"


def way(anchored: str) -> str:
    """The link to the way between the first two."""
    return anchored.split("&c=")[0] + "&way=linear&at=0.5"


def open_panel(visit: Visit, app: App, link: str) -> "Page":
    """The page with its panel painted, strips and curves too."""
    page = visit.open(app, f"/interpolate?model={link}")
    wait_for_paint(page, 0)
    wait_for_rest(page)
    return page


def wait_for_paint(page: "Page", after: int) -> int:
    """How many images the panel has painted, once they are more than `after`."""
    page.wait_for_function("after => window.explorerProbe?.interpolate?.paints > after", arg=after)
    return paints(page)


def wait_for_rest(page: "Page") -> None:
    """Nothing waits to be drawn: no strip, no curve, no lattice, no gauge."""
    panel = page.locator(".interpolate").element_handle()
    idle = "panel => ![...panel.querySelectorAll('.stale')].some(each => each.checkVisibility())"
    page.wait_for_function(idle, arg=panel)


def paints(page: "Page") -> int:
    return int(page.evaluate("window.explorerProbe.interpolate.paints"))


def checksum(page: "Page", canvas: str) -> int:
    return int(page.locator(f"{canvas} >> visible=true").first.evaluate(CHECKSUM))


def screen(page: "Page") -> int:
    """A checksum of the large image's pixels."""
    return checksum(page, ".screens canvas")


def track(page: "Page") -> "Locator":
    return page.get_by_label("Place on the way from A to B")


def place(page: "Page") -> float:
    return float(track(page).input_value())


def curve(page: "Page", name: str) -> list[float]:
    """The heights of a curve's points, from the top."""
    points = page.locator(".chart", has_text=name).locator("polyline").first.get_attribute("points")
    return [float(point.split(",")[1]) for point in points.split()]


def test_dragging_along_the_strip_paints_each_move_in_the_page_and_only_the_release_is_sent(anchored, visit, app):
    page = open_panel(visit, app, way(anchored))
    assert page.evaluate("window.explorerProbe.interpolate.parity") < 1 / 255
    box = track(page).bounding_box()
    y = box["y"] + 20
    page.mouse.move(box["x"] + 20, y)
    page.mouse.down()
    painted, images, sent = wait_for_paint(page, 0), [], len(visit.sent)
    for step in range(STEPS):
        page.mouse.move(box["x"] + box["width"] * (step + 1) / (STEPS + 1), y)
        painted = wait_for_paint(page, painted)
        images.append(screen(page))
    assert len(set(images)) == STEPS
    assert place(page) == pytest.approx(STEPS / (STEPS + 1), abs=0.02)
    assert len(visit.sent) == sent
    assert "at=0.500" in page.url

    page.mouse.up()
    page.wait_for_url(re.compile(r"at=0\.9"))
    visit.settle()
    (frame,) = visit.sent[sent:]
    assert b"committed" in frame
    assert visit.complaints == []


def test_playing_goes_to_the_end_and_only_then_says_so(anchored, visit, app):
    page = open_panel(visit, app, way(anchored))
    page.get_by_role("button", name="2 seconds from A to B").click()
    sent, before = len(visit.sent), paints(page)
    page.get_by_role("button", name="Play").click()
    wait_for_paint(page, before + 10)
    page.get_by_role("button", name="Pause").wait_for()
    assert len(visit.sent) == sent
    page.get_by_role("button", name="Play").wait_for()
    assert place(page) == 1
    page.wait_for_url(re.compile(r"at=1\.000"))

    page.get_by_role("button", name="Loop").click()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("input => input.value > 0.95", arg=track(page).element_handle())
    page.wait_for_function("input => input.value < 0.9", arg=track(page).element_handle())  # and back
    page.get_by_role("button", name="Pause").click()
    stopped = place(page)
    page.wait_for_url(re.compile(rf"at={stopped:.3f}"))
    assert visit.complaints == []


def test_keys_walk_the_way_play_it_and_draw_an_anchor_anew(visit, app):
    page = open_panel(visit, app, "mnist-2d")
    track(page).focus()
    first = screen(page)
    page.keyboard.press("ArrowRight")
    assert place(page) == pytest.approx(0.51)
    page.keyboard.press("Shift+ArrowLeft")
    assert place(page) == pytest.approx(0.41)
    page.wait_for_url(re.compile(r"at=0\.410"))
    assert screen(page) != first
    page.keyboard.press("Home")
    assert place(page) == 0
    assert screen_of_anchor(page, "A") == pytest.approx(screen(page))

    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()

    drawn = screen_of_anchor(page, "A")
    page.keyboard.press("r")
    assert screen_of_anchor(page, "A") != drawn
    page.wait_for_url(re.compile(r"a=z"))

    drawn = screen_of_anchor(page, "A")
    page.get_by_role("heading", name="Interpolate").click()
    page.keyboard.press("r")  # also where nothing of the panel has the focus
    assert screen_of_anchor(page, "A") != drawn


def screen_of_anchor(page: "Page", letter: str) -> int:
    """A checksum of an anchor's pixels."""
    return int(page.get_by_role("button", name=re.compile(rf"^{letter}: ")).locator("canvas").evaluate(CHECKSUM))


def test_the_square_follows_the_pointer_stays_where_it_is_clicked_and_survives_a_reload(anchored, visit, app):
    page = open_panel(visit, app, f"{anchored}&at=0.5_0.5")
    box = page.locator(".square").bounding_box()
    sent, images = len(visit.sent), []
    for share in (0.1, 0.3, 0.7, 0.9):
        painted = paints(page)
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.25 * box["height"])
        wait_for_paint(page, painted)
        images.append(screen(page))
    assert len(set(images)) == 4
    assert len(visit.sent) == sent

    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile(r"at=0\.(899|90\d)_0\.2[45]\d"))
    page.mouse.move(box["x"] - 30, box["y"])
    visit.settle()
    wait_for_rest(page)
    assert screen(page) == images[-1]

    page.reload()
    visit.settle()
    wait_for_paint(page, 0)
    wait_for_rest(page)
    assert screen(page) == images[-1]
    assert visit.complaints == []


def test_arrow_keys_move_in_the_square(visit, app):
    page = open_panel(visit, app, "mnist-2d")
    page.get_by_role("button", name="The square between four images").click()
    page.wait_for_url(re.compile(r"at=0\.500_0\.500"))
    visit.settle()
    wait_for_rest(page)
    page.locator(".square").focus()
    first = screen(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_url(re.compile(r"at=0\.520_0\.400"))
    assert screen(page) != first
    assert page.locator(".square").get_attribute("aria-valuetext") == "52 % across, 40 % down"


def test_a_start_becomes_the_chosen_anchor_and_the_link_brings_it_back(visit, app):
    page = open_panel(visit, app, "mnist-20")
    a, b = screen_of_anchor(page, "A"), screen_of_anchor(page, "B")
    strip = checksum(page, ".film canvas")
    page.get_by_role("button", name=re.compile(r"^B: ")).click()
    page.locator(".start[aria-label^='digit 0']").click()
    page.wait_for_url(re.compile(r"[?&]b=\d+"))
    visit.settle()
    wait_for_rest(page)
    assert screen_of_anchor(page, "A") == a
    assert screen_of_anchor(page, "B") != b
    assert checksum(page, ".film canvas") != strip

    chosen = screen_of_anchor(page, "B")
    address = page.url
    page.get_by_role("button", name="Another one like B").click()
    page.wait_for_url(lambda url: url != address)
    assert screen_of_anchor(page, "B") != chosen

    another = screen_of_anchor(page, "B")
    visit.settle()
    page.reload()
    visit.settle()
    wait_for_paint(page, 0)
    assert (screen_of_anchor(page, "A"), screen_of_anchor(page, "B")) == (a, another)


def test_an_upload_becomes_the_chosen_anchor(visit, app, tmp_path):
    (tmp_path / "mine.png").write_bytes(PNG_OF_ONE_PIXEL)
    page = open_panel(visit, app, "mnist-20")
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").set_input_files(Path(tmp_path / "mine.png"))
    page.get_by_role("button", name=re.compile(r"^A: mine\.png")).wait_for()
    page.wait_for_url(re.compile(r"a=z"))
    assert visit.complaints == []


def test_the_spherical_way_is_beside_the_straight_one_and_keeps_its_distance_from_the_mean(visit, app):
    page = open_panel(visit, app, "mnist-20&a=0&b=25&way=both&at=0.5")
    assert page.locator(".film canvas >> visible=true").count() == 2
    straight, round_ = page.locator(".screens canvas >> visible=true").all()
    assert straight.evaluate(CHECKSUM) != round_.evaluate(CHECKSUM)
    lines = page.locator(".chart", has_text="Radius").locator("polyline").all()
    middles = [float(line.get_attribute("points").split()[32].split(",")[1]) for line in lines]
    assert middles[0] > middles[1]  # further down: nearer to the mean


def test_a_spherical_way_that_is_straight_says_why(visit, app):
    page = open_panel(visit, app, "mnist-20&a=0&b=-1&way=spherical&at=0.5")
    page.get_by_text("The spherical way is straight here: one of the two is at the prior mean").wait_for()
    page.get_by_role("button", name="The straight way").click()
    page.get_by_text("The spherical way is straight here").wait_for(state="hidden")


def test_the_curves_tell_the_distance_along_the_way(visit, app):
    page = open_panel(visit, app, "mnist-20&a=0&b=-1&way=linear&at=0.5")
    radius, nearest = curve(page, "Radius"), curve(page, "Nearest test image")
    assert radius == sorted(radius)  # towards the mean: ever lower
    assert radius[-1] == 100
    assert nearest[0] == pytest.approx(100, abs=1)  # A is a test image
    assert nearest[32] < nearest[0] - 10
    assert len(set(curve(page, "Change per step"))) > 10


def test_a_frame_opens_in_the_sliders_and_is_saved_as_a_movie(visit, app):
    page = open_panel(visit, app, "mnist-2d&a=z1_0&b=z0_1&way=linear&at=0.25")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the movie").click()
    assert download.value.suggested_filename == "mnist-2d-between.gif"
    assert Path(download.value.path()).read_bytes().startswith(b"GIF89a")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Open in Sliders").click()
    page.wait_for_url(re.compile(r"/sliders"))
    page.wait_for_function("window.explorerProbe?.sliders?.paints > 0")
    assert sorted(values(page)) == pytest.approx([0.25, 0.75], abs=0.01)
    assert strips(page).count() == 2


def test_a_drawing_becomes_the_chosen_anchor_while_it_is_drawn(visit, app):
    page = open_panel(visit, app, "mnist-20&a=0&b=25&way=linear&at=0")
    page.get_by_role("button", name=re.compile(r"^B: ")).click()
    page.get_by_label("Draw an image to start from").click()
    box = page.locator(".paper").bounding_box()
    before, sent = screen_of_anchor(page, "B"), len(visit.sent)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3 * box["height"] / 4, steps=5)
    page.get_by_role("button", name="B: drawing").wait_for()
    assert screen_of_anchor(page, "B") != before
    assert len(visit.sent) == sent
    page.mouse.up()
    page.wait_for_url(re.compile(r"b=z"))
    assert visit.complaints == []
