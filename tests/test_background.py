"""Work beside the pages: what it has, and each way that it ends."""

import threading
from collections.abc import Iterator

import pytest

from explorer.errors import RunError
from explorer.ui import background
from explorer.ui.background import Work


class Steps:
    """Steps that are taken one at a time, when the test lets them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = 0
        self._may_go = threading.Semaphore(0)

    def __iter__(self) -> Iterator[int]:
        for step in range(1, self.count + 1):
            self._may_go.acquire()
            self.taken = step
            yield step

    def go(self, steps: int) -> None:
        self._may_go.release(steps)


def failing(error: Exception) -> Iterator[int]:
    yield 1
    raise error


def test_it_has_what_came_last_and_finishes():
    work = Work(iter([1, 2, 3]), 0)
    work.wait()
    assert (work.look(), work.end, work.is_alive) == (3, "finished", False)


def test_before_its_first_step_it_has_what_it_was_given():
    steps = Steps(1)
    work = Work(iter(steps), 0)
    assert (work.look(), work.is_alive) == (0, True)
    steps.go(1)
    work.wait()
    assert work.look() == 1


def test_cancelled_it_ends_after_the_step_that_it_is_in_and_keeps_what_it_has():
    steps = Steps(1000)
    work = Work(iter(steps), 0)
    work.cancel()
    steps.go(1000)
    work.wait()
    assert (work.look(), work.end, steps.taken) == (1, "cancelled", 1)


def test_it_ends_when_nobody_looks(monkeypatch):
    monkeypatch.setattr(background, "PATIENCE", -1.0)
    work = Work(iter(range(1000)), 0)
    work.wait()
    assert (work.look(), work.end) == (0, "left")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(RunError("There is no prior."), "There is no prior."), (RuntimeError("out of memory"), "ask for fewer")],
)
def test_what_went_wrong_is_a_sentence_and_harms_no_other(error, sentence):
    other, work = Work(iter([1, 2]), 0), Work(failing(error), 0)
    for each in (other, work):
        each.wait()
    assert work.end == "failed"
    assert sentence in work.error
    assert (other.end, other.error) == ("finished", "")
