"""Brain slices in the layout of the OASIS course copy, with its own splits by subject.

    keras_png_slices_train/case_001_slice_0.nii.png
    keras_png_slices_validate/case_402_slice_0.nii.png
    keras_png_slices_test/case_441_slice_0.nii.png

The label maps beside them (`keras_png_slices_seg_train/seg_001_slice_0.nii.png`) are left alone.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.datasets.cache import decoded
from explorer.datasets.decoding import first_few, stored_side
from explorer.datasets.image_set import SPLITS, ImageSet, Split, fingerprint
from explorer.datasets.layout import Layout
from explorer.errors import DatasetError

TITLE = "Brain slices (OASIS layout)"
FOLDERS: dict[Split, str] = {
    "train": "keras_png_slices_train",
    "validation": "keras_png_slices_validate",
    "test": "keras_png_slices_test",
}
FILE = re.compile(r"case_([0-9]{1,9})_slice_([0-9]{1,9})\.nii\.png")
FILE_FORM = "case_NNN_slice_K.nii.png"


@dataclass(frozen=True)
class _Slice:
    split: Split
    subject: int
    number: int
    path: Path


def _read(folder: Path, image_size: int, source: str) -> ImageSet:
    """The set in `folder`. Raises DatasetError if a split is missing, empty or shares a subject."""
    slices = [found for split in SPLITS for found in _slices(folder, split)]
    _refuse_shared_subjects(folder, slices)
    content = decoded(folder, [found.path for found in slices], image_size)
    kept = [slices[row] for row in content.rows]
    split = np.array([found.split for found in kept])
    _refuse_empty_splits(folder, set(split.tolist()))
    ids = np.array([found.path.name.removesuffix(".nii.png") for found in kept])
    return ImageSet(
        name="oasis",
        title=TITLE,
        source=source,
        images=content.images,
        split=split,
        ids=ids,
        metadata={
            "subject": np.array([found.subject for found in kept], np.int64),
            "slice": np.array([found.number for found in kept], np.int64),
        },
        fingerprint=fingerprint(content.images, ids, split),
        notices=(*content.notices, *_misnamed_notice(folder)),
    )


def _home(folder: Path) -> Path | None:
    if (folder / FOLDERS["train"]).is_dir():
        return folder
    return folder.parent if folder.name in FOLDERS.values() else None


def _image_side(folder: Path) -> int:
    sides = (stored_side(found.path) for found in _slices(folder, "train"))
    side = next((side for side in sides if side is not None), None)
    if side is None:
        raise _no_readable_image(folder, "train")
    return side


OASIS = Layout(
    name="oasis",
    form=f"{', '.join(FOLDERS.values())} with files like {FILE_FORM}",
    title=lambda _: TITLE,
    home=_home,
    image_side=_image_side,
    read=_read,
)


def _slices(folder: Path, split: Split) -> list[_Slice]:
    """The slices of one split by subject and slice number. Raises DatasetError if there are none."""
    part = folder / FOLDERS[split]
    if not part.is_dir():
        raise DatasetError(f"{folder} lacks the folder {part.name}; the layout is {OASIS.form}.")
    slices = [
        _Slice(split, int(match[1]), int(match[2]), path)
        for path in part.iterdir()
        if (match := FILE.fullmatch(path.name))
    ]
    if not slices:
        raise DatasetError(f"{part} holds no file named like {FILE_FORM}; put the slices there.")
    return sorted(slices, key=lambda found: (found.subject, found.number, found.path.name))


def _misnamed_notice(folder: Path) -> tuple[str, ...]:
    images = (path for name in FOLDERS.values() for path in (folder / name).iterdir() if path.suffix == ".png")
    names = sorted(path.relative_to(folder).as_posix() for path in images if not FILE.fullmatch(path.name))
    if not names:
        return ()
    return (f"{len(names):,} images are not named like {FILE_FORM} and were left out: {first_few(names)}.",)


def _refuse_shared_subjects(folder: Path, slices: list[_Slice]) -> None:
    home: dict[int, Split] = {}
    for found in slices:
        first = home.setdefault(found.subject, found.split)
        if first != found.split:
            raise DatasetError(
                f"Subject {found.subject} is in both {FOLDERS[first]} and {FOLDERS[found.split]} of {folder}; "
                f"keep all slices of a subject in one of them."
            )


def _refuse_empty_splits(folder: Path, present: set[str]) -> None:
    for split in SPLITS:
        if split not in present:
            raise _no_readable_image(folder, split)


def _no_readable_image(folder: Path, split: Split) -> DatasetError:
    return DatasetError(f"{folder / FOLDERS[split]} holds no readable image; put 8-bit PNG images there.")
