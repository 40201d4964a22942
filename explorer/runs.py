"""The run directory, the only thing between training and looking.

    run.json                what it is: config, data, versions, the saved weights' metrics
    history.jsonl           append-only, a line an evaluation; a reader tolerates a torn last line
    model.safetensors       the newest good weights
    checkpoint.safetensors  weights and Adam's moments, to resume from; not in shipped runs
    latents.safetensors     of a VAE: posterior of the test images, their labels and metadata
    codes.safetensors       of a VQ-VAE: code maps of test and training images, labels and metadata
    prior/                  of a VQ-VAE: history, weights (of the best epoch), checkpoint and health of its prior
    calibration.safetensors scores and residuals of held-out images; `calibration.py` says which arrays
    snapshots/              an epoch each: latents of fixed test images, reconstructions, samples
    maps/                   of a VAE: UMAP maps of its latents; `map_files.py` says which files
    status.json, lock       where the training process is; it holds the lock while it lives
    stop                    a request to stop; log.txt: what a started process printed

`store.py` writes the files that every training has.
"""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from explorer.errors import RunError
from explorer.locks import is_locked
from explorer.paths import PRETRAINED, is_inside
from explorer.records import EpochLine, PriorHealth, RunRecord, Status
from explorer.store import Arrays, Store

LOCK_PATIENCE = 5.0  # seconds; a page that only looks holds the lock for an instant
SNAPSHOT = ("reconstructions", "rows")  # what every snapshot holds; `snapshots.py` says what else


class Run(Store):
    """One run directory. Methods read and write it; nothing but a lock that is held is kept in memory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.prior = Store(directory / "prior")
        self.name = directory.name
        self._guard = FileLock(self._lock, timeout=LOCK_PATIENCE)

    @property
    def exists(self) -> bool:
        """Whether the directory holds a run."""
        return self._record.is_file()

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the project, however its directory is spelled; such a run is never written to."""
        return is_inside(self.directory, PRETRAINED)

    def refuse_existing(self) -> None:
        """Raise RunError when the directory holds a run."""
        if self.exists:
            raise RunError(f"{self.directory} holds a run already; choose another --out, or go on with train --resume.")

    @property
    def has_latents(self) -> bool:
        """Whether the posterior of the test images is stored."""
        return (self.directory / "latents.safetensors").is_file()

    @property
    def has_codes(self) -> bool:
        """Whether the code maps of images are stored."""
        return (self.directory / "codes.safetensors").is_file()

    def check(self) -> None:
        """Raise RunError when an array file is cut off; their headers are read, not their numbers."""
        for name in ("model.safetensors", "latents.safetensors", "codes.safetensors", "prior/model.safetensors"):
            if (self.directory / name).exists():
                try:
                    with safe_open(self.directory / name, "np"):
                        pass
                except (OSError, SafetensorError) as error:
                    raise RunError(f"{self.directory / name} cannot be read ({error}).") from error

    # what it is

    def read_record(self) -> RunRecord:
        """Raises RunError when there is no run here or it does not hold what it should."""
        if not self.exists:
            raise RunError(f"{self.directory} holds no run: it has no run.json.")
        return self._parse(RunRecord, self._record)

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json."""
        self._write("run.json", record.model_dump_json(indent=1).encode())

    def read_health(self) -> PriorHealth | None:
        """How good the samples of the prior are; None where that was not measured."""
        path = self.prior.directory / "health.json"
        return self._parse(PriorHealth, path) if path.is_file() else None

    def write_health(self, health: PriorHealth) -> None:
        """Replace prior/health.json."""
        self._write("prior/health.json", health.model_dump_json().encode())

    def read_status(self) -> Status | None:
        """Where the training process said it was; None if there never was one."""
        path = self.directory / "status.json"
        return self._parse(Status, path) if path.is_file() else None

    def write_status(self, status: Status) -> None:
        """Replace status.json."""
        self._write("status.json", status.model_dump_json().encode())

    def read_epochs(self) -> list[EpochLine]:
        """The evaluations of the history alone."""
        return [line for line in self.read_history() if isinstance(line, EpochLine)]

    # arrays

    def read_latents(self) -> dict[str, NDArray[np.generic]]:
        """Posterior of the test images; `snapshots.py` says which arrays."""
        return self._read_arrays("latents.safetensors")

    def write_latents(self, latents: Arrays) -> None:
        """Replace the posterior of the test images."""
        self._write_arrays("latents.safetensors", latents)

    def read_codes(self) -> dict[str, NDArray[np.generic]]:
        """Code maps of images; `code_maps.py` says which arrays."""
        return self._read_arrays("codes.safetensors")

    def write_codes(self, codes: Arrays) -> None:
        """Replace the code maps of images."""
        self._write_arrays("codes.safetensors", codes)

    def read_calibration(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]] | None:
        """Arrays and strings of what scores are on held-out images, of some epoch; None where nobody asked yet."""
        name = "calibration.safetensors"
        if not (self.directory / name).is_file():
            return None
        return self._read_arrays(name), self._read_strings(name)

    def write_calibration(self, arrays: Arrays, strings: dict[str, str]) -> None:
        """Replace what scores are on held-out images."""
        self._write_arrays("calibration.safetensors", arrays, strings)

    def snapshot_epochs(self) -> list[int]:
        """Epochs that have a snapshot, in order."""
        numbers = (path.stem.removeprefix("epoch-") for path in self._snapshots.glob("epoch-*.safetensors"))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def read_snapshot(self, epoch: int) -> dict[str, NDArray[np.generic]]:
        """The snapshot of `epoch`. Raises RunError when it cannot be read or lacks an array of `SNAPSHOT`."""
        arrays = self._read_arrays(f"snapshots/epoch-{epoch:05d}.safetensors")
        lacking = [name for name in SNAPSHOT if name not in arrays]
        if lacking:
            raise RunError(
                f"{self._snapshot(epoch)} has no {' and no '.join(lacking)}; remove the file, or train the run again."
            )
        return arrays

    def write_snapshot(self, epoch: int, arrays: Arrays) -> None:
        """Store the snapshot of `epoch`."""
        with self._explained("snapshots"):
            self._snapshots.mkdir(exist_ok=True)
        self._write_arrays(f"snapshots/epoch-{epoch:05d}.safetensors", arrays)

    def keep_snapshots(self, epochs: Container[int]) -> None:
        """Remove the snapshots of all other epochs."""
        for epoch in self.snapshot_epochs():
            if epoch not in epochs:
                with self._explained("snapshots"):
                    self._snapshot(epoch).unlink(missing_ok=True)

    # the process

    @property
    def is_running(self) -> bool:
        """Whether a living process trains here: the system releases the lock of a dead one."""
        return is_locked(self._lock)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run for this object, as often as it asks. Raises RunError when another process trains here."""
        try:
            self._guard.acquire()
        except Timeout as error:
            raise RunError(f"{self.directory} is being trained by another process; stop that one first.") from error
        except OSError as error:
            raise RunError(f"{self._lock} cannot be written: {error.strerror or error}.") from error
        try:
            yield
        finally:
            self._guard.release()

    def request_stop(self) -> None:
        """Ask the training process to save and end."""
        self._write("stop", b"")

    @property
    def stop_requested(self) -> bool:
        """Whether someone asked this run to stop."""
        return (self.directory / "stop").exists()

    def clear_stop(self) -> None:
        """Take back a request to stop."""
        (self.directory / "stop").unlink(missing_ok=True)

    # files

    @property
    def _record(self) -> Path:
        return self.directory / "run.json"

    @property
    def _snapshots(self) -> Path:
        return self.directory / "snapshots"

    @property
    def _lock(self) -> Path:
        return self.directory / "lock"

    def _snapshot(self, epoch: int) -> Path:
        return self._snapshots / f"epoch-{epoch:05d}.safetensors"
