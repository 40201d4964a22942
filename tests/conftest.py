"""Where the tests find real images, roots of their own for all that they write, and what browsers need."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # imports torch, which most tests do without
    from browser_app import App, Visit
    from playwright.sync_api import Browser

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # small models: threads that wait for each other cost more than one
    if "EXPLORER_DATA" not in os.environ and SHARED_DATA.is_dir():
        os.environ["EXPLORER_DATA"] = str(SHARED_DATA)


@pytest.fixture(autouse=True)
def own_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and caches of a test go to its own folder."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator["App"]:
    """One app for all tests of a file."""
    from browser_app import running_app

    with running_app(tmp_path_factory.mktemp("app")) as app:
        yield app


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """One chromium for all tests of a file; root may not use its sandbox."""
    from browser_app import CHROMIUM
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser") -> Iterator["Visit"]:
    """A new visitor in the light theme."""
    from browser_app import visiting

    with visiting(browser) as visit:
        yield visit
