"""Brain slices in the layout of the OASIS course copy, with its own splits by subject.

    keras_png_slices_train/case_001_slice_0.nii.png
    keras_png_slices_validate/case_402_slice_0.nii.png
    keras_png_slices_test/case_441_slice_0.nii.png

The label maps beside them (`keras_png_slices_seg_train/seg_001_slice_0.nii.png`) are left alone.
"""

import re
from pathlib import Path

import numpy as np

from explorer.datasets.image_set import ImageSet, Split, fingerprint
from explorer.datasets.layout import Layout
from explorer.datasets.slices import Naming, first_side, read_slices
from explorer.datasets.table import with_table

TITLE = "Brain slices (OASIS layout)"
FOLDERS: dict[Split, str] = {
    "train": "keras_png_slices_train",
    "validation": "keras_png_slices_validate",
    "test": "keras_png_slices_test",
}
SPLIT_OF = {folder: split for split, folder in FOLDERS.items()}
NAMING = Naming(re.compile(r"case_([0-9]{1,9})_slice_([0-9]{1,9})\.nii\.png"), "case_NNN_slice_K.nii.png", "subject")


def _read(home: Path, image_size: int, source: str) -> ImageSet:
    """The set in `home`. Raises DatasetError if a split is missing, empty or shares a subject."""
    kept, pixels, notices = read_slices(home, FOLDERS.values(), NAMING, OASIS.form, image_size)
    split = np.array([SPLIT_OF[found.part] for found in kept])
    ids = np.array([found.path.name.removesuffix(".nii.png") for found in kept])
    images = ImageSet(
        name="oasis",
        title=TITLE,
        source=source,
        images=pixels,
        split=split,
        ids=ids,
        metadata={
            "subject": np.array([found.subject for found in kept], np.int64),
            "slice": np.array([found.number for found in kept], np.int64),
        },
        fingerprint=fingerprint(pixels, ids, split),
        notices=notices,
    )
    return with_table(images, home)


def _home(folder: Path) -> Path | None:
    if any((folder / name).is_dir() for name in FOLDERS.values()):
        return folder
    return folder.parent if folder.name in FOLDERS.values() else None


OASIS = Layout(
    name="oasis",
    form=f"{', '.join(FOLDERS.values())} with files like {NAMING.form}",
    title=lambda _: TITLE,
    home=_home,
    image_side=lambda home: first_side(home, FOLDERS["train"], NAMING),
    read=_read,
)
