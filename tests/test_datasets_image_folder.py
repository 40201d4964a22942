"""Folders of images in no layout: splits and classes from folders, subjects from names, conversion to grey."""

from pathlib import Path

import numpy as np
import pytest
from datasets_files import grey_images, opened, write_images, write_png
from PIL import Image

from explorer.datasets.catalog import available_datasets
from explorer.errors import DatasetError

FLAT = [f"image{number:02d}.png" for number in range(20)]


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The place of a folder under a data root, and a cache of its own."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data" / "own"


def test_flat_folder_is_split_by_image(own: Path) -> None:
    """Twenty images side by side: sixteen to train, two each to validate and test, and the notice says so."""
    images = opened(write_images(own, FLAT), 8)
    assert (images.name, images.title, images.source) == ("folder", "own", "own")
    assert [images.count(split) for split in ("train", "validation", "test")] == [16, 2, 2]
    assert (images.ids.tolist(), images.labels, dict(images.metadata)) == (FLAT, None, {})
    assert "split 80/10/10 by image" in images.notices[0]
    assert images.split.tolist() == opened(own, 8).split.tolist()


def test_class_folders_are_labels(own: Path) -> None:
    """Class folders become labels, and every split has the same part of each."""
    images = opened(write_images(own, [f"{name}/{file}" for name in ("dog", "cat") for file in FLAT]), 8)
    assert images.label_names == ("cat", "dog")
    assert images.labels is not None
    assert images.ids[0] == "cat/image00.png"
    for split, count in (("train", 16), ("validation", 2), ("test", 2)):
        assert np.bincount(images.labels[images.split == split]).tolist() == [count, count]


@pytest.mark.parametrize("validation", ["validation", "validate", "valid", "val", None])
@pytest.mark.parametrize("classes", [["cat/", "dog/"], [""]])
def test_split_folders_are_splits(own: Path, validation: str | None, classes: list[str]) -> None:
    """Folders train and test, with or without classes and a validation folder, are the splits."""
    parts = [part for part in ("train", validation, "test") if part]
    write_images(own, [f"{part}/{name}{part}{file}" for part in parts for name in classes for file in FLAT[:2]])
    for path in (own, own / "train", own / parts[1]):
        images = opened(path, 8)
        assert images.source == "own"
        assert images.count("train") == images.count("test") == 2 * len(classes)
        assert images.count("validation") == (2 * len(classes) if validation else 0)
        assert images.label_names == (("cat", "dog") if len(classes) == 2 else ())
        assert images.notices == ()


@pytest.mark.parametrize("form", ["case_{:03d}_slice_{}.png", "{}_{}.png", "case_{:03d}_slice_{}.nii.png"])
def test_subjects_in_names_are_kept_together(own: Path, form: str) -> None:
    """Where names tell subject and slice, these are metadata and no subject is in two splits."""
    images = opened(write_images(own, [form.format(who, where) for who in range(20) for where in range(3)]), 8)
    whose = images.metadata["subject"]
    assert images.metadata["slice"].tolist() == [0, 1, 2] * 20
    assert [len(set(whose[images.split == split])) for split in ("train", "validation", "test")] == [16, 2, 2]
    assert "by subject" in images.notices[0]


def test_names_that_tell_a_subject_here_and_there(own: Path) -> None:
    """Where some names tell a subject, its images stay together, and there is no metadata."""
    images = opened(write_images(own, [*FLAT, *[f"7_{number}.png" for number in range(9)]]), 8)
    assert len(set(images.split[[name.startswith("7_") for name in images.ids]])) == 1
    assert (dict(images.metadata), "by subject where names tell it" in images.notices[0]) == ({}, True)


def test_subject_in_two_splits_is_refused(own: Path) -> None:
    """A subject in train and test is an error that names it and how it was read."""
    write_images(own, ["train/1_1.png", "test/2_1.png", "test/1_2.png"])
    with pytest.raises(DatasetError, match=r"Subject 1, by file names like .*SUBJECT_K, is in both train and test"):
        opened(own, 8)


def test_too_little_to_split_is_refused(own: Path) -> None:
    """Two images, or a set without a test folder, cannot be split."""
    write_images(own, ["a.png", "b.png"])
    with pytest.raises(DatasetError, match="fewer than three subjects"):
        opened(own, 8)
    write_images(own.with_name("half"), ["train/a.png"])
    with pytest.raises(DatasetError, match="half has a folder train but no folder test"):
        opened("half", 8)
    write_images(own.with_name("empty"), ["train/a.png", "test/b.png"])
    (own.with_name("empty") / "test" / "b.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="empty/test holds no readable image"):
        opened("empty", 8)


@pytest.mark.parametrize(
    ("mode", "pixel", "grey", "sentence"),
    [
        ("RGB", (255, 255, 255), 255, "are in colour and were made grey"),
        ("CMYK", (0, 0, 0, 255), 0, "are in colour and were made grey"),
        ("P", 200, 200, "have a palette and were made grey"),
        ("RGBA", (255, 255, 255, 128), 128, "have transparent pixels and were put over black"),
        ("LA", (200, 0), 0, "have transparent pixels and were put over black"),
    ],
)
def test_images_become_grey(own: Path, mode: str, pixel: int | tuple[int, ...], grey: int, sentence: str) -> None:
    """Colour, palette and transparent images are converted and counted."""
    write_images(own, FLAT)
    image = Image.new(mode, (8, 8), pixel)
    if mode == "P":
        image.putpalette([level for level in range(256) for _ in "RGB"])
    image.save(own / "image00.tif")
    images = opened(own, 8)
    assert (images.images[images.ids == "image00.tif"] == grey).all()
    assert f"1 images {sentence}." in images.notices


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_deep_images_share_the_range_of_the_set(own: Path, suffix: str) -> None:
    """16-bit images are brought to 8 bits together, so that a dark one stays dark; the notice has the range."""
    own.mkdir(parents=True)
    for number, level in enumerate((1000, 2000, 3000)):
        Image.fromarray(np.full((8, 8), level, np.uint16)).save(own / f"deep{number}.{suffix}")
    images = opened(own, 8)
    assert images.images[:, 0, 0, 0].tolist() == [0, 128, 255]
    assert "3 images have more than 8 bits a pixel; black to white is 1,000 to 3,000, their range." in images.notices


def test_sizes_may_differ(own: Path) -> None:
    """Images of several sizes are each made square, and the notice says from what."""
    write_images(own, FLAT)
    write_png(own / "wide.bmp", grey_images(1, 10, 30)[0])
    assert "The images have 2 sizes, from 8 × 8 to 30 × 10; each was made square." in opened(own, 8).notices


def test_what_is_no_image_is_left_alone(own: Path) -> None:
    """Hidden files and other files are passed over; folders beside the images are named."""
    write_images(own, [*FLAT, ".hidden.png", "masks/mask.png"])
    (own / "notes.txt").write_text("no image")
    images = opened(own, 8)
    assert len(images) == 20
    assert "The folders beside the images were left alone: masks." in images.notices


def test_picker_offers_the_folder(own: Path) -> None:
    """A folder of images is offered, and the data root that holds it is not."""
    write_images(own, FLAT)
    write_png(own.parent / "preview.png", grey_images(1)[0])
    choice = available_datasets()[-1]
    assert (choice.dataset, choice.label, choice.kind) == ("own", "own, 8 × 8, own", "folder")
