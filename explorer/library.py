"""Every run there is to look at: the shipped ones and one's own, whole or broken."""

from dataclasses import dataclass
from pathlib import Path

from explorer.errors import RunError
from explorer.paths import PRETRAINED, runs_root
from explorer.records import RunRecord
from explorer.runs import Run


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
    shipped = _directories(PRETRAINED)
    own = sorted(_directories(runs_root()), key=lambda path: path.stat().st_mtime, reverse=True)
    taken = {path.name for path in shipped}
    for directory in [*shipped, *own]:
        is_shipped = directory.parent == PRETRAINED
        key = directory.name if is_shipped or directory.name not in taken else f"own:{directory.name}"
        try:
            run = Run(directory)
            record = run.read_record()
            if not run.version:
                raise RunError(f"{directory.name} has no weights yet.")
            run.check()
            entries.append(Entry(key, run, record, is_shipped))
        except RunError as error:
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


def _directories(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("*/run.json"))
