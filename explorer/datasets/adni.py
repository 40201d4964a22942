"""Brain slices in the layout of the ADNI course copy: Alzheimer's disease (AD) and normal controls (NC).

    AD_NC/train/AD/900001_78.jpeg      AD_NC/test/AD/...
    AD_NC/train/NC/900015_78.jpeg      AD_NC/test/NC/...

The test folder is the test split. The train folder is divided by scan: of five scans of a class four
are for training and one for validation.
"""

import re
from pathlib import Path

import numpy as np

from explorer.datasets.image_set import ImageSet, Split, fingerprint
from explorer.datasets.layout import Layout
from explorer.datasets.slices import Naming, first_side, read_slices
from explorer.datasets.splitting import split_by_group
from explorer.datasets.table import with_table

TITLE = "Brain slices (ADNI layout)"
CLASSES = ("AD", "NC")
PARTS = tuple(f"{folder}/{name}" for folder in ("train", "test") for name in CLASSES)
TRAIN_PATTERN: tuple[Split, ...] = ("validation", "train", "train", "train", "train")
NAMING = Naming(re.compile(r"([0-9]{1,9})_([0-9]{1,9})\.jpeg"), "SCAN_SLICE.jpeg", "scan")


def _read(home: Path, image_size: int, source: str) -> ImageSet:
    """The set in `home`. Raises DatasetError if a class is missing or empty, or a scan is in two folders."""
    kept, pixels, notices = read_slices(home, PARTS, NAMING, ADNI.form, image_size)
    labels = np.array([CLASSES.index(Path(found.part).name) for found in kept], np.int64)
    scans = np.array([found.subject for found in kept], np.int64)
    tested = np.array([found.part.startswith("test/") for found in kept])
    split = np.full(len(kept), "test", dtype="<U10")
    split[~tested] = split_by_group(scans[~tested], labels[~tested], TRAIN_PATTERN)
    ids = np.array([found.path.stem for found in kept])
    images = ImageSet(
        name="adni",
        title=TITLE,
        source=source,
        images=pixels,
        split=split,
        ids=ids,
        labels=labels,
        label_names=CLASSES,
        metadata={"scan": scans, "slice": np.array([found.number for found in kept], np.int64)},
        fingerprint=fingerprint(pixels, ids, split, labels),
        notices=notices,
    )
    return with_table(images, home)


def _home(folder: Path) -> Path | None:
    """`folder`, its AD_NC, or what it is the train or test folder of; other classes make it another layout."""
    candidates = [folder, folder / "AD_NC", *([folder.parent] if folder.name in ("train", "test") else [])]
    return next((home for home in candidates if _classes(home / "train") == set(CLASSES)), None)


def _classes(folder: Path) -> set[str]:
    if not all((folder / name).is_dir() for name in CLASSES):
        return set()
    return {child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")}


ADNI = Layout(
    name="adni",
    form=f"AD_NC/train/AD, train/NC, test/AD and test/NC with files like {NAMING.form}",
    title=lambda _: TITLE,
    home=_home,
    image_side=lambda home: first_side(home, PARTS[0], NAMING),
    read=_read,
)
