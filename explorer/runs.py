"""The run directory, the only thing between training and looking.

    run.json                what it is: config, data, versions, the saved weights' metrics
    history.jsonl           append-only, a line an evaluation; a reader tolerates a torn last line
    model.safetensors       the newest good weights
    checkpoint.safetensors  weights and Adam's moments, to resume from; not in shipped runs
    latents.safetensors     posterior of the test images, their labels and metadata
    snapshots/              an epoch each: latents of fixed test images, reconstructions, samples
    status.json, lock       where the training process is; it holds the lock while it lives
    stop                    a request to stop; log.txt: what a started process printed

Every file but the history and the log is written to a sibling and renamed. Nothing is unpickled.
Arrays are NumPy here, so that a page can list runs before torch is imported.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from explorer.config import field_path
from explorer.errors import RunError
from explorer.files import write_atomically
from explorer.locks import is_locked
from explorer.records import EpochLine, Record, RunningLine, RunRecord, Status

Arrays = Mapping[str, NDArray[np.generic]]
RecordT = TypeVar("RecordT", bound=Record)

LOCK_PATIENCE = 5.0  # seconds; a page that only looks holds the lock for an instant


class Run:
    """One run directory. Methods read and write it; nothing but a lock that is held is kept in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.name = directory.name
        self._guard = FileLock(self._lock, timeout=LOCK_PATIENCE)

    @property
    def exists(self) -> bool:
        """Whether the directory holds a run."""
        return self._record.is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether the state that training goes on from is there."""
        return self._checkpoint.is_file()

    @property
    def has_latents(self) -> bool:
        """Whether the posterior of the test images is stored."""
        return (self.directory / "latents.safetensors").is_file()

    @property
    def version(self) -> int:
        """Changes whenever other weights are saved; 0 before the first."""
        path = self.directory / "model.safetensors"
        return path.stat().st_mtime_ns if path.is_file() else 0

    def check(self) -> None:
        """Raise RunError when the weights or latents are cut off; their headers are read, not their numbers."""
        for name in ("model.safetensors", "latents.safetensors"):
            if (self.directory / name).exists():
                try:
                    with safe_open(self.directory / name, "np"):
                        pass
                except (OSError, SafetensorError) as error:
                    raise RunError(f"{self.directory / name} cannot be read ({error}).") from error

    def make_directory(self) -> None:
        """Make the directory if it is not there. Raises RunError when that is impossible."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.directory} cannot be made: {error.strerror}; choose another --out.") from error

    # what it is

    def read_record(self) -> RunRecord:
        """Raises RunError when there is no run here or it does not hold what it should."""
        if not self.exists:
            raise RunError(f"{self.directory} holds no run: it has no run.json.")
        return self._parse(RunRecord, self._record)

    def write_record(self, record: RunRecord) -> None:
        """Replace run.json."""
        self._write("run.json", record.model_dump_json(indent=1).encode())

    def read_status(self) -> Status | None:
        """Where the training process said it was; None if there never was one."""
        path = self.directory / "status.json"
        return self._parse(Status, path) if path.is_file() else None

    def write_status(self, status: Status) -> None:
        """Replace status.json."""
        self._write("status.json", status.model_dump_json().encode())

    # history

    def read_history(self) -> list[EpochLine | RunningLine]:
        """Every whole line; a torn last one is left out. Raises RunError for a broken line before it."""
        path = self.directory / "history.jsonl"
        if not path.is_file():
            return []
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last newline is torn or empty
        return [self._parse_line(line, number) for number, line in enumerate(lines, start=1)]

    def read_epochs(self) -> list[EpochLine]:
        """The evaluations alone."""
        return [line for line in self.read_history() if isinstance(line, EpochLine)]

    def append_history(self, line: EpochLine | RunningLine) -> None:
        """Add one line."""
        with self._explained("history.jsonl"), (self.directory / "history.jsonl").open("ab") as file:
            file.write(line.model_dump_json().encode() + b"\n")

    def write_history(self, lines: Sequence[EpochLine | RunningLine]) -> None:
        """Replace the whole history."""
        self._write("history.jsonl", b"".join(line.model_dump_json().encode() + b"\n" for line in lines))

    def rewind_history(self, step: int, epoch: int) -> None:
        """Drop every line past `step` and evaluation past `epoch`, and a torn line: training goes on from there."""
        lines = (line for line in self.read_history() if line.step <= step)
        self.write_history([line for line in lines if isinstance(line, RunningLine) or line.epoch <= epoch])

    # arrays

    def read_weights(self) -> dict[str, NDArray[np.generic]]:
        """The model's state dict."""
        return self._read_arrays("model.safetensors")

    def write_weights(self, weights: Arrays) -> None:
        """Replace the model's state dict."""
        self._write_arrays("model.safetensors", weights)

    def read_checkpoint(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
        """The tensors and the strings of the state to resume from."""
        arrays = self._read_arrays("checkpoint.safetensors")
        with safe_open(self._checkpoint, "np") as file:
            return arrays, dict(file.metadata() or {})

    def write_checkpoint(self, tensors: Arrays, strings: dict[str, str]) -> None:
        """Replace the state to resume from."""
        self._write_arrays("checkpoint.safetensors", tensors, strings)

    def read_latents(self) -> dict[str, NDArray[np.generic]]:
        """Posterior of the test images; `training.py` says which arrays."""
        return self._read_arrays("latents.safetensors")

    def write_latents(self, latents: Arrays) -> None:
        """Replace the posterior of the test images."""
        self._write_arrays("latents.safetensors", latents)

    def snapshot_epochs(self) -> list[int]:
        """Epochs that have a snapshot, in order."""
        numbers = (path.stem.removeprefix("epoch-") for path in self._snapshots.glob("epoch-*.safetensors"))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def read_snapshot(self, epoch: int) -> dict[str, NDArray[np.generic]]:
        """The snapshot of `epoch`."""
        return self._read_arrays(f"snapshots/epoch-{epoch:05d}.safetensors")

    def write_snapshot(self, epoch: int, arrays: Arrays) -> None:
        """Store the snapshot of `epoch`."""
        with self._explained("snapshots"):
            self._snapshots.mkdir(exist_ok=True)
        self._write_arrays(f"snapshots/epoch-{epoch:05d}.safetensors", arrays)

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
    def _checkpoint(self) -> Path:
        return self.directory / "checkpoint.safetensors"

    @property
    def _snapshots(self) -> Path:
        return self.directory / "snapshots"

    @property
    def _lock(self) -> Path:
        return self.directory / "lock"

    def _read_arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        try:
            return dict(load_file(self.directory / name))
        except FileNotFoundError as error:
            raise RunError(f"{self.directory} has no {name}; the run is incomplete.") from error
        except (OSError, SafetensorError, TypeError) as error:  # TypeError: numbers that NumPy does not have, bf16
            raise RunError(f"{self.directory / name} cannot be read ({error}).") from error

    def _write_arrays(self, name: str, arrays: Arrays, strings: dict[str, str] | None = None) -> None:
        contiguous = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        self._write(name, save(contiguous, strings))

    def _write(self, name: str, content: bytes) -> None:
        with self._explained(name):
            write_atomically(self.directory / name, content)

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.directory / name} cannot be written: {error.strerror or error}.") from error

    def _parse(self, kind: type[RecordT], path: Path) -> RecordT:
        try:
            return kind.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise RunError(f"{path} is broken: {_first_line(error)}.") from error

    def _parse_line(self, line: bytes, number: int) -> EpochLine | RunningLine:
        try:
            values = json.loads(line)
            return (EpochLine if values.get("event") == "epoch" else RunningLine).model_validate(values)
        except (ValueError, AttributeError) as error:
            raise RunError(
                f"{self.directory}/history.jsonl, line {number}, is broken: {_first_line(error)}."
            ) from error


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        return f"{field_path(first['loc'])}: {message}" if first["loc"] else message
    return str(error).splitlines()[0]
