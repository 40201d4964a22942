"""The real image sets, where they are there: `EXPLORER_DATA`, else a shared folder beside the project."""

import os
from pathlib import Path

import pytest
from datasets_files import opened

from explorer.paths import PROJECT

REAL_DATA = Path(os.environ.get("EXPLORER_DATA") or PROJECT.parent / "shared" / "data").absolute()


@pytest.fixture(autouse=True)
def real_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of real images."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real images in {REAL_DATA}")
    monkeypatch.setenv("EXPLORER_DATA", str(REAL_DATA))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    return REAL_DATA


def test_real_mnist(real_root: Path) -> None:
    """The real MNIST has 60,000 training and 10,000 test images, by name and by path."""
    if not (real_root / "MNIST").is_dir():
        pytest.skip(f"no MNIST in {real_root}")
    mnist = opened("mnist")
    assert (mnist.count("train"), mnist.count("test")) == (60_000, 10_000)
    assert mnist.images[mnist.split == "train"].mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert mnist.fingerprint == opened("MNIST/raw").fingerprint


@pytest.mark.parametrize(
    ("size", "source", "counts"),
    [(64, "brain/oasis_layout_64", (3941, 492, 488)), (256, "brain/oasis_layout", (1120, 140, 140))],
)
def test_real_brain_slices(real_root: Path, size: int, source: str, counts: tuple[int, int, int]) -> None:
    """By name, the real folder of the recipe's size is opened with its own splits."""
    if not (real_root / source).is_dir():
        pytest.skip(f"no {source} in {real_root}")
    brains = opened("oasis", size)
    assert brains.source == source
    assert (brains.count("train"), brains.count("validation"), brains.count("test")) == counts
    assert not brains.notices


def test_real_adni_layout(real_root: Path) -> None:
    """The real folder has its own test set, and six of its 28 training scans become the validation set."""
    if not (real_root / "brain" / "adni_layout").is_dir():
        pytest.skip(f"no brain/adni_layout in {real_root}")
    brains = opened("adni", 64)
    assert brains.source == "brain/adni_layout/AD_NC"
    assert (brains.count("train"), brains.count("validation"), brains.count("test")) == (440, 120, 240)
    assert not brains.notices
