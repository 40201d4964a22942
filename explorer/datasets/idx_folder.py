"""Sets of four IDX files in a folder or in its `raw/`: MNIST, Fashion-MNIST, KMNIST, EMNIST.

    train-images-idx3-ubyte  train-labels-idx1-ubyte      images and their classes
    t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte       the test split; EMNIST writes `test`

Each may end in `.gz`. EMNIST puts the name of a set before (`emnist-letters-train-images-...`) and
stores its images transposed.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets import idx
from explorer.datasets.framing import squares
from explorer.datasets.image_set import ImageSet, Split, fingerprint
from explorer.datasets.layout import Layout
from explorer.errors import DatasetError

RAW = "raw"  # torchvision's name for the folder of the files
IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
PARTS: dict[Split, tuple[str, ...]] = {"train": ("train",), "test": ("t10k", "test")}  # as files call them
IMAGE_FILE = re.compile(rf"(?P<prefix>.*?)(train|t10k|test)-{IMAGES}(\.gz)?")
CLASS_NAMES = {
    "mnist": tuple("0123456789"),
    "fashionmnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}


def is_mnist(home: Path) -> bool:
    """Whether the set in `home` is called MNIST."""
    return _title(home) == "MNIST"


def is_complete(home: Path) -> bool:
    """Whether `home` has all four files under the names that MNIST's have."""
    folder = _files_folder(home)
    return all(_paths(folder, "", split, content) for split in PARTS for content in (IMAGES, LABELS))


def _read(home: Path, image_size: int, source: str) -> ImageSet:
    """The set in `home`.

    Raises DatasetError if a file is missing or broken, if images and labels differ in number, or if
    there are several sets.
    """
    prefix = _prefix(home)
    parts = {split: _read_part(_files_folder(home), prefix, split) for split in PARTS}
    images = np.concatenate([squares(images, image_size) for images, _ in parts.values()])[:, np.newaxis]
    labels = np.concatenate([labels for _, labels in parts.values()]).astype(np.int64)
    split = np.concatenate([np.full(len(labels), split) for split, (_, labels) in parts.items()])
    ids = np.array([f"{split}-{row:05d}" for split, (_, labels) in parts.items() for row in range(len(labels))])
    return ImageSet(
        name="mnist" if is_mnist(home) else "idx",
        title=_title(home),
        source=source,
        images=images,
        split=split,
        ids=ids,
        labels=labels,
        label_names=_class_names(home, int(labels.max()) + 1),
        fingerprint=fingerprint(images, ids, split, labels),
        notices=_notices(parts["train"][0], prefix, image_size),
    )


def _title(home: Path) -> str:
    return "MNIST" if home.name.lower() == "mnist" else home.name


def _home(folder: Path) -> Path | None:
    home = folder.parent if folder.name == RAW else folder
    return home if _image_files(_files_folder(home)) else None


def _image_side(home: Path) -> int:
    return idx.image_side(_image_files(_files_folder(home))[0])


IDX = Layout(
    name="idx",
    form=f"train-{IMAGES}, train-{LABELS} and the same for t10k, each also as .gz",
    title=_title,
    home=_home,
    image_side=_image_side,
    read=_read,
)


def _files_folder(home: Path) -> Path:
    raw = home / RAW
    return raw if raw.is_dir() and _image_files(raw) else home


def _image_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if IMAGE_FILE.fullmatch(path.name) and path.is_file())


def _prefix(home: Path) -> str:
    """What stands before `train` in the file names of the one set in `home`."""
    matches = (IMAGE_FILE.fullmatch(path.name) for path in _image_files(_files_folder(home)))
    prefixes = {match["prefix"] for match in matches if match}
    if len(prefixes) > 1:
        names = ", ".join(prefix.rstrip("-") or "one without a prefix" for prefix in sorted(prefixes))
        raise DatasetError(f"{home} holds several IDX sets ({names}); put each into a folder of its own.")
    return prefixes.pop()


def _paths(folder: Path, prefix: str, split: Split, content: str) -> list[Path]:
    """The files that hold `content` of `split`, an unpacked one before a gzipped one."""
    names = (f"{prefix}{part}-{content}{suffix}" for part in PARTS[split] for suffix in ("", ".gz"))
    return [folder / name for name in names if (folder / name).is_file()]


def _read_part(folder: Path, prefix: str, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (N, H, W) and labels (N,) of one split."""
    images = _read_first(folder, prefix, split, IMAGES, idx.read_images)
    labels = _read_first(folder, prefix, split, LABELS, idx.read_labels)
    if len(images) != len(labels):
        raise DatasetError(
            f"{folder} holds {len(images):,} {split} images but {len(labels):,} labels; "
            f"take both files from the same source."
        )
    return (images.transpose(0, 2, 1) if _is_transposed(prefix) else images), labels


def _read_first(
    folder: Path, prefix: str, split: Split, content: str, reader: Callable[[Path], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """The content of the first file that is whole."""
    paths = _paths(folder, prefix, split, content)
    if not paths:
        raise DatasetError(f"{folder} lacks {prefix}{PARTS[split][0]}-{content}[.gz]; put the file there.")
    for path in paths[:-1]:
        try:
            return reader(path)
        except DatasetError:
            continue
    return reader(paths[-1])


def _is_transposed(prefix: str) -> bool:
    return prefix.lower().startswith("emnist")


def _class_names(home: Path, classes: int) -> tuple[str, ...]:
    known = CLASS_NAMES.get(re.sub(r"[^a-z]", "", home.name.lower()), ())
    return known if classes <= len(known) else tuple(str(label) for label in range(classes))


def _notices(train_images: NDArray[np.uint8], prefix: str, image_size: int) -> tuple[str, ...]:
    _, height, width = train_images.shape
    notices = []
    if max(height, width) < image_size:
        notices.append(f"The images are {width} × {height} and were enlarged to {image_size} × {image_size}.")
    if _is_transposed(prefix):
        notices.append("EMNIST files store images transposed; they were turned upright.")
    return tuple(notices)
