"""Finding image sets: from what a user types to a folder, and all that lies under the data root."""

import os
from collections.abc import Iterator
from pathlib import Path

from explorer.datasets.adni import ADNI
from explorer.datasets.idx_folder import IDX
from explorer.datasets.image_folder import FOLDER
from explorer.datasets.layout import Place
from explorer.datasets.oasis import OASIS
from explorer.errors import DatasetError
from explorer.paths import data_root

LAYOUTS = (OASIS, ADNI, IDX, FOLDER)
DEPTH = 3  # folders below the data root that are searched


def locate(text: str) -> Path | None:
    """The folder that `text` names: relative to the data root, else to the working folder, or absolute."""
    candidates = (base / text for base in (data_root(), Path.cwd()))
    return next((folder for folder in candidates if _is_folder(folder)), None)


def place_at(folder: Path) -> Place:
    """The one set that `folder` is, is a split of, or holds directly.

    Raises DatasetError if there is none, more than one, or nothing that may be read.
    """
    if not os.access(folder, os.R_OK | os.X_OK):
        raise DatasetError(f"{folder} may not be read by this user; change its permissions.")
    place = _recognise(folder)
    if place is not None:
        return place
    places = [place for child in _children(folder) if (place := _recognise(child))]
    if len(places) > 1:
        names = ", ".join(place.folder.name for place in places)
        raise DatasetError(f"{folder} holds several image sets ({names}); give the path of one of them.")
    if not places:
        forms = "; ".join(layout.form for layout in LAYOUTS)
        raise DatasetError(f"{folder} holds no image set in a known layout; these are: {forms}.")
    return places[0]


def search() -> list[Place]:
    """Every set at most three folders below the data root, sorted by path."""
    root = data_root()
    return list(dict.fromkeys(_search(root, DEPTH))) if _is_folder(root) else []


def portable(folder: Path) -> str:
    """How a run records `folder`: relative to the data root, else by its last name; never a machine path."""
    root = data_root()
    for inner, outer in ((folder, root), (folder.resolve(), root.resolve())):
        if inner.is_relative_to(outer) and ".." not in inner.parts:
            return inner.relative_to(outer).as_posix()
    return folder.resolve().name


def _search(folder: Path, depth: int) -> Iterator[Place]:
    place = _recognise(folder)
    if place is not None:
        yield place
    # Nothing is looked for inside a set, whose folders are large; the root may be one by accident.
    if depth > 0 and (place is None or folder == data_root()):
        for child in _children(folder):
            yield from _search(child, depth - 1)


def _recognise(folder: Path) -> Place | None:
    for layout in LAYOUTS:
        try:
            home = layout.home(folder)
        except OSError:  # a folder that may not be listed holds nothing that can be opened
            continue
        if home is not None:
            return Place(layout, home)
    return None


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if not child.name.startswith(".") and _is_folder(child))
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        return False
