"""The ADNI layout: classes, scans and slices, and a validation set of scans of their own."""

from pathlib import Path

import numpy as np
import pytest
from datasets_files import grey_images, opened, write_adni, write_png

from explorer.datasets.splitting import split_by_group
from explorer.errors import DatasetError


@pytest.fixture(autouse=True)
def brains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small set in the ADNI layout under a data root, and a cache of its own."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return write_adni(tmp_path / "data" / "brains" / "AD_NC")


def test_adni_layout_is_read() -> None:
    """Classes, scans and slice numbers come from folders and file names; an image is padded to a square."""
    images = opened("adni", 16)
    assert (images.name, images.source, images.notices) == ("adni", "brains/AD_NC", ())
    assert images.label_names == ("AD", "NC")
    assert images.labels is not None
    assert images.ids[:3].tolist() == ["10_78", "10_79", "11_78"]
    assert images.labels.tolist() == [0] * 20 + [1] * 20 + [0] * 4 + [1] * 2
    assert images.metadata["scan"][:3].tolist() == [10, 10, 11]
    assert images.metadata["slice"][:3].tolist() == [78, 79, 78]
    assert images.images.shape == (46, 1, 16, 16)
    assert not images.images[:, :, -1].any()


def test_the_test_folder_is_the_test_set(brains: Path) -> None:
    """The test folder alone is the test split."""
    test = opened(brains, 16).select("test")
    assert test.metadata["scan"].tolist() == [1, 1, 2, 2, 3, 3]


def test_one_scan_in_five_of_a_class_is_for_validation(brains: Path) -> None:
    """Train and validation share no scan, and both have the classes in the same parts."""
    images = opened(brains, 16)
    train, validation = images.select("train"), images.select("validation")
    assert not set(train.metadata["scan"]) & set(validation.metadata["scan"])
    assert np.bincount(train.labels).tolist() == [16, 16]
    assert np.bincount(validation.labels).tolist() == [4, 4]


def test_split_depends_on_the_scans_alone() -> None:
    """The split of a scan is the same in whatever order the files were listed."""
    scans, classes = np.repeat(np.arange(40), 3), np.repeat(np.arange(40) % 2, 3)
    split = split_by_group(scans, classes, ("validation", "train", "train"))
    order = np.random.default_rng(1).permutation(len(scans))
    shuffled = split_by_group(scans[order], classes[order], ("validation", "train", "train"))
    assert shuffled.tolist() == split[order].tolist()
    assert split[:60:3].tolist() != np.resize(["validation", "train", "train"], 20).tolist()


@pytest.mark.parametrize("path", ["brains", "brains/AD_NC", "brains/AD_NC/train", "brains/AD_NC/test"])
def test_folder_parent_and_parts_open_the_set(path: str) -> None:
    """The set opens by its folder, by the parent of that and by a split of it."""
    assert opened(path, 16).source == "brains/AD_NC"


@pytest.mark.parametrize(("part", "first"), [("test/AD", "train/AD"), ("train/NC", "train/AD")])
def test_scan_in_two_folders_is_refused(brains: Path, part: str, first: str) -> None:
    """A scan in both splits, or in both classes, is an error that names it."""
    write_png(brains / part / "10_99.jpeg", grey_images(1, 15, 16)[0])
    with pytest.raises(DatasetError, match=f"Scan 10 is in both {first} and {part}"):
        opened("adni", 16)


def test_missing_or_empty_class_is_refused(brains: Path) -> None:
    """A class that is missing or empty in the test folder is an error that names the folder."""
    for path in (brains / "test" / "NC").iterdir():
        path.rename(path.with_name("brain.jpeg"))
    with pytest.raises(DatasetError, match="test/NC holds no file named like SCAN_SLICE"):
        opened("adni", 16)
    (brains / "test" / "NC").rename(brains / "elsewhere")
    with pytest.raises(DatasetError, match="AD_NC lacks the folder test/NC"):
        opened("adni", 16)


def test_misnamed_images_are_counted(brains: Path) -> None:
    """Images without scan and slice in their names are left out with a notice."""
    write_png(brains / "train" / "AD" / "brain.jpeg", grey_images(1, 15, 16)[0])
    images = opened("adni", 16)
    assert len(images) == 46
    assert "1 images are not named like SCAN_SLICE.jpeg and were left out: train/AD/brain.jpeg" in images.notices[0]


def test_missing_adni_says_what_to_bring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without such a folder the error names the layout and the data root."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match=r"ADNI layout.*nowhere \(which does not exist\).*AD_NC/train/AD"):
        opened("adni")
