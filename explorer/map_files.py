"""The files of one UMAP map: its points, where the process that computes it is, and a request to end it.

<key>.safetensors   points, as 16-bit steps between the smallest and the largest coordinate; parameters as JSON
<key>.status.json   where the process is; it holds <key>.lock while it lives
<key>.cancel        a request to end it; <key>.log: what a started process printed
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from explorer.errors import RunError
from explorer.files import last_line, write_atomically
from explorer.locks import is_locked
from explorer.records import Record

LEVELS = 65535  # steps between the smallest and the largest coordinate
PATIENCE = 1800.0  # seconds for a process that computes the same map
Floats = NDArray[np.float32]


class MapStatus(Record):
    """`<key>.status.json`; `progress` is the share of the layout that is done, 0 to 1."""

    phase: Literal["starting", "computing", "failed"]
    progress: float = 0.0
    message: str = ""


class MapFiles:
    """The files of the map `key` in `folder`, which is made in `home` when it is written to."""

    def __init__(self, folder: Path, home: Path, key: str) -> None:
        self.folder, self.home, self.key = folder, home, key
        self.points = folder / f"{key}.safetensors"
        self.log = folder / f"{key}.log"
        self._status = folder / f"{key}.status.json"
        self._cancel = folder / f"{key}.cancel"
        self._lock = folder / f"{key}.lock"

    def write_points(self, points: Floats, about: dict[str, str]) -> None:
        """Store points (N, 2), and strings about them. Raises RunError."""
        low = points.min(0)
        step = ((points.max(0) - low) / LEVELS).astype(np.float32)
        levels = ((points - low) / np.where(step > 0, step, 1)).round().clip(0, LEVELS).astype(np.uint16)
        self._write(self.points, save({"points": levels, "low": low, "step": step}, about))

    @property
    def status(self) -> MapStatus | None:
        """Where the process said that it is; None where there is none, or nothing more to say."""
        try:
            return MapStatus.model_validate_json(self._status.read_bytes())
        except (OSError, ValidationError):
            return None

    def write_status(self, status: MapStatus) -> None:
        """Replace the status. Raises RunError."""
        self._write(self._status, status.model_dump_json().encode())

    @property
    def last_words(self) -> str:
        """The last line that a started process printed."""
        return last_line(self.log)

    @property
    def is_cancelled(self) -> bool:
        """Whether someone asked for an end."""
        return self._cancel.exists()

    def cancel(self) -> None:
        """Ask for an end. Raises RunError."""
        self._write(self._cancel, b"")

    def clear_cancel(self) -> None:
        """Take back a request to end. Raises RunError."""
        self.make_folder()
        self._cancel.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what a computation left beside its points."""
        for path in (self._status, self._cancel, self.log):
            path.unlink(missing_ok=True)

    @property
    def is_locked(self) -> bool:
        """Whether a living process computes the map."""
        return is_locked(self._lock)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the map, once no other process does. Raises RunError."""
        self.make_folder()
        lock = FileLock(self._lock, timeout=PATIENCE)
        try:
            lock.acquire()
        except Timeout as error:
            raise RunError(f"Another process computes the map {self.points} for too long; end that one.") from error
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            lock.release()

    def make_folder(self) -> None:
        """Make the folder, but never a run again that was renamed or deleted meanwhile. Raises RunError."""
        try:
            self.folder.mkdir(parents=self.folder.parent != self.home, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _write(self, path: Path, content: bytes) -> None:
        self.make_folder()
        try:
            write_atomically(path, content)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> RunError:
        return RunError(f"{self.folder} cannot be written: {error.strerror or error}; look at its rights and its disk.")


def read_points(path: Path) -> Floats | None:
    """The points (N, 2) of a file; None where there are none, or not sound ones."""
    try:
        arrays = load_file(path)
        points: Floats = arrays["low"] + arrays["step"] * arrays["points"].astype(np.float32)
    except (OSError, KeyError, ValueError, TypeError, SafetensorError):
        return None
    return points if points.ndim == 2 and points.shape[1] == 2 and np.isfinite(points).all() else None


def read_about(path: Path) -> dict[str, str]:
    """The strings about the points of a file."""
    try:
        with safe_open(path, "np") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return {}
