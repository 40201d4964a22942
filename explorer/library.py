"""Every run there is to look at: the shipped ones and one's own, whole or broken; one's own renamed and deleted."""

import re
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import RunError
from explorer.paths import PRETRAINED, runs_root
from explorer.records import RunRecord
from explorer.runs import Run

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Entry:
    """A run that can be opened. `key` names it in links and on the command line."""

    key: str
    run: Run
    record: RunRecord
    shipped: bool


@dataclass(frozen=True)
class Broken:
    """A run directory that cannot be opened, with the sentence that says why."""

    key: str
    reason: str


def list_runs() -> tuple[list[Entry], list[Broken]]:
    """Shipped runs by name, then own runs, newest first; and those that are broken."""
    entries: list[Entry] = []
    broken: list[Broken] = []
    shipped = sorted(_directories(PRETRAINED, "run.json"))
    own = sorted(_directories(runs_root(), "run.json"), key=_age)
    for directory in [*shipped, *own]:
        key = key_of(Run(directory))
        try:
            run = Run(directory)
            record = run.read_record()
            if not run.version:
                raise RunError(f"{directory.name} has no weights yet.")
            run.check()
            entries.append(Entry(key, run, record, run.is_shipped))
        except RunError as error:
            if directory.exists():  # else it was deleted meanwhile
                broken.append(Broken(key, str(error)))
    return entries, broken


def find_run(given: str) -> Run:
    """The run at a path, or with the key that `list_runs` gives it. Raises RunError."""
    path = Path(given).expanduser()
    if (path / "run.json").is_file():
        return Run(path.absolute())
    entries, broken = list_runs()
    for entry in entries:
        if entry.key == given:
            return entry.run
    for each in broken:
        if each.key == given:
            raise RunError(each.reason)
    keys = ", ".join(entry.key for entry in entries) or "none yet"
    raise RunError(f"There is no run {given!r}, neither as a folder nor among the known ones ({keys}).")


def own_runs() -> list[Run]:
    """Every directory of the runs root in which something was or will be trained, newest first; nothing is read."""
    directories = {*_directories(runs_root(), "run.json"), *_directories(runs_root(), "status.json")}
    return [Run(directory) for directory in sorted(directories, key=_age)]


def key_of(run: Run) -> str:
    """The key of `run`: its name, unless a shipped one has that already."""
    is_taken = not run.is_shipped and (PRETRAINED / run.name / "run.json").is_file()
    return f"own:{run.name}" if is_taken else run.name


def size_on_disk(run: Run) -> int:
    """Bytes that the files of `run` take; what a link leads to is not counted."""
    total = 0
    for path in run.directory.rglob("*"):
        with suppress(FileNotFoundError):  # a file that was being written
            total += path.lstat().st_size
    return total


def rename_run(run: Run, name: str) -> Run:
    """Give one's own `run` another name; returns it. Raises RunError for a name that cannot be, or while it trains."""
    if not NAME.fullmatch(name):
        raise RunError(
            "A name is made of at most 100 letters a to z, digits, dots, dashes and underscores, "
            "and begins with a letter or a digit."
        )
    target = Run(run.directory.with_name(name))
    if target.directory.exists() or (PRETRAINED / name).exists():
        raise RunError(f"There is a run {name} already; choose another name.")
    _move(run, target.directory)
    return target


def delete_run(run: Run) -> None:
    """Delete one's own `run` for good. Raises RunError while it trains, or when not all of it could be removed."""
    doomed = run.directory.with_name(f".deleted-{time.time_ns()}-{run.name}")
    _move(run, doomed)  # in one step out of everybody's sight
    try:
        if doomed.is_symlink():
            doomed.unlink()
        else:
            shutil.rmtree(doomed)
    except OSError as error:
        raise RunError(f"{run.name} is deleted, but not all of {doomed} could be removed ({error}).") from error


def _move(run: Run, target: Path) -> None:
    if run.directory.parent != runs_root() or run.name == "..":
        raise RunError(f"{run.name} is not one of the runs in {runs_root()}; only those can be renamed or deleted.")
    if run.is_running:
        raise RunError(f"{run.name} is training or waits in the queue; stop it first.")
    if not run.directory.is_dir():
        raise RunError(f"There is no run {run.name} any more.")
    with run.locked():
        try:
            run.directory.rename(target)
        except OSError as error:
            raise RunError(f"{run.directory} cannot be moved: {error.strerror}.") from error


def _directories(root: Path, marker: str) -> list[Path]:
    return [path.parent for path in root.glob(f"*/{marker}") if not path.parent.name.startswith(".")]


def _age(directory: Path) -> float:
    """Sorts the newest first; a directory that vanished meanwhile is the oldest."""
    try:
        return -directory.stat().st_mtime
    except FileNotFoundError:
        return 0.0
