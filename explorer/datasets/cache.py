"""Decoded folders, and what else takes long to make, kept as one array file each, to open at once the next time.

A cache file is named after the folder, the image size and a hash of the files' names, sizes and
times; changing a file changes the name, and the old cache file is removed when the new one is
written. A cache that cannot be read or written costs time and nothing else.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer import paths
from explorer.datasets.decoding import Decoded, decode
from explorer.files import remove_stale, replacing

FORMAT = 2  # raise it when decoding or the arrays change


def decoded(folder: Path, files: Sequence[Path], image_size: int) -> Decoded:
    """`decode`, from the cache where the same files were decoded before. Raises DatasetError."""
    return remembered(
        _hash(str(folder.resolve())),
        _listing(folder, files),
        len(files),
        image_size,
        lambda: decode(folder, files, image_size),
    )


def remembered(family: str, state: str, count: int, image_size: int, make: Callable[[], Decoded]) -> Decoded:
    """What `make` returns, from the cache where it was made before in the same `state`.

    Args:
        family: what is made; an older state of it is removed from the cache.
        state: all that the result depends on, as text.
        count: how many images there are at most.
    """
    family = f"{family}-{image_size}"
    path = paths.cache_root() / f"{family}-{_hash(f'{FORMAT}|{state}')}.npz"
    found = _load(path, count, image_size)
    if found is None:
        found = make()
        with suppress(OSError):
            _store(path, found)
            _remove_others(path, family)
            remove_stale(path.parent.glob(".*.npz.*.part"))
    return found


def _load(path: Path, files: int, image_size: int) -> Decoded | None:
    """What is cached in `path`; None if there is nothing, or nothing sound."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, rows, notices = arrays["images"], arrays["rows"], arrays["notices"]
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None
    sound = (
        rows.dtype == np.int64
        and rows.ndim == 1
        and 0 < len(rows) <= files
        and 0 <= rows.min() <= rows.max() < files
        and images.dtype == np.uint8
        and images.shape == (len(rows), 1, image_size, image_size)
    )
    return Decoded(images, rows, tuple(notices.tolist())) if sound else None


def _store(path: Path, content: Decoded) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as sibling, sibling.open("wb") as file:
        np.savez(file, images=content.images, rows=content.rows, notices=np.array(content.notices, np.str_))


def _remove_others(path: Path, family: str) -> None:
    for other in path.parent.glob(f"{family}-*.npz"):
        if other != path:
            other.unlink(missing_ok=True)


def _listing(folder: Path, files: Sequence[Path]) -> str:
    return "\n".join(f"{str(file).removeprefix(str(folder))}|{_stamp(file)}" for file in files)


def _stamp(file: Path) -> str:
    try:
        facts = file.stat()
    except OSError:
        return "unreadable"
    # The change time also moves when a permission is mended, so that a skipped file is tried again.
    return f"{facts.st_size}|{facts.st_mtime_ns}|{facts.st_ctime_ns}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
