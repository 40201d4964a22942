"""Work that goes on beside the pages, in a thread of its own: what it has so far, its error, and its end.

Nothing tells Python that a page was left or a browser closed. So work goes on for as long as somebody
looks at it, and ends soon after the last look. Several may look at the same work.
"""

import atexit
import threading
import time
from collections.abc import Iterator
from typing import Any, Generic, Literal, TypeVar
from weakref import WeakSet

from explorer.errors import ExplorerError

PATIENCE = 30.0  # seconds without a look after which work ends; a busy server may keep a page waiting for some
GRACE = 5.0  # the same once somebody has left it
LAST_WAIT = 5.0  # seconds that a process which ends gives its work
End = Literal["finished", "cancelled", "left", "failed"]
T = TypeVar("T")


class Work(Generic[T]):
    """Runs through `steps` in a thread, from now on; each step yields what there is by then.

    It can end between two steps only: keep them short. What it has is `first` before the first one.

    Attributes:
        end: how it ended; None while it goes on.
        error: a sentence that says why, where it failed.
    """

    def __init__(self, steps: Iterator[T], first: T) -> None:
        self.error = ""
        self.end: End | None = None
        self._latest = first
        self._is_cancelled = False
        self._looked = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(steps,), name="background", daemon=True)
        _at_work.add(self)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether there is more to come. Ask before `look`, or its last step may be missed."""
        return self.end is None

    def look(self) -> T:
        """What there is so far; and the work goes on, as somebody looks."""
        self._looked = time.monotonic()
        return self._latest

    def leave(self) -> None:
        """Somebody who looked does so no more: it ends within a few seconds, unless somebody else looks."""
        self._looked = min(self._looked, time.monotonic() - PATIENCE + GRACE)

    def cancel(self) -> None:
        """End it after the step that it is in."""
        self._is_cancelled = True

    def wait(self, seconds: float | None = None) -> None:
        """Wait for its end, or for so long."""
        self._thread.join(seconds)

    def _run(self, steps: Iterator[T]) -> None:
        end: End = "failed"
        try:
            end = self._follow(steps)
        except ExplorerError as error:
            self.error = str(error)
        except (MemoryError, RuntimeError) as error:  # torch reports a lack of memory as either
            self.error = f"This stopped ({str(error) or 'no memory'}); ask for fewer images at once."
        finally:
            self.end = end

    def _follow(self, steps: Iterator[T]) -> End:
        for self._latest in steps:
            if self._is_cancelled:
                return "cancelled"
            if time.monotonic() - self._looked > PATIENCE:
                return "left"
        return "finished"


_at_work: WeakSet[Work[Any]] = WeakSet()


@atexit.register
def _end_all() -> None:
    """A thread that is still within torch when Python goes would take the process down with an abort."""
    for work in list(_at_work):
        work.cancel()
    for work in list(_at_work):
        work.wait(LAST_WAIT)
