"""Sets of four IDX files in one folder: MNIST, Fashion-MNIST, KMNIST, EMNIST.

    train-images-idx3-ubyte  train-labels-idx1-ubyte      60,000 images and their classes
    t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte       the test split; EMNIST writes `test`

Each may end in `.gz`. EMNIST puts the name of a split before (`emnist-letters-train-images-...`) and
stores its images transposed.
"""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets import idx
from explorer.datasets.framing import squares
from explorer.datasets.image_set import ImageSet, fingerprint
from explorer.datasets.layout import Layout
from explorer.errors import DatasetError

PARTS = {"train": ("train",), "test": ("t10k", "test")}  # split -> how files call it
IMAGES = re.compile(r"(?P<prefix>.*?)(train|t10k|test)-images-idx3-ubyte(\.gz)?")
CLASS_NAMES = {
    "mnist": tuple("0123456789"),
    "fashionmnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}


def title(folder: Path) -> str:
    """What the set in `folder` is called: the folder's name, or its parent's for a `raw` folder."""
    name = folder.parent.name if folder.name == "raw" else folder.name
    return "MNIST" if name.lower() == "mnist" else name


def is_mnist(folder: Path) -> bool:
    """Whether the set in `folder` is called MNIST."""
    return title(folder) == "MNIST"


def read(folder: Path, image_size: int, source: str) -> ImageSet:
    """The set in `folder` at `image_size`.

    Raises DatasetError if a file is missing or broken, if images and labels differ in number, or if
    the folder holds several sets.
    """
    prefix = _prefix(folder)
    parts = {split: _read_part(folder, prefix, split) for split in PARTS}
    images = np.concatenate([squares(images, image_size) for images, _ in parts.values()])[:, np.newaxis]
    labels = np.concatenate([labels for _, labels in parts.values()]).astype(np.int64)
    split = np.concatenate([np.full(len(labels), split) for split, (_, labels) in parts.items()])
    ids = np.array([f"{split}-{row:05d}" for split, (_, labels) in parts.items() for row in range(len(labels))])
    return ImageSet(
        name="mnist" if is_mnist(folder) else "idx",
        title=title(folder),
        source=source,
        images=images,
        split=split,
        ids=ids,
        labels=labels,
        label_names=_class_names(folder, int(labels.max()) + 1),
        fingerprint=fingerprint(images, ids, split, labels),
        notices=_notices(parts["train"][0], prefix, image_size),
    )


def _home(folder: Path) -> Path | None:
    return folder if _image_files(folder) else None


def _image_side(folder: Path) -> int | None:
    try:
        return idx.image_side(_image_files(folder)[0])
    except DatasetError:
        return None


IDX = Layout(
    name="idx",
    form="train-images-idx3-ubyte, train-labels-idx1-ubyte and the same for t10k, each also as .gz",
    title=title,
    home=_home,
    image_side=_image_side,
    read=read,
)


def _image_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if IMAGES.fullmatch(path.name) and path.is_file())


def _prefix(folder: Path) -> str:
    """What stands before `train` in the file names of the one set in `folder`."""
    prefixes = {match["prefix"] for path in _image_files(folder) if (match := IMAGES.fullmatch(path.name))}
    if len(prefixes) > 1:
        names = ", ".join(prefix.rstrip("-") or "one without a prefix" for prefix in sorted(prefixes))
        raise DatasetError(f"{folder} holds several IDX sets ({names}); put each into a folder of its own.")
    return prefixes.pop()


def _read_part(folder: Path, prefix: str, split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (N, H, W) and labels (N,) of one split."""
    stems = [f"{prefix}{part}" for part in PARTS[split]]
    images = _read_first(folder, [f"{stem}-images-idx3-ubyte" for stem in stems], idx.read_images)
    labels = _read_first(folder, [f"{stem}-labels-idx1-ubyte" for stem in stems], idx.read_labels)
    if len(images) != len(labels):
        raise DatasetError(
            f"{folder} holds {len(images):,} {split} images but {len(labels):,} labels; "
            f"take both files from the same source."
        )
    return (images.transpose(0, 2, 1) if _is_transposed(prefix) else images), labels


def _read_first(folder: Path, names: list[str], reader: Callable[[Path], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Read the first of the files `names`, unpacked or gzipped, that is whole."""
    paths = [path for name in names for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    if not paths:
        raise DatasetError(f"{folder} lacks {' or '.join(names)} (or the same as .gz); put the file there.")
    for path in paths[:-1]:
        try:
            return reader(path)
        except DatasetError:
            continue
    return reader(paths[-1])


def _is_transposed(prefix: str) -> bool:
    return prefix.lower().startswith("emnist")


def _class_names(folder: Path, classes: int) -> tuple[str, ...]:
    known = CLASS_NAMES.get(re.sub(r"[^a-z]", "", title(folder).lower()), ())
    return known if classes <= len(known) else tuple(str(label) for label in range(classes))


def _notices(train_images: NDArray[np.uint8], prefix: str, image_size: int) -> tuple[str, ...]:
    _, height, width = train_images.shape
    notices = []
    if max(height, width) < image_size:
        notices.append(f"The images are {width} × {height} and were enlarged to {image_size} × {image_size}.")
    if _is_transposed(prefix):
        notices.append("EMNIST files store images transposed; they were turned upright.")
    return tuple(notices)
