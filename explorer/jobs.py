"""Training and maps as processes of their own: they outlive the page, the browser and the app that started them.

The runs root is the only link. A process holds its run's lock while it lives, so the app that looks
on may be another one than the app that started it; `turns.py` says which process trains when.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

from explorer.errors import RunError
from explorer.files import last_line
from explorer.library import own_runs
from explorer.paths import PROJECT, cache_root, data_root, runs_root
from explorer.recipes import find_recipe
from explorer.records import Phase, Request, Status
from explorer.runs import Run
from explorer.stored_maps import StoredMap
from explorer.turns import Ticket, find_ticket, note_queued

NICENESS = 10  # the page that looks on comes first
PATIENCE = 30.0  # seconds until a process that was started is no longer waited for
JobPhase = Phase | Literal["interrupted", "imported"]

_launching = threading.Lock()  # of two browsers, the first to ask is the first in the queue
_started: dict[str, subprocess.Popen[bytes]] = {}  # until a process holds its lock, this app knows it
_mapping: dict[str, subprocess.Popen[bytes]] = {}  # those that compute a map, by its key


@dataclass(frozen=True)
class Job:
    """A run and its process, alive or not.

    `phase` is "interrupted" when the process died without a word, "imported" where there never was one.
    """

    run: Run
    status: Status
    phase: JobPhase
    alive: bool

    @property
    def reason(self) -> str:
        """Why it is not training, in a sentence; the last line of its log when it died."""
        if self.phase != "interrupted":
            return self.status.message
        return f"The process ended unexpectedly. {last_line(self.run.directory / 'log.txt')}".strip()

    @property
    def can_start_again(self) -> bool:
        """Whether it is a new run whose turn never came, and what was asked for is known."""
        return not self.alive and not self.run.exists and self.status.request is not None


@dataclass(frozen=True)
class Place:
    """Where a run stands in the queue: its number, from 1 on, and the run that it comes after."""

    number: int
    after: str


def start_training(recipe: str, changes: Mapping[str, Any]) -> Run:
    """Train `recipe`, with `changes` of its fields, in the background once its turn has come.

    Returns the run it will write. Raises RunError when the runs root cannot be written, ConfigError for
    what cannot be trained.
    """
    return _begin(Request(recipe=recipe, changes=dict(changes)))


def start_again(job: Job) -> Run:
    """Queue a run whose turn never came once more. Raises RunError like `start_training`."""
    if not job.can_start_again or job.status.request is None:
        raise RunError(f"{job.run.name} is not a run that waits to be started; start a new one.")
    return _begin(job.status.request, job.run)


def resume_training(run: Run, epochs: int | None = None) -> None:
    """Go on with `run` in the background once its turn has come, up to `epochs` in all if given.

    Raises RunError like `start_training`, and when it is training or queued already.
    """
    before = run.read_status() or Status(phase="queued")
    status = before.model_copy(update={"epochs": epochs or before.epochs})
    _launch(run, ["train", "--resume", str(run.directory), *([f"--epochs={epochs}"] if epochs else [])], status)


def find_job(run: Run) -> Job | None:
    """The process of `run`, alive or not; None when there is neither a process nor a run."""
    status = run.read_status()
    if status is None:
        if not run.exists:
            return None
        epoch = run.read_record().trained.epoch
        return Job(run, Status(phase="finished", epoch=epoch, epochs=epoch), "imported", alive=False)
    alive = _is_alive(run)
    is_lost = not alive and status.phase in {"queued", "preparing", "training"}
    return Job(run, status, "interrupted" if is_lost else status.phase, alive)


def list_jobs() -> list[Job]:
    """Every run of the runs root, newest first; broken ones are left out."""
    jobs = []
    for run in own_runs():
        with suppress(RunError):
            jobs.append(find_job(run))
    return [job for job in jobs if job]


def find_place(job: Job) -> Place | None:
    """The place of `job` in its queue; None when it is not in one, or about to begin."""
    ticket = find_ticket(job.run) if job.phase == "queued" else None
    ahead = ticket.ahead() if ticket else []
    if not ahead:
        return None
    waiting = [each for each in ahead if _waits(each)]
    return Place(len(waiting) + 1, (waiting or ahead)[-1].run)


def start_map(stored: StoredMap) -> None:
    """Compute and store a UMAP map in the background, unless it is stored or being computed.

    Raises RunError when it cannot be written. `stored.state()` says how far it is.
    """
    with _launching:
        if stored.state().phase in {"stored", "computing"}:
            return
        stored.announce()
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in stored.config.model_dump().items()]
        try:
            with stored.files.log.open("wb") as log:
                process = _mapping[stored.key] = _process(["map", str(stored.run.directory), *flags], log)
        except OSError as error:
            raise _unwritable(stored.files.folder, error) from error
        deadline = time.monotonic() + PATIENCE
        while not stored.files.is_locked and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)


def cancel_map(stored: StoredMap) -> None:
    """End the process that computes a map: at once if this app started it, else at its next epoch. Raises RunError."""
    stored.files.cancel()
    process = _mapping.pop(stored.key, None)
    if process is not None:
        process.terminate()
        process.wait()


def _waits(ticket: Ticket) -> bool:
    with suppress(RunError):
        status = Run(runs_root() / ticket.run).read_status()
        return ticket.is_queued and status is not None and status.phase == "queued"
    return False


def _is_alive(run: Run) -> bool:
    process = _started.get(str(run.directory))
    return run.is_running or (process is not None and process.poll() is None)


def _new_run(recipe: str) -> Run:
    """A directory that nobody else has, for a run of `recipe`."""
    name = f"{recipe}-{datetime.now():%Y%m%d-%H%M%S}"
    directory, number = runs_root() / name, 1
    while True:
        try:
            directory.mkdir(parents=True)
            return Run(directory)
        except FileExistsError:
            number += 1
            directory = runs_root() / f"{name}-{number}"
        except OSError as error:
            raise _unwritable(directory, error) from error


def _begin(request: Request, run: Run | None = None) -> Run:
    config = find_recipe(request.recipe).config.override(**request.changes)
    run = run or _new_run(request.recipe)
    flags = [
        f"--{'data' if name == 'dataset' else name.replace('_', '-')}={value}"
        for name, value in request.changes.items()
    ]
    status = Status(phase="queued", epochs=config.training.epochs, request=request)
    _launch(run, ["train", request.recipe, "--out", str(run.directory), *flags], status)
    return run


def _launch(run: Run, arguments: list[str], status: Status) -> None:
    """Start a process and wait until it has its place in the queue, or has ended."""
    with _launching:
        if _is_alive(run):
            raise RunError(f"{run.name} is training or waits in the queue already.")
        process = _started[str(run.directory)] = _spawn(run, arguments, status)
        deadline = time.monotonic() + PATIENCE
        while not run.is_running and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)


def _spawn(run: Run, arguments: list[str], status: Status) -> "subprocess.Popen[bytes]":
    try:
        with (run.directory / "log.txt").open("wb") as log:
            note_queued(run, status)
            return _process([*arguments, "--queue"], log)
    except OSError as error:
        raise _unwritable(run.directory, error) from error


def _process(arguments: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    """The command line as a process of its own, niced. Raises OSError."""
    process = subprocess.Popen(
        [sys.executable, "-m", "explorer", *arguments],
        cwd=PROJECT,
        env=os.environ | _roots(),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    if hasattr(os, "setpriority"):
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return process


def _unwritable(directory: Path, error: OSError) -> RunError:
    return RunError(f"{directory} cannot be written: {error.strerror}; set EXPLORER_RUNS elsewhere.")


def _roots() -> dict[str, str]:
    """The roots, absolute, because the process works in another folder."""
    return {
        "EXPLORER_DATA": str(data_root()),
        "EXPLORER_RUNS": str(runs_root()),
        "EXPLORER_CACHE": str(cache_root()),
    }
