"""UMAP maps of a run, computed once and kept in its `maps/`: what is stored, what is being computed, what became of it.

The key of a map is a hash of the weights, the data and the parameters, so other weights have other maps. A shipped
run, and one that may only be read, has its further maps in the cache. `map_files.py` says what the files are.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ConfigError, ExplorerError, RunError
from explorer.latent import LatentSpace
from explorer.map_files import MapFiles, MapStatus, read_about, read_points
from explorer.paths import cache_root
from explorer.projection import EPOCHS, UmapConfig, umap_points
from explorer.runs import Run

FORMAT = 1  # raise it when a map of the same parameters would become another one
HEARTBEAT = 0.3  # seconds between two notes of the progress
FIRST_STAGE = "Finding neighbours. The first map on a machine takes longer: its program is compiled."
Floats = NDArray[np.float32]
Report = Callable[[MapStatus], None]


@dataclass(frozen=True)
class MapState:
    """What there is of a map. "interrupted": its process died without a word; "absent": nobody asked for it yet."""

    phase: Literal["stored", "computing", "cancelled", "failed", "interrupted", "absent"]
    progress: float = 0.0
    message: str = ""


class MapCancelledError(RunError):
    """A map was cancelled while it was computed."""


class StoredMap:
    """The UMAP map of one run, its weights as they are now, and parameters; computed or not. Raises RunError."""

    def __init__(self, run: Run, config: UmapConfig) -> None:
        self.run, self.config = run, config
        self.weights = _hash_of(run.directory / "model.safetensors", run.version)
        self.data = run.read_record().data.fingerprint
        self.key = _hash(json.dumps([FORMAT, EPOCHS, self.weights, self.data, config.model_dump()]))
        self.files = MapFiles(_folder(run), run.directory, self.key)

    @property
    def path(self) -> Path | None:
        """The file that it is stored in; None where it is not stored."""
        came_with = self.run.directory / "maps" / self.files.points.name
        return next((path for path in (self.files.points, came_with) if path.is_file()), None)

    def read(self) -> Floats | None:
        """Its points (N, 2); None where it is not stored, or not soundly."""
        return read_points(self.path) if self.path else None

    def write(self, points: Floats) -> None:
        """Store its points (N, 2) and remove the run's maps of other weights. Raises RunError."""
        about = {"weights": self.weights, "data": self.data, "umap": self.config.model_dump_json()}
        self.files.write_points(points, about)
        if self.files.folder.parent == self.run.directory:
            for path in self.files.folder.glob("*.safetensors"):
                if read_about(path).get("weights") != self.weights:
                    path.unlink(missing_ok=True)

    def state(self) -> MapState:
        """What there is of it."""
        if self.read() is not None:
            return MapState("stored", 1.0)
        if self.files.is_cancelled:
            return MapState("cancelled")
        status = self.files.status
        if self.files.is_locked:
            return MapState("computing", status.progress if status else 0.0, status.message if status else FIRST_STAGE)
        if status is None:
            return MapState("absent")
        if status.phase == "failed":
            return MapState("failed", message=status.message)
        return MapState("interrupted", message=f"The process ended unexpectedly. {self.files.last_words}".strip())

    def announce(self) -> None:
        """Say that it is about to be computed; an earlier request to cancel is dropped. Raises RunError."""
        self.files.clear_cancel()
        self.files.write_status(MapStatus(phase="starting", message=FIRST_STAGE))

    def compute(self, report: Report = lambda _: None) -> Floats:
        """Its points (N, 2), computed here unless they are stored; of two processes one computes.

        Raises RunError when the run has no latents or cannot be written, ConfigError where its latent space is a
        plane already, MapCancelledError.
        """
        points = self.read()
        if points is not None:
            return points
        latents = self._latents()
        with self.files.locked():
            points = self.read()
            if points is not None:  # another process was first
                return points
            before = self.files.status
            if before is None or before.phase != "starting":
                self.announce()
            with self._explaining():
                self.write(umap_points(latents, self.config, _Teller(self.files, report).tell))
            self.files.clear()
            points = self.read()
            if points is None:
                raise RunError(f"{self.files.folder} does not give back what was written to it; look at the disk.")
            return points

    def _latents(self) -> Floats:
        latents = LatentSpace.from_arrays(self.run.read_latents(), self.run.read_record().data).mean
        if latents.shape[1] <= 2:
            raise ConfigError(f"{self.run.name} has a latent plane, which is its map; there is nothing to lay out.")
        return latents

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Leave the reason for a failure where the app finds it."""
        try:
            yield
        except MapCancelledError:
            raise
        except ExplorerError as error:
            with suppress(RunError):
                self.files.write_status(MapStatus(phase="failed", message=str(error)))
            raise


class _Teller:
    """Turns the share that is done into a status, not more often than anybody can see."""

    def __init__(self, files: MapFiles, report: Report) -> None:
        self.files, self.report, self.told = files, report, -HEARTBEAT

    def tell(self, share: float) -> None:
        """Store and report it. Raises MapCancelledError."""
        if self.files.is_cancelled:
            raise MapCancelledError("The map was cancelled.")
        now = time.monotonic()
        if now - self.told >= HEARTBEAT or share == 1:
            message = f"Epoch {share * EPOCHS:.0f} of {EPOCHS} of the layout." if share else FIRST_STAGE
            status = MapStatus(phase="computing", progress=share, message=message)
            self.files.write_status(status)
            self.report(status)
            self.told = now


def stored_maps(run: Run) -> list[StoredMap]:
    """The maps that are stored of the weights that `run` has now, those of the fewest neighbours first."""
    found = {}
    for folder in (_folder(run), run.directory / "maps"):
        for path in folder.glob("*.safetensors"):
            with suppress(ValueError, RunError):
                stored = StoredMap(run, UmapConfig.model_validate_json(read_about(path).get("umap", "")))
                if stored.key == path.stem:
                    found[stored.key] = stored
    return sorted(found.values(), key=lambda each: (each.config.neighbours, each.config.min_dist, each.config.seed))


def copy_maps(run: Run, target: Run) -> None:
    """Store the maps of `run` in `target`, whose weights are the same up to rounding. Raises RunError."""
    for stored in stored_maps(run):
        points = stored.read()
        if points is not None:
            StoredMap(target, stored.config).write(points)


def _folder(run: Run) -> Path:
    """Where maps of `run` are written."""
    may_write = not run.is_shipped and os.access(run.directory, os.W_OK)
    return run.directory / "maps" if may_write else cache_root() / "maps"


@lru_cache(maxsize=64)
def _hash_of(path: Path, _: int) -> str:
    """The hash of a file at a version of it. Raises RunError when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}; the run is incomplete.") from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
