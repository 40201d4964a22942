"""The Sample page of a VQ-VAE in chromium: rows that arrive, a cancel, a site that is asked for, files, the address."""

import io
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch
from browser_app import IN_CHROMIUM, App, Visit, running_app
from browser_sliders import CHECKSUM
from PIL import Image
from small_runs import train_small_vqvae

from explorer.models import build_prior
from explorer.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = IN_CHROMIUM

SIDE, IMAGE = 16, 64  # sites and pixels, a side
WIDE = {"prior_layers": 12, "prior_channels": 160}  # takes seconds to draw from
PATIENCE = 120_000  # milliseconds; the page imports torch, and a large prior takes its time
PROBE = "window.explorerProbe?.['writer-{}']"
SHOWN = f"""node => {{
    const pictures = [...node.closest(".panel").querySelectorAll(".sites .tile")];
    return [PROBE.known, ...pictures.map({CHECKSUM})];
}}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a small VQ-VAE, and the same with a large prior that learned nothing."""
    folder = tmp_path_factory.mktemp("app")
    quick = train_small_vqvae(folder / "runs" / "quick", image_size=IMAGE, epochs=1, prior_epochs=1)
    shutil.copytree(quick.directory, folder / "runs" / "slow")
    slow = Run(folder / "runs" / "slow")
    record = slow.read_record()
    config = record.config.override(**WIDE)
    prior = build_prior(config.prior, config.model, len(record.data.label_names))
    torch.nn.init.normal_(prior.position, std=1.0)  # its samples differ from site to site
    slow.write_record(record.model_copy(update={"config": config}))
    slow.prior.write_weights({name: weight.numpy() for name, weight in prior.state_dict().items()})
    with running_app(folder) as app:
        yield app


def open_samples(visit: Visit, app: App, model: str, link: str = "") -> "Page":
    """The page once something is on it; what is drawn goes on, so its script never rests for long."""
    page = visit.page
    page.set_default_timeout(PATIENCE)
    page.goto(f"{app.url}/sample?model={model}{link}")
    page.wait_for_function(f"{PROBE.format(model)}?.paints > 0")
    return page


def square(page: "Page", place: int = 0) -> "Locator":
    """The code map, or the image beside it."""
    return page.get_by_role("application").nth(place)


def shown(page: "Page", model: str, least: int) -> tuple[int, ...]:
    """Once so many sites are known: how many are, and checksums of the map and the image at that instant."""
    page.wait_for_function(f"{PROBE.format(model)}?.known >= {least}")
    return tuple(square(page).evaluate(SHOWN.replace("PROBE", PROBE.format(model))))


def test_rows_arrive_one_after_the_other_until_it_is_cancelled(visit, app):
    page = open_samples(visit, app, "slow", "&count=64")
    seen = [shown(page, "slow", SIDE)]
    while len(seen) < 3:
        seen.append(shown(page, "slow", seen[-1][0] + SIDE))
    assert all(known % SIDE == 0 for known, *_ in seen)
    assert [len(set(values)) for values in zip(*seen, strict=True)] == [3, 3, 3]
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled after").wait_for()
    assert shown(page, "slow", seen[-1][0])[0] < SIDE**2
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    assert visit.complaints == []


def test_a_setting_draws_anew_and_is_in_the_address(visit, app):
    page = open_samples(visit, app, "quick", "&code_seed=4")
    page.get_by_text("seed 4.").wait_for()
    before = shown(page, "quick", SIDE**2)
    page.get_by_role("button", name="Draw again").click()
    page.wait_for_url("**code_seed=5**")
    page.get_by_text("seed 5.").wait_for()
    assert shown(page, "quick", SIDE**2)[1:] != before[1:]
    assert visit.complaints == []


def test_a_click_shows_what_may_stand_at_a_site_and_arrow_keys_go_on(visit, app):
    page = open_samples(visit, app, "quick")
    shown(page, "quick", SIDE**2)
    site = square(page).bounding_box()["width"] / SIDE
    square(page).click(position={"x": 2.5 * site, "y": 1.5 * site})
    page.get_by_text("Row 2, column 3").wait_for()
    assert page.locator(".likeliest li").count() > 1
    square(page).focus()
    page.keyboard.press("ArrowDown")
    page.get_by_text("Row 3, column 3").wait_for()
    for _ in range(3):
        page.keyboard.press("ArrowDown")  # Python has answered none of them when the next one comes
    assert page.locator(".spoken").inner_text() == "row 6 of 16, column 3"
    page.get_by_text("Row 6, column 3").wait_for()
    assert visit.complaints == []


def test_the_sheet_and_the_process_are_saved(visit, app):
    page = open_samples(visit, app, "quick", "&count=4")
    page.get_by_role("button", name="Sheet, PNG").wait_for()
    for name, kind, frames in (("Sheet, PNG", "PNG", 1), ("Process, GIF", "GIF", SIDE + 1)):
        with page.expect_download() as saved:
            page.get_by_role("button", name=name).click()
        image = Image.open(io.BytesIO(saved.value.path().read_bytes()))
        assert image.format == kind
        assert getattr(image, "n_frames", 1) >= frames
    assert visit.complaints == []
