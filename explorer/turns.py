"""Whose turn it is to train: one training at a time on each device, first come, first served.

    <runs root>/.turns/<machine>-<cpu|cuda>/00000012.queued.<run>   a ticket, locked by its process while it lives
    <runs root>/.turns/<machine>-<cpu|cuda>/door                    locked for an instant by whoever takes a ticket

The number is the order. A ticket counts as long as it is locked, so whatever ends a process frees its
place, and there is nothing to repair. A training that does not queue takes a ticket too: it is not
held back, but those who queue wait for it. Several machines may share a runs root.
"""

import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from explorer.errors import RunError
from explorer.locks import is_locked
from explorer.paths import runs_root
from explorer.records import STARTING, Phase, Status
from explorer.runs import Run

GPU_DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/kfd"), Path("/dev/dxg"))  # NVIDIA, AMD, either under Windows
PATIENCE = 30.0  # seconds for the door, which is held for milliseconds
LOOK_AGAIN = 0.5  # seconds between two looks at who is ahead
CANCELLED = "Taken out of the queue before its turn came."


@dataclass(frozen=True)
class Ticket:
    """A training at a device, or in the queue for it; `run` is the name of its directory."""

    path: Path
    number: int
    is_queued: bool
    run: str

    @property
    def is_valid(self) -> bool:
        """Whether the process that took it lives."""
        return is_locked(self.path)

    def ahead(self) -> list["Ticket"]:
        """Those that this one waits for: who came to its device earlier, and who does not queue."""
        others = (each for each in _tickets(self.path.parent) if each.number != self.number)
        return [each for each in others if (each.number < self.number or not each.is_queued) and each.is_valid]


def device_kind(wanted: Literal["auto", "cpu", "cuda"]) -> Literal["cpu", "cuda"]:
    """Which device a training that asks for `wanted` will take; asks torch only where a driver is."""
    if wanted != "auto":
        return wanted
    if sys.platform == "linux" and not any(path.exists() for path in GPU_DRIVERS):
        return "cpu"
    from explorer.compute import choose_device

    return "cuda" if choose_device(wanted).type == "cuda" else "cpu"


@contextmanager
def training_at(device: str, run: Run) -> Iterator[bool]:
    """Train without queueing, but seen by those who do; unseen where the runs root cannot be written. Yields True."""
    with ExitStack() as held:
        with suppress(RunError):
            held.enter_context(_ticket(device, run, "direct"))
        yield True


@contextmanager
def queueing_for(device: str, run: Run, should_stop: Callable[[], bool]) -> Iterator[bool]:
    """Wait until it is the turn of `run`, and hold the device; yields False when it was cancelled before.

    The run is locked all the while. Raises RunError when another process has it already.
    """
    run.make_directory()
    with _ticket(device, run, "queued") as ticket, run.locked():
        before = run.read_status()
        if before is None or (before.phase, before.message) != ("queued", STARTING):
            note_queued(run, before)
        yield _wait(ticket, run, should_stop)


def note_queued(run: Run, status: Status | None) -> None:
    """Write that `run` is queued, beside what else `status` says; an earlier request to stop is dropped."""
    run.clear_stop()
    run.write_status(_starting("queued", status))


def find_ticket(run: Run) -> Ticket | None:
    """The living ticket with which `run` queues or came to train, if any."""
    tickets = (ticket for folder in sorted(_root().glob("*")) for ticket in _tickets(folder))
    return next((each for each in tickets if each.is_queued and each.run == run.name and each.is_valid), None)


def _wait(ticket: Ticket, run: Run, should_stop: Callable[[], bool]) -> bool:
    while ticket.ahead():
        if run.stop_requested or should_stop():
            status = _starting("stopped", run.read_status())
            run.write_status(status.model_copy(update={"message": CANCELLED}))
            return False
        time.sleep(LOOK_AGAIN)
    run.write_status(_starting("preparing", run.read_status()))
    return True


def _starting(phase: Phase, before: Status | None) -> Status:
    kept = before or Status(phase=phase)
    return Status(phase=phase, message=STARTING, epoch=kept.epoch, epochs=kept.epochs, request=kept.request)


@contextmanager
def _ticket(device: str, run: Run, kind: Literal["queued", "direct"]) -> Iterator[Ticket]:
    """Hold a new ticket. Raises RunError when it cannot be written."""
    machine = re.sub(r"\W+", "-", platform.node())
    folder = _root() / f"{machine}-{device}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "door", timeout=PATIENCE):
            earlier = _tickets(folder)
            number = earlier[-1].number + 1 if earlier else 1
            for each in earlier:
                if not each.is_valid:
                    each.path.unlink(missing_ok=True)
            path = folder / f"{number:08d}.{kind}.{run.name}"
            lock = FileLock(path, timeout=PATIENCE)
            lock.acquire()
    except (OSError, Timeout) as error:
        raise RunError(f"{folder} cannot be written ({error}); set EXPLORER_RUNS elsewhere.") from error
    try:
        yield Ticket(path, number, kind == "queued", run.name)
    finally:
        with suppress(OSError):
            path.unlink()
        lock.release()


def _tickets(folder: Path) -> list[Ticket]:
    """Every ticket in `folder` in order, whether its process lives or not."""
    found = (re.fullmatch(r"(\d+)\.(queued|direct)\.(.+)", path.name) for path in folder.glob("*"))
    tickets = [Ticket(folder / each[0], int(each[1]), each[2] == "queued", each[3]) for each in found if each]
    return sorted(tickets, key=lambda ticket: ticket.number)


def _root() -> Path:
    return runs_root() / ".turns"
