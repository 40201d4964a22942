"""How far training is, and how long it took."""

import time
from dataclasses import dataclass


@dataclass
class Clock:
    """What has been done: whole epochs, batches and images of the current one, steps and seconds in all."""

    epoch: int = 0
    batch: int = 0
    seen: int = 0
    step: int = 0
    seconds: float = 0.0


class Stopwatch:
    """Times one stretch of training, and says when something is due again."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.before = clock, clock.seen
        self.started = self._added = time.perf_counter()
        self.last: dict[str, float] = {}
        self.rate = 0.0  # images per second so far

    def is_due(self, what: str, every: float) -> bool:
        """Whether `every` seconds went by since `what` was last due; the clock is right when it is."""
        now = time.perf_counter()
        if now - self.last.get(what, self.started) < every:
            return False
        self.last[what] = now
        self.settle()
        return True

    def settle(self) -> None:
        """Add to the clock what it has not got of the stretch so far."""
        now = time.perf_counter()
        self.clock.seconds += now - self._added
        self._added = now
        self.rate = (self.clock.seen - self.before) / (now - self.started)
