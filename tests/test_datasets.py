"""What `open_dataset` finds by name and by path, and what the app may offer and accept."""

import sys
from pathlib import Path
from types import ModuleType
from urllib.error import URLError

import numpy as np
import pytest
from datasets_files import opened, write_idx, write_oasis

from explorer.config import DataConfig
from explorer.datasets.catalog import NAMES, available_datasets, confined, open_dataset
from explorer.errors import DatasetError


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty data root, a cache of its own, and an empty working folder."""
    for name in ("data", "cache", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "data"


def test_digits_are_always_there() -> None:
    """The embedded set holds scikit-learn's 1,797 digits, a fifth of each class for testing."""
    digits = opened("digits")
    assert digits.images.shape == (1797, 1, 28, 28)
    assert digits.images.dtype == np.uint8
    assert (digits.count("train"), digits.count("validation"), digits.count("test")) == (1438, 0, 359)
    assert digits.labels is not None
    assert np.bincount(digits.labels[digits.split == "test"]).tolist() == [36, 36, 35, 37, 36, 36, 36, 36, 35, 36]
    assert len(set(digits.ids)) == 1797
    assert digits.label_names == tuple("0123456789")
    assert "not MNIST" in digits.title
    assert (digits.name, digits.source, digits.notices) == ("digits", "digits", ())


@pytest.mark.parametrize("size", [8, 28, 64, 256])
def test_digits_are_framed_like_mnist(size: int) -> None:
    """A digit fills a centred box of 20/28 of the frame, and the margin is black."""
    images = opened("digits", size).images
    box = round(size * 20 / 28)
    margin = (size - box) // 2
    assert images.shape[2:] == (size, size)
    assert images.max() == 255
    assert not images[:, :, :margin].any()
    assert not images[:, :, :, :margin].any()
    assert images[:, :, margin : margin + box].any(axis=(0, 1, 3)).all()


def test_telling_rows_are_as_many_of_each_class() -> None:
    digits = opened("digits", 12).select("test")
    assert digits.labels is not None
    assert digits.labels[digits.telling_rows(12)].tolist() == list(range(10))
    assert digits.labels[digits.telling_rows(3)].tolist() == [0, 1, 2]
    two = digits.without([str(kind) for kind in range(2, 10)])
    rows = two.telling_rows(5)
    assert two.labels is not None
    assert two.labels[rows].tolist() == [0, 1, 0, 1]
    assert len(set(rows)) == 4
    few = two.take(two.telling_rows(2)[[0, 1, 1]])  # two images of a class with one
    assert few.telling_rows(6).tolist() == [0, 1, 2]


def test_equal_data_has_an_equal_fingerprint() -> None:
    """The fingerprint depends on the data alone."""
    assert opened("digits").fingerprint == opened("digits").fingerprint
    assert opened("digits").fingerprint != opened("digits", 32).fingerprint


def test_missing_data_root_is_a_notice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a data root the embedded set opens and says so."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    (notice,) = opened("digits").notices
    assert "nowhere does not exist" in notice
    assert [choice.dataset for choice in available_datasets()] == ["digits", "template-brain", "mnist"]


@pytest.mark.parametrize("folder", ["MNIST/raw", "mnist", "sets/MNIST/raw", "."])
def test_mnist_is_found_by_name(root: Path, folder: str) -> None:
    """MNIST is found in a folder of its name, or its raw/, wherever it lies under the data root."""
    target = root / folder if folder != "." else root / "MNIST"
    (target.parent / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)  # an empty raw/ is no obstacle
    write_idx(target)
    mnist = opened("mnist")
    assert (mnist.count("train"), mnist.count("test")) == (6, 4)
    assert (mnist.name, mnist.title, mnist.source) == ("mnist", "MNIST", "mnist")
    assert mnist.label_names == tuple("0123456789")


def test_missing_mnist_says_where_to_put_it(root: Path) -> None:
    """Where MNIST is missing and may not be downloaded, the error names the folder and the way out."""
    with pytest.raises(DatasetError, match=r"train-images-idx3-ubyte\.gz.*MNIST/raw.*`digits`"):
        opened("mnist")
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "failure", [URLError("no route"), RuntimeError("Tried a, got:\nno route"), OSError("no route")]
)
def test_failed_download_says_where_to_put_the_files(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    """Whatever stops the download, the error is one sentence with its reason."""

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setitem(sys.modules, "torchvision.datasets", _module_with_mnist(fail))
    with pytest.raises(DatasetError, match=r"no route.*MNIST/raw") as raised:
        open_dataset(DataConfig(dataset="mnist"))
    assert "\n" not in str(raised.value)


def test_missing_mnist_is_downloaded_once(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """What an interrupted download left is completed, and whole files are not fetched again."""
    calls = []

    def fetch(target: Path, *, download: bool) -> None:
        calls.append(download)
        write_idx(target / "MNIST" / "raw")

    monkeypatch.setitem(sys.modules, "torchvision.datasets", _module_with_mnist(fetch))
    write_idx(root / "MNIST" / "raw")
    (root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    assert [len(open_dataset(DataConfig(dataset="mnist"))) for _ in range(2)] == [10, 10]
    assert calls == [True]


def test_oasis_by_name_takes_the_matching_size(root: Path) -> None:
    """Among several candidates the one whose images have the recipe's size is opened."""
    write_oasis(root / "brain" / "small", 16)
    write_oasis(root / "brain" / "large", 32)
    assert opened("oasis", 16).source == "brain/small"
    assert opened("oasis", 32).source == "brain/large"


def test_oasis_by_name_takes_the_only_candidate(root: Path) -> None:
    """A single candidate is opened at whatever size the recipe has."""
    write_oasis(root / "a" / "b" / "c", 16)
    assert opened("oasis", 8).source == "a/b/c"


@pytest.mark.parametrize(("size", "problem"), [(16, "more than one"), (24, "none")])
def test_undecided_name_lists_the_candidates(root: Path, size: int, problem: str) -> None:
    """Where the size does not decide, the error lists the candidates with their sizes."""
    for name in ("one", "two"):
        write_oasis(root / name, 16)
    with pytest.raises(DatasetError, match=rf"{problem} of them.*one \(16 × 16\), two \(16 × 16\); give one"):
        opened("oasis", size)


def test_missing_brain_slices_say_what_to_bring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without brain slices the error names the layout and the data root, and whether that exists."""
    with pytest.raises(DatasetError, match=r"keras_png_slices_train.*case_NNN_slice_K"):
        opened("oasis")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DatasetError, match=r"nowhere \(which does not exist\)"):
        opened("oasis")


def test_path_may_be_absolute_or_relative(root: Path, tmp_path: Path) -> None:
    """A path is absolute, relative to the data root, or relative to the working folder."""
    write_idx(root / "sets" / "inside")
    write_idx(tmp_path / "work" / "beside")
    assert opened("sets/inside").source == "sets/inside"
    assert opened(root / "sets" / "inside").source == "sets/inside"
    assert opened("beside").source == "beside"
    assert opened(tmp_path / "work" / ".." / "data" / "sets" / "inside").source == "sets/inside"


def test_source_never_holds_a_machine_path(root: Path, tmp_path: Path) -> None:
    """A folder outside the data root is recorded by its last name, one linked into it by the link."""
    write_oasis(tmp_path / "elsewhere" / "brains")
    write_idx(tmp_path / "elsewhere" / "Own" / "raw")
    assert opened(tmp_path / "elsewhere" / "brains", 16).source == "brains"
    assert opened(tmp_path / "elsewhere" / "Own" / "raw").source == "Own"
    (root / "linked").symlink_to(tmp_path / "elsewhere" / "brains")
    assert opened("oasis", 16).source == "linked"


@pytest.mark.parametrize("text", ["no/such/folder", "x" * 400, "a\0b", "mnst"])
def test_unknown_set_lists_the_names(text: str) -> None:
    """What is neither a name nor a folder is refused with the names and the places looked at."""
    with pytest.raises(DatasetError, match=r"digits, template-brain, mnist, oasis, adni.*data root .*working folder"):
        opened(text)


def test_unknown_layout_lists_the_known_ones(root: Path) -> None:
    """A folder that holds no set is refused with the layouts that are known."""
    (root / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty holds no image set.*keras_png_slices_train.*train-images-idx3"):
        opened("empty")


def test_folder_of_several_sets_lists_them(root: Path) -> None:
    """The parent of one set opens it; the parent of two is refused with their names."""
    write_idx(root / "sets" / "one")
    assert opened("sets").source == "sets/one"
    write_idx(root / "sets" / "two")
    with pytest.raises(DatasetError, match=r"several image sets \(one, two\)"):
        opened("sets")


def test_picker_offers_what_is_there(root: Path) -> None:
    """The picker's values open as they are, with what each is and how large its images are."""
    before = [(choice.dataset, choice.label) for choice in available_datasets()]
    assert before[2] == ("mnist", "MNIST (will be downloaded)")
    write_idx(root / "MNIST" / "raw")
    write_idx(root / "FashionMNIST" / "raw")
    write_oasis(root / "brain" / "small", 16)
    write_oasis(root / ".hidden")
    choices = available_datasets()
    assert [(choice.dataset, choice.kind) for choice in choices] == [
        ("digits", "digits"),
        ("template-brain", "template-brain"),
        ("mnist", "mnist"),
        ("FashionMNIST", "idx"),
        ("brain/small", "oasis"),
    ]
    assert "16 × 16" in choices[-1].label
    assert [opened(choice.dataset).name for choice in choices] == [choice.kind for choice in choices]


def test_picker_offers_two_copies_by_path(root: Path) -> None:
    """Two copies of MNIST make the name ambiguous, so that each is offered by its path."""
    write_idx(root / "MNIST")
    write_idx(root / "copy" / "MNIST")
    assert [choice.dataset for choice in available_datasets()] == ["digits", "template-brain", "MNIST", "copy/MNIST"]
    with pytest.raises(DatasetError, match="more than one of them"):
        opened("mnist")


def test_confined_accepts_names_and_inner_folders(root: Path) -> None:
    """A known name and a folder inside the data root pass unchanged."""
    write_idx(root / "sets" / "inside")
    for text in (*NAMES, "sets/inside", str(root / "sets")):
        assert confined(text) == text


@pytest.mark.parametrize("text", ["../..", "/", "link", "link/sub", "nowhere", "outside", "a\0b"])
def test_confined_refuses_what_leaves_the_root(root: Path, tmp_path: Path, text: str) -> None:
    """A path that leaves the data root, by dots or by a link, is refused with the data root named."""
    (tmp_path / "work" / "outside" / "sub").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "work" / "outside")
    with pytest.raises(DatasetError, match=f"inside the data root {root}"):
        confined(text)


def _module_with_mnist(constructor: object) -> ModuleType:
    module = ModuleType("torchvision.datasets")
    module.MNIST = constructor  # type: ignore[attr-defined]
    return module
