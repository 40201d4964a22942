"""The embedded brains: what they are, that they are always the same, and how they are framed."""

from pathlib import Path

import numpy as np
import pytest
from datasets_files import opened

from explorer.datasets import template_brain
from explorer.datasets.image_set import ImageSet


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    """An empty data root, and the cache."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    monkeypatch.setenv("EXPLORER_CACHE", str(cache))


@pytest.fixture
def brains() -> ImageSet:
    """The set at 64 × 64."""
    return opened("template-brain", 64)


def test_template_brains_are_always_there(brains: ImageSet) -> None:
    """The set holds 1,000 training and 200 test images, says what it is, and bears the template's notice."""
    assert brains.images.shape == (1200, 1, 64, 64)
    assert (brains.count("train"), brains.count("validation"), brains.count("test")) == (1000, 0, 200)
    assert (brains.name, brains.source, brains.labels) == ("template-brain", "template-brain", None)
    assert "synthetic" in brains.title
    assert "McGill University" in brains.notices[0]
    assert len(set(brains.ids)) == 1200


def test_no_subject_is_in_two_splits(brains: ImageSet) -> None:
    """Each subject has the same eight heights, and all of them in one split."""
    train, test = (brains.select(split).metadata["subject"] for split in ("train", "test"))
    assert not set(train) & set(test)
    assert brains.metadata["slice"].reshape(-1, 8).tolist() == [list(range(0, 32, 4))] * 150


def test_brains_are_drawn_from_the_seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same seed draws the same images, another seed others; the cache knows the difference."""
    first = opened("template-brain", 8).fingerprint
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "another"))
    assert opened("template-brain", 8).fingerprint == first
    monkeypatch.setattr(template_brain, "SEED", 1)
    assert opened("template-brain", 8).fingerprint != first


def test_cache_serves_the_second_opening(monkeypatch: pytest.MonkeyPatch, brains: ImageSet) -> None:
    """Brains that were drawn once are opened again without the template."""
    monkeypatch.setattr(template_brain, "_drawn", _must_not_draw)
    assert opened("template-brain", 64).fingerprint == brains.fingerprint


@pytest.mark.parametrize("side", [128, 256])
def test_brains_are_framed_like_oasis_slices(side: int) -> None:
    """A brain of about 140 × 175 mm is in the middle of a black frame of 256 mm, in grey levels like a scan's."""
    template = template_brain._Template()
    frames = np.concatenate([template.vary(np.random.default_rng(seed), side) for seed in range(8)])
    pixel = 256 / side
    for axis, extent in ((2, 175), (1, 140)):
        (filled,) = np.nonzero(frames.max(axis).mean(0) > 20)
        assert (filled[-1] - filled[0] + 1) * pixel == pytest.approx(extent, abs=20)
        assert (filled[-1] + filled[0] + 1) / 2 * pixel == pytest.approx(128, abs=6)
    assert np.percentile(frames[frames > 5], [5, 50, 95]) == pytest.approx([40, 148, 229], abs=20)
    assert not frames[:, :, : side // 6].any()


def test_subjects_differ_and_slices_of_one_agree(brains: ImageSet) -> None:
    """Two subjects differ more at one height than one subject between neighbouring heights."""
    grey = brains.images.reshape(150, 8, -1).astype(np.float64)
    between = np.abs(grey[1:, 3] - grey[:-1, 3]).mean()
    assert between > np.abs(grey[:, 3] - grey[:, 2]).mean()


def _must_not_draw(*_: object) -> None:
    raise AssertionError("the cache was not used")
