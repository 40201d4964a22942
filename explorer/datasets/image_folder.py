"""Any other folder of images, with the splits and classes that its folders tell.

    any/train/cat/*.png  any/test/cat/*.png      splits and classes; or train/*.png, test/*.png
    any/cat/*.png        any/dog/*.png           classes
    any/*.png                                    neither

A folder `validation`, `validate`, `valid` or `val` beside `train` and `test` is the validation split.
Without split folders, of ten subjects eight are for training, one for validation and one for testing;
where file names tell no subject every image counts as one.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.cache import decoded
from explorer.datasets.decoding import FORMATS_IN_WORDS, first_few, stored_side
from explorer.datasets.image_set import SPLITS, ImageSet, Split, fingerprint
from explorer.datasets.layout import Layout
from explorer.datasets.splitting import split_by_group
from explorer.datasets.table import with_table
from explorer.errors import DatasetError
from explorer.paths import data_root

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
FOLDERS: dict[Split, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("validation", "validate", "valid", "val"),
    "test": ("test",),
}
SPLIT_FOLDERS = tuple(name for names in FOLDERS.values() for name in names)
PATTERN: tuple[Split, ...] = ("test", "validation", *("train",) * 8)
NAMES = tuple(re.compile(form) for form in (r"case_([0-9]{1,9})_slice_([0-9]{1,9})", r"([0-9]{1,9})_([0-9]{1,9})"))
NAMES_IN_WORDS = "case_SUBJECT_slice_K or SUBJECT_K"


@dataclass(frozen=True)
class _File:
    """An image file, and what its folders and its name tell."""

    path: Path
    split: Split | None
    class_name: str | None

    @property
    def subject_and_slice(self) -> tuple[int, int] | None:
        """The two numbers of a file name in the OASIS or the ADNI form."""
        stem = self.path.name.partition(".")[0]
        match = next((match for name in NAMES if (match := name.fullmatch(stem))), None)
        return (int(match[1]), int(match[2])) if match else None


def _read(home: Path, image_size: int, source: str) -> ImageSet:
    """The set in `home`. Raises DatasetError if a split is empty or shares a subject with another."""
    files = _files(home)
    _refuse_shared_subjects(home, files)
    content = decoded(home, [file.path for file in files], image_size)
    kept = [files[row] for row in content.rows]
    ids = np.array([_identifier(home, file) for file in kept])
    class_names, labels = _classes(kept)
    split = _splits(home, kept, ids, labels)
    images = ImageSet(
        name="folder",
        title=home.name,
        source=source,
        images=content.images,
        split=split,
        ids=ids,
        labels=labels,
        label_names=class_names,
        metadata=_metadata(kept),
        fingerprint=fingerprint(content.images, ids, split, labels),
        notices=(*content.notices, *_notices(home, kept)),
    )
    return with_table(images, home)


def _home(folder: Path) -> Path | None:
    """`folder`, or the set that it is a split of; the data root holds sets and is none."""
    parent = folder.parent
    if folder.name in SPLIT_FOLDERS and parent != data_root() and _has_splits(parent):
        return parent
    is_set = folder != data_root() and (_has_splits(folder) or _has_images(folder, classes=2))
    return folder if is_set else None


def _has_splits(folder: Path) -> bool:
    train = folder / "train"
    return train.is_dir() and _has_images(train, classes=1)


def _has_images(folder: Path, classes: int) -> bool:
    """Whether `folder` holds an image, or so many folders that hold one."""
    if any(_images(folder)):
        return True
    return sum(1 for _, child in zip(range(classes), filter(_holds_image, _folders(folder)), strict=False)) == classes


def _holds_image(folder: Path) -> bool:
    return any(_images(folder))


def _image_side(home: Path) -> int:
    sides = (stored_side(file.path) for file in _files(home))
    side = next((side for side in sides if side is not None), None)
    if side is None:
        raise DatasetError(f"{home} holds no readable image; put {FORMATS_IN_WORDS} images there.")
    return side


FOLDER = Layout(
    name="folder",
    form=f"{FORMATS_IN_WORDS} images in folders train and test, in a folder a class, or side by side",
    title=lambda home: home.name,
    home=_home,
    image_side=_image_side,
    read=_read,
)


def _files(home: Path) -> list[_File]:
    """Every image file of the set, by split, class and name. Raises DatasetError without a test folder."""
    if not _has_splits(home):
        return _files_of(home, None)
    if not (home / "test").is_dir():
        raise DatasetError(f"{home} has a folder train but no folder test; add it, or rename train.")
    return [file for split in SPLITS for name in FOLDERS[split] for file in _files_of(home / name, split)]


def _files_of(folder: Path, split: Split | None) -> list[_File]:
    """The images of one split: those in `folder`, or where there are none those in its class folders."""
    if not folder.is_dir():
        return []
    images = sorted(_images(folder))
    if images:
        return [_File(path, split, None) for path in images]
    return [_File(path, split, child.name) for child in _folders(folder) for path in sorted(_images(child))]


def _images(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith(".") and entry.is_file():
                yield Path(entry.path)


def _folders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if not child.name.startswith(".") and child.is_dir())


def _identifier(home: Path, file: _File) -> str:
    """The path within the set, with a question mark for what is no text."""
    return file.path.relative_to(home).as_posix().encode("utf-8", "replace").decode()


def _classes(files: list[_File]) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """Names of the classes and the class of each file; none unless every file has one."""
    names = [file.class_name for file in files if file.class_name is not None]
    if len(names) < len(files):
        return (), None
    class_names, labels = np.unique(np.array(names), return_inverse=True)
    return tuple(class_names.tolist()), labels.astype(np.int64)


def _metadata(files: list[_File]) -> dict[str, NDArray[np.int64]]:
    """Subject and slice of each file; nothing unless every name tells them."""
    pairs = [pair for file in files if (pair := file.subject_and_slice)]
    if len(pairs) < len(files):
        return {}
    subjects, slices = np.array(pairs, np.int64).T
    return {"subject": subjects, "slice": slices}


def _splits(
    home: Path, files: list[_File], ids: NDArray[np.str_], labels: NDArray[np.int64] | None
) -> NDArray[np.str_]:
    """The split of each file: that of its folder, else a seeded one. Raises DatasetError if one is empty."""
    given = [file.split for file in files if file.split is not None]
    if given:
        for split in ("train", "test"):
            if split not in given:
                raise DatasetError(f"{home / split} holds no readable image; put {FORMATS_IN_WORDS} images there.")
        return np.array(given)
    pairs = [file.subject_and_slice for file in files]
    groups = np.array([f"{pair[0]}" if pair else name for pair, name in zip(pairs, ids.tolist(), strict=True)])
    if len(np.unique(groups)) < 3:
        raise DatasetError(
            f"{home} holds images of fewer than three subjects, too few to split; add some, or make folders "
            f"train and test."
        )
    return split_by_group(groups, np.zeros(len(files), np.int64) if labels is None else labels, PATTERN)


def _refuse_shared_subjects(home: Path, files: list[_File]) -> None:
    splits: dict[int, Split] = {}
    for file in files:
        pair = file.subject_and_slice
        if file.split is None or pair is None:
            continue
        first = splits.setdefault(pair[0], file.split)
        if first != file.split:
            raise DatasetError(
                f"Subject {pair[0]}, by file names like {NAMES_IN_WORDS}, is in both {first} and {file.split} of "
                f"{home}; keep all images of a subject in one of them, or rename the files."
            )


def _notices(home: Path, files: list[_File]) -> tuple[str, ...]:
    notices = []
    if files[0].split is None:
        told = sum(file.subject_and_slice is not None for file in files)
        whole = "by subject" if told == len(files) else "by image" if not told else "by subject where names tell it"
        notices.append(f"There are no folders train and test; the images were split 80/10/10 {whole}.")
    beside = [child.name for child in _folders(home)] if files[0].path.parent == home else []
    if beside:
        notices.append(f"The folders beside the images were left alone: {first_few(beside)}.")
    return tuple(notices)
