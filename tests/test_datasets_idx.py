"""IDX files: what they hold, and what is said of each way in which one can be broken."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from datasets_files import grey_images, idx_bytes, opened, write_idx

from explorer.datasets import idx
from explorer.errors import DatasetError

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The temporary folder as data root."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read(root: Path, zipped: bool) -> None:
    """Images, labels and splits come from the four files, plain or gzipped."""
    images = opened(write_idx(root / "Own", zipped=zipped))
    assert images.images.shape == (10, 1, 28, 28)
    assert np.array_equal(images.select("train").images[:, 0], grey_images(6))
    assert np.array_equal(images.select("test").images[:, 0], grey_images(4))
    assert images.labels is not None
    assert images.labels.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
    assert images.labels.dtype == np.int64
    assert images.label_names == tuple("012345")
    assert (images.name, images.title) == ("idx", "Own")
    assert images.ids.tolist()[5:7] == ["train-00005", "test-00000"]
    assert images.images.flags.writeable


def test_fashion_mnist_has_class_names(root: Path) -> None:
    """Fashion-MNIST's labels are its garments, the set being known by its folder."""
    names = opened(write_idx(root / "FashionMNIST" / "raw")).label_names
    assert len(names) == 10
    assert (names[0], names[9]) == ("T-shirt/top", "Ankle boot")


def test_emnist_is_turned_upright(root: Path) -> None:
    """EMNIST names its files by set and stores images transposed; both are understood, and said."""
    for path in write_idx(root / "EMNIST").iterdir():
        path.rename(path.with_name(f"emnist-letters-{path.name.replace('t10k', 'test')}"))
    images = opened(root / "EMNIST")
    assert np.array_equal(images.select("test").images[:, 0], grey_images(4).transpose(0, 2, 1))
    assert "turned upright" in images.notices[0]


def test_several_sets_in_a_folder_are_listed(root: Path) -> None:
    """One folder with several EMNIST sets is refused with their names."""
    for name in ("emnist-letters-", "emnist-digits-"):
        (root / f"{name}{TRAIN_IMAGES}").write_bytes(idx_bytes(grey_images(2)))
    with pytest.raises(DatasetError, match=r"\(emnist-digits, emnist-letters\)"):
        opened(root)


def test_small_images_are_enlarged_with_a_notice(root: Path) -> None:
    """Images below the recipe's size are enlarged, and the notice says from what."""
    images = opened(write_idx(root / "Own", side=16), 32)
    assert images.images.shape == (10, 1, 32, 32)
    assert "16 × 16 and were enlarged to 32 × 32" in images.notices[0]


def test_whole_gzip_serves_for_a_broken_plain_file(root: Path) -> None:
    """Of a plain and a gzipped file the one that is whole is read."""
    write_idx(root / "Own", zipped=True)
    (write_idx(root / "Own") / TRAIN_IMAGES).write_bytes(b"half a download")
    assert opened(root / "Own").count("train") == 6


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        (TRAIN_IMAGES, "train-images"),
        (TRAIN_LABELS, "train-labels"),
        ("t10k-images-idx3-ubyte", "t10k-images"),
        ("t10k-labels-idx1-ubyte", "t10k-labels"),
    ],
)
def test_missing_file_is_named(root: Path, name: str, missing: str) -> None:
    """A set without one of its four files is refused with the name of the file."""
    (write_idx(root / "Own") / name).unlink()
    with pytest.raises(DatasetError, match=f"Own lacks {missing}"):
        opened(root / "Own")


def test_different_counts_are_refused(root: Path) -> None:
    """Labels that are not one an image are refused with both counts."""
    (write_idx(root / "Own") / TRAIN_LABELS).write_bytes(idx_bytes(np.zeros(5, np.uint8)))
    with pytest.raises(DatasetError, match="6 train images but 5 labels"):
        opened(root / "Own")


WHOLE = idx_bytes(grey_images(3, 4, 5))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ends within its IDX header"),
        (WHOLE[:15], "ends within its IDX header"),
        (WHOLE[:-1], "cut short: it holds 59 of 60 values"),
        (WHOLE + b"\0", "holds more than the 60 values"),
        (b"\0\0\x08\x01" + WHOLE[4:], "magic number 0x00000801, not the 0x00000803 of IDX images"),
        (b"\x89PNG" + WHOLE[4:], "magic number 0x89504e47"),
        (struct.pack(">4I", 0x803, 0, 28, 28), "0 × 28 × 28 values"),
        (struct.pack(">4I", 0x803, 5_000_001, 1, 1), "5,000,001 × 1 × 1 values"),
        (struct.pack(">4I", 0x803, 1, 1025, 1), "1 × 1,025 × 1 values"),
        (struct.pack(">4I", 0x803, 5_000_000, 1024, 1024), "4 GiB in all"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_broken_images_are_refused(root: Path, content: bytes, message: str, zipped: bool) -> None:
    """Each fault of an image file, plain or gzipped, is an error that names the file and the fault."""
    path = root / ("images.gz" if zipped else "images")
    path.write_bytes(gzip.compress(content) if zipped else content)
    with pytest.raises(DatasetError, match=f"{path.name} .*{message}"):
        idx.read_images(path)


def test_wrong_magic_of_labels_is_refused(root: Path) -> None:
    """An image file in the place of labels is refused by its magic number."""
    (root / "labels").write_bytes(WHOLE)
    with pytest.raises(DatasetError, match="0x00000803, not the 0x00000801 of IDX labels"):
        idx.read_labels(root / "labels")


@pytest.mark.parametrize("content", [gzip.compress(WHOLE)[:-12], gzip.compress(WHOLE)[:6], b"no gzip at all"])
def test_broken_gzip_is_refused(root: Path, content: bytes) -> None:
    """A truncated gzip, or a file that is none, is an error that says to fetch it again."""
    (root / "images.gz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"images\.gz cannot be read .*download it again"):
        idx.read_images(root / "images.gz")


def test_damaged_gzip_is_refused(root: Path) -> None:
    """Damage within a gzip is found, as bad data or by its checksum."""
    content = gzip.compress(WHOLE)
    for position in range(10, len(content) - 4):
        (root / "images.gz").write_bytes(
            content[:position] + bytes([content[position] ^ 255]) + content[position + 1 :]
        )
        with pytest.raises(DatasetError, match=r"images\.gz"):
            idx.read_images(root / "images.gz")


def test_gzip_is_unpacked_no_further_than_announced(root: Path) -> None:
    """A gzip of far more than its header says is refused after one byte too many."""
    (root / "images.gz").write_bytes(gzip.compress(WHOLE + bytes(50_000_000)))
    with pytest.raises(DatasetError, match="holds more than the 60 values"):
        idx.read_images(root / "images.gz")
