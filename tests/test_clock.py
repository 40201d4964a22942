"""The clock of a training: its seconds are right in the middle of an epoch, too."""

import pytest

from explorer import clock
from explorer.clock import Clock, Stopwatch


def test_what_is_noted_within_a_stretch_counts_its_seconds_once(monkeypatch):
    now = iter([100.0, 104.0, 110.0, 110.0, 115.0])
    monkeypatch.setattr(clock.time, "perf_counter", lambda: next(now))
    told = Clock(seconds=50.0, seen=20)
    watch = Stopwatch(told)
    assert not watch.is_due("note", 5)
    told.seen = 60
    assert watch.is_due("note", 5)
    assert (told.seconds, watch.rate) == (60.0, 4.0)
    watch.settle()
    assert told.seconds == 65.0
    assert watch.rate == pytest.approx(40 / 15)
