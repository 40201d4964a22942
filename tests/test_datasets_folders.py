"""Folders of image files: framing, what is skipped, the OASIS layout and the cache."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from datasets_files import grey_images, opened, write_oasis, write_png
from PIL import Image

from explorer.datasets import cache, decoding
from explorer.datasets.framing import square
from explorer.errors import DatasetError
from explorer.files import STALE

TRAIN = "keras_png_slices_train"
FIRST = f"{TRAIN}/case_001_slice_0.nii.png"


@pytest.fixture(autouse=True)
def brains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small set in the OASIS layout under a data root, and a cache of its own."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return write_oasis(tmp_path / "data" / "brains")


def test_square_keeps_the_aspect() -> None:
    """A wide image is padded above and below with black, then averaged down exactly."""
    pixels = np.array([[0, 100, 40, 40, 8, 8, 1, 3], [100, 200, 40, 40, 8, 8, 5, 7]], np.uint8)
    framed = square(Image.fromarray(pixels), 4)
    # 8 × 2 becomes 8 × 8 with three black rows on either side, so that blocks of 2 × 2 are half black.
    assert framed.tolist() == [[0, 0, 0, 0], [25, 20, 4, 1], [75, 20, 4, 3], [0, 0, 0, 0]]


def test_square_averages_blocks_exactly() -> None:
    """A square image becomes the mean of its blocks."""
    blocks = grey_images(1, 4, 4)[0]
    assert np.array_equal(square(Image.fromarray(np.kron(blocks, np.ones((4, 4), np.uint8))), 4), blocks)


def test_square_enlarges_smoothly() -> None:
    """A small image is enlarged with grey levels between its own."""
    enlarged = square(Image.fromarray(np.array([[0, 200], [0, 200]], np.uint8)), 8)
    assert enlarged.shape == (8, 8)
    assert len(np.unique(enlarged)) > 2


def test_oasis_layout_is_read(brains: Path) -> None:
    """The layout's own splits, subjects and slice numbers are kept, and label maps are left alone."""
    images = opened(brains, 16)
    assert images.split.tolist() == ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
    assert images.metadata["subject"].tolist() == [1, 1, 2, 2, 402, 402, 441, 441]
    assert images.metadata["slice"].tolist() == [0, 1] * 4
    assert images.ids[0] == "case_001_slice_0"
    assert np.array_equal(images.images[0, 0], np.asarray(Image.open(brains / FIRST)))
    assert (images.name, images.source, images.labels, images.notices) == ("oasis", "brains", None, ())


def test_split_folder_opens_its_set(brains: Path) -> None:
    """The path of one split's folder opens the whole set."""
    assert opened(brains / "keras_png_slices_validate", 16).source == "brains"


def test_slices_are_in_numeric_order(brains: Path) -> None:
    """Slice 10 comes after slice 9, and after slice 1 of another file order."""
    for number in (10, 9):
        write_png(brains / TRAIN / f"case_001_slice_{number}.nii.png", grey_images(1, 16, 16)[0])
    assert opened(brains, 16).metadata["slice"].tolist()[:4] == [0, 1, 9, 10]


def test_subject_in_two_splits_is_refused(brains: Path) -> None:
    """A subject that is in two splits is an error that names it."""
    write_png(brains / "keras_png_slices_test" / "case_002_slice_7.nii.png", grey_images(1, 16, 16)[0])
    with pytest.raises(DatasetError, match="Subject 2 is in both keras_png_slices_train and keras_png_slices_test"):
        opened(brains, 16)


def test_missing_or_empty_split_is_refused(brains: Path) -> None:
    """A split whose folder is missing or empty is an error that names the folder."""
    test = brains / "keras_png_slices_test"
    for path in test.iterdir():
        path.unlink()
    with pytest.raises(DatasetError, match="keras_png_slices_test holds no file named like"):
        opened(brains, 16)
    test.rmdir()
    with pytest.raises(DatasetError, match="brains lacks the folder keras_png_slices_test"):
        opened(brains, 16)


def test_misnamed_images_are_counted(brains: Path) -> None:
    """Images without subject and slice in their names are left out with a notice."""
    write_png(brains / TRAIN / "brain.png", grey_images(1, 16, 16)[0])
    images = opened(brains, 16)
    assert len(images) == 8
    assert (
        f"1 images are not named like case_NNN_slice_K.nii.png and were left out: {TRAIN}/brain.png"
        in images.notices[0]
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no image", "not a PNG, JPEG, TIFF or BMP image"),
        (None, "truncated"),
        (b"", "not a PNG, JPEG, TIFF or BMP image"),
    ],
)
def test_unreadable_image_is_skipped_and_named(brains: Path, content: bytes | None, reason: str) -> None:
    """One unreadable file is left out, named with its reason and counted, on every opening."""
    whole = (brains / FIRST).read_bytes()
    (brains / FIRST).write_bytes(whole[: len(whole) // 2] if content is None else content)
    for _ in ("decoded", "cached"):
        images = opened(brains, 16)
        assert len(images) == 7
        assert images.ids[0] == "case_001_slice_1"
        assert images.metadata["slice"][0] == 1
        assert f"1 of 8 images cannot be read and were skipped: {FIRST}" in images.notices[0]
        assert reason in images.notices[0]


def test_skipped_images_are_named_up_to_three(brains: Path) -> None:
    """Of many unreadable files three are named and the rest counted."""
    for path in (brains / TRAIN).glob("case_001*"):
        for copy in range(2, 4):
            path.with_name(f"case_001_slice_{copy}.nii.png").write_bytes(b"")
        path.write_bytes(b"")
    (notice,) = opened(brains, 16).notices
    assert notice.count(".png") == 3
    assert notice.endswith("and 1 more.")


def test_images_that_cannot_be_used_say_why(monkeypatch: pytest.MonkeyPatch, brains: Path) -> None:
    """Over-long and over-large files, and those of no numbers, are skipped with the reason."""
    files = sorted((brains / TRAIN).iterdir())
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(files[0], "TIFF")
    write_png(files[1], np.zeros((1, 8193), np.uint8))
    monkeypatch.setattr(decoding, "MAX_FILE_BYTES", files[2].stat().st_size - 1)
    small = write_png(brains / "small.png", np.zeros((16, 16), np.uint8))
    (notice,) = decoding.decode(brains, [*files[:3], small], 16).notices
    assert "holds values that are no numbers" in notice
    assert "8193 × 1 pixels" in notice
    assert "larger than 0 MiB" in notice


def test_no_readable_image_is_refused(brains: Path) -> None:
    """A set without any readable image, or a split without one, is an error."""
    (brains / "keras_png_slices_test" / "case_441_slice_0.nii.png").write_bytes(b"")
    (brains / "keras_png_slices_test" / "case_441_slice_1.nii.png").write_bytes(b"")
    with pytest.raises(DatasetError, match="keras_png_slices_test holds no readable image"):
        opened(brains, 16)
    for path in brains.glob("keras_png_slices_*/case_*.png"):
        path.write_bytes(b"")
    with pytest.raises(DatasetError, match="brains holds no readable image: keras_png_slices_train/case_001"):
        opened(brains, 16)


def test_colour_becomes_grey_and_small_is_enlarged(brains: Path) -> None:
    """A colour image is read as grey; images below the size are enlarged with a notice."""
    Image.new("RGB", (16, 16), (255, 255, 255)).save(brains / FIRST)
    images = opened(brains, 32)
    assert (images.images[0] == 255).all()
    assert images.notices == (
        "1 images are in colour and were made grey.",
        "8 images are smaller than 32 × 32 and were enlarged.",
    )


def test_cache_serves_the_second_opening(monkeypatch: pytest.MonkeyPatch, brains: Path) -> None:
    """A folder that was decoded once is opened again without decoding anything."""
    first = opened(brains, 16)
    monkeypatch.setattr(cache, "decode", _must_not_decode)
    second = opened(brains, 16)
    assert second.fingerprint == first.fingerprint
    assert np.array_equal(second.images, first.images)


def test_changed_file_is_decoded_again(brains: Path, tmp_path: Path) -> None:
    """A changed file makes a new cache file in place of the old one of that size."""
    before = opened(brains, 16)
    opened(brains, 8)
    write_png(brains / FIRST, np.zeros((16, 16), np.uint8))
    after = opened(brains, 16)
    assert not after.images[0].any()
    assert after.fingerprint != before.fingerprint
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize("damage", ["truncated", "emptied", "flipped", "of another shape"])
def test_broken_cache_is_decoded_again(brains: Path, tmp_path: Path, damage: str) -> None:
    """A cache file that is not sound is ignored and replaced."""
    before = opened(brains, 16)
    (path,) = (tmp_path / "cache").iterdir()
    content = bytearray(path.read_bytes())
    content[400] ^= 255
    broken = {"truncated": bytes(content[:500]), "emptied": b"", "flipped": bytes(content)}
    if damage in broken:
        path.write_bytes(broken[damage])
    else:
        np.savez(path, images=before.images[:, 0], rows=np.arange(8), notices=np.array([], np.str_))
    assert opened(brains, 16).fingerprint == before.fingerprint
    assert path.stat().st_size == len(content)


def test_half_a_cache_file_that_a_kill_left_is_removed_once_it_is_old(brains: Path, tmp_path: Path) -> None:
    """Whoever writes to the cache removes it; a file that another process may be writing, and others' files, stay."""
    old, young, foreign = ((tmp_path / "cache" / name) for name in (".a.npz.0.part", ".a.npz.1.part", ".a.mp4.part"))
    old.parent.mkdir()
    for path, age in ((old, 2 * STALE), (young, 0), (foreign, 2 * STALE)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    opened(brains, 16)
    assert [path.exists() for path in (old, young, foreign)] == [False, True, True]


def test_unwritable_cache_costs_only_time(monkeypatch: pytest.MonkeyPatch, brains: Path, tmp_path: Path) -> None:
    """Where no cache can be written, a folder opens all the same."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file" / "cache"))
    assert len(opened(brains, 16)) == 8


def _must_not_decode(*_: object) -> None:
    raise AssertionError("the cache was not used")
