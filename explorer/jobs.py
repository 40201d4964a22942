"""Training as a process of its own: it outlives the page, the browser and the app that started it.

The run directory is the only link. A process holds its run's lock while it lives, so the app that
looks on may be another one than the app that started it.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from explorer.errors import RunError
from explorer.paths import PROJECT, cache_root, data_root, runs_root
from explorer.records import STARTING, Phase, Status
from explorer.runs import Run

NICENESS = 10  # the page that looks on comes first
JobPhase = Phase | Literal["interrupted"]

_launching = threading.Lock()  # two browsers must not both find the machine free
_started: dict[str, subprocess.Popen[bytes]] = {}  # until a process holds its lock, this app knows it


@dataclass(frozen=True)
class Job:
    """A run as a process: `phase` is "interrupted" when it died without a word."""

    run: Run
    status: Status
    alive: bool

    @property
    def phase(self) -> JobPhase:
        """What the status says, unless the process died since."""
        if not self.alive and self.status.phase in {"preparing", "training"}:
            return "interrupted"
        return self.status.phase

    @property
    def reason(self) -> str:
        """Why it is not training, in a sentence; the last line of its log when it died."""
        if self.phase != "interrupted":
            return self.status.message
        log = self.run.directory / "log.txt"
        lines = log.read_text(errors="replace").split("\n") if log.is_file() else []
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"The process ended unexpectedly. {last[-300:]}".strip()


def start_training(recipe: str, changes: Mapping[str, Any]) -> Run:
    """Train `recipe`, with `changes` of its fields, in the background; returns the run it will write.

    Raises RunError when another run is training or the runs root cannot be written.
    """
    run = Run(runs_root() / f"{recipe}-{datetime.now():%Y%m%d-%H%M%S}")
    flags = [f"--{'data' if name == 'dataset' else name.replace('_', '-')}={value}" for name, value in changes.items()]
    _launch(run, ["train", recipe, "--out", str(run.directory), *flags])
    return run


def resume_training(run: Run, epochs: int | None = None) -> None:
    """Go on with `run` in the background, up to `epochs` in all if given. Raises RunError like `start_training`."""
    _launch(run, ["train", "--resume", str(run.directory), *([f"--epochs={epochs}"] if epochs else [])])


def find_job(run: Run) -> Job | None:
    """The process of `run`, alive or not; None when it never had one here."""
    status = run.read_status()
    return None if status is None else Job(run, status, _is_alive(run))


def list_jobs() -> list[Job]:
    """Every run of the runs root that a process worked on, newest first; broken ones are left out."""
    jobs = []
    for path in runs_root().glob("*/status.json"):
        with suppress(RunError):
            job = find_job(Run(path.parent))
            if job:
                jobs.append((path.stat().st_mtime, job))
    return [job for _, job in sorted(jobs, key=lambda each: each[0], reverse=True)]


def active_job() -> Job | None:
    """The run that is training now."""
    return next((job for job in list_jobs() if job.alive), None)


def _is_alive(run: Run) -> bool:
    process = _started.get(str(run.directory))
    return run.is_running or (process is not None and process.poll() is None)


def _starting(run: Run) -> Status:
    before = run.read_status() or Status(phase="preparing")
    return Status(phase="preparing", message=STARTING, epoch=before.epoch, epochs=before.epochs)


def _launch(run: Run, arguments: list[str]) -> None:
    with _launching:
        _launch_alone(run, arguments)


def _launch_alone(run: Run, arguments: list[str]) -> None:
    active = active_job()
    if active:
        raise RunError(f"{active.run.name} is training; stop it or wait for it, then start this one.")
    try:
        run.directory.mkdir(parents=True, exist_ok=True)
        with (run.directory / "log.txt").open("wb") as log:
            run.clear_stop()
            run.write_status(_starting(run))
            process = subprocess.Popen(
                [sys.executable, "-m", "explorer", *arguments],
                cwd=PROJECT,
                env=os.environ | _roots(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        raise RunError(f"{run.directory} cannot be written: {error.strerror}; set EXPLORER_RUNS elsewhere.") from error
    _started[str(run.directory)] = process
    if hasattr(os, "setpriority"):
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)


def _roots() -> dict[str, str]:
    """The roots, absolute, because the process works in another folder."""
    return {
        "EXPLORER_DATA": str(data_root()),
        "EXPLORER_RUNS": str(runs_root()),
        "EXPLORER_CACHE": str(cache_root()),
    }
