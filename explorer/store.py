"""The files of one training: its history, its weights, and what it goes on from.

Every file but the append-only history is written to a sibling and renamed. Nothing is unpickled. Arrays
are NumPy here, so that a page can read before torch is imported.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from explorer.errors import RunError
from explorer.files import write_atomically
from explorer.records import EpochLine, Line, PriorLine, Record, RunningLine
from explorer.validation import field_path

Arrays = Mapping[str, NDArray[np.generic]]
LINES: dict[str, type[EpochLine] | type[PriorLine] | type[RunningLine]] = {
    "epoch": EpochLine,
    "prior": PriorLine,
    "running": RunningLine,
}
RecordT = TypeVar("RecordT", bound=Record)


class Store:
    """One directory with the files of one training. Methods read and write it; nothing is kept in memory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def has_checkpoint(self) -> bool:
        """Whether the state that training goes on from is there."""
        return self._checkpoint.is_file()

    @property
    def version(self) -> int:
        """Changes whenever other weights are saved; 0 before the first."""
        path = self.directory / "model.safetensors"
        return path.stat().st_mtime_ns if path.is_file() else 0

    def make_directory(self) -> None:
        """Make the directory if it is not there. Raises RunError when that is impossible."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.directory} cannot be made: {error.strerror}; choose another --out.") from error

    # history

    def read_history(self) -> list[Line]:
        """Every whole line; a torn last one is left out. Raises RunError for a broken line before it."""
        path = self.directory / "history.jsonl"
        if not path.is_file():
            return []
        lines = path.read_bytes().split(b"\n")[:-1]  # what follows the last newline is torn or empty
        return [self._parse_line(line, number) for number, line in enumerate(lines, start=1)]

    def append_history(self, line: Line) -> None:
        """Add one line."""
        with self._explained("history.jsonl"), (self.directory / "history.jsonl").open("ab") as file:
            file.write(line.model_dump_json().encode() + b"\n")

    def write_history(self, lines: Sequence[Line]) -> None:
        """Replace the whole history."""
        self._write("history.jsonl", b"".join(line.model_dump_json().encode() + b"\n" for line in lines))

    def rewind_history(self, step: int, epoch: int) -> None:
        """Drop every line past `step` and evaluation past `epoch`, and a torn line: training goes on from there."""
        lines = (line for line in self.read_history() if line.step <= step)
        self.write_history([line for line in lines if isinstance(line, RunningLine) or line.epoch <= epoch])

    # arrays

    @property
    def has_weights(self) -> bool:
        """Whether a model is saved here."""
        return (self.directory / "model.safetensors").is_file()

    def read_weights(self) -> dict[str, NDArray[np.generic]]:
        """The model's state dict."""
        return self._read_arrays("model.safetensors")

    def write_weights(self, weights: Arrays) -> None:
        """Replace the model's state dict."""
        self._write_arrays("model.safetensors", weights)

    def read_checkpoint(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
        """The tensors and the strings of the state to resume from."""
        return self._read_arrays("checkpoint.safetensors"), self._read_strings("checkpoint.safetensors")

    def write_checkpoint(self, tensors: Arrays, strings: dict[str, str]) -> None:
        """Replace the state to resume from."""
        self._write_arrays("checkpoint.safetensors", tensors, strings)

    # files

    @property
    def _checkpoint(self) -> Path:
        return self.directory / "checkpoint.safetensors"

    def _read_arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        try:
            return dict(load_file(self.directory / name))
        except FileNotFoundError as error:
            raise RunError(f"{self.directory} has no {name}; the run is incomplete.") from error
        except (OSError, SafetensorError, TypeError) as error:  # TypeError: numbers that NumPy does not have, bf16
            raise RunError(f"{self.directory / name} cannot be read ({error}).") from error

    def _read_strings(self, name: str) -> dict[str, str]:
        """The strings beside the arrays of a file that `_read_arrays` has read."""
        with safe_open(self.directory / name, "np") as file:
            return dict(file.metadata() or {})

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

    def _parse_line(self, line: bytes, number: int) -> Line:
        try:
            values = json.loads(line)
            return LINES.get(values.get("event"), RunningLine).model_validate(values)
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
