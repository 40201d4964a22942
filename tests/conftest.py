"""Where the tests find real images, and roots of their own for everything that they write."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    if "EXPLORER_DATA" not in os.environ and SHARED_DATA.is_dir():
        os.environ["EXPLORER_DATA"] = str(SHARED_DATA)


@pytest.fixture(autouse=True)
def own_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and caches of a test go to its own folder."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
