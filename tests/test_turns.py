"""Whose turn it is: first come first served on each device, whatever ends those who wait."""

import multiprocessing
import threading
from contextlib import ExitStack

import pytest
from small_runs import wait_until

from explorer import turns
from explorer.errors import RunError
from explorer.paths import runs_root
from explorer.records import STARTING, Request, Status
from explorer.runs import Run
from explorer.turns import CANCELLED, device_kind, find_ticket, note_queued, queueing_for, training_at


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Those who wait look again at once."""
    monkeypatch.setattr(turns, "LOOK_AGAIN", 0.01)


@pytest.fixture
def held():
    """What is entered here is left when the test ends, the last one first."""
    with ExitStack() as stack:
        yield stack


def named(name: str) -> Run:
    return Run(runs_root() / name)


def never() -> bool:
    return False


class Waiting:
    """A run that queues in a thread, as one does in a process, until `leave`."""

    def __init__(self, name: str, device: str = "cpu") -> None:
        self.run, self.turn, self.over = named(name), threading.Event(), threading.Event()
        self.has_come: bool | None = None
        self.thread = threading.Thread(target=self._queue, args=(device,))
        self.thread.start()
        wait_until(lambda: (find_ticket(self.run) is not None and self.run.is_running) or self.turn.is_set())

    def _queue(self, device: str) -> None:
        with queueing_for(device, self.run, never) as self.has_come:
            self.turn.set()
            self.over.wait()

    @property
    def after(self) -> list[str]:
        """Whom it waits for."""
        ticket = find_ticket(self.run)
        return [each.run for each in ticket.ahead()] if ticket else []

    def leave(self) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture
def waiting():
    """A function that lets a run queue; whatever waits at the end is sent home."""
    all_of_them: list[Waiting] = []

    def queue(name: str, device: str = "cpu") -> Waiting:
        all_of_them.append(Waiting(name, device))
        return all_of_them[-1]

    yield queue
    for each in all_of_them:
        each.run.request_stop()
        each.leave()


def test_the_turns_come_in_the_order_of_coming(waiting):
    runs = [waiting(name) for name in ("c", "a", "b")]
    for place, run in enumerate(runs):
        assert run.turn.wait(60)
        assert [each.turn.is_set() for each in runs] == [number <= place for number in range(3)]
        assert [each.after for each in runs[place:]] == [["c", "a", "b"][place:end] for end in range(place, 3)]
        run.leave()
    assert [each.has_come for each in runs] == [True] * 3
    assert find_ticket(runs[0].run) is None


def test_a_device_has_a_queue_of_its_own(waiting):
    assert waiting("a").turn.wait(60)
    assert waiting("b", "cuda").turn.wait(60)
    assert waiting("c").after == ["a"]


def test_a_machine_has_a_queue_of_its_own_in_a_runs_root_that_several_share(waiting, monkeypatch):
    assert waiting("a").turn.wait(60)
    monkeypatch.setattr("platform.node", lambda: "other.machine")
    assert waiting("b").turn.wait(60)


def test_who_does_not_queue_is_not_held_back_and_the_queue_waits_for_it(waiting):
    first = waiting("first")
    assert first.turn.wait(60)
    second = waiting("second")
    with training_at("cpu", named("direct")) as may_train:
        assert may_train
        assert second.after == ["first", "direct"]
        first.leave()
        assert second.after == ["direct"]
        assert not second.turn.is_set()
    assert second.turn.wait(60)


def test_a_stop_takes_a_run_out_of_the_queue_and_keeps_what_was_asked_for(waiting):
    assert waiting("first").turn.wait(60)
    request = Request(recipe="digits-2d", changes={"epochs": 3})
    named("second").make_directory()
    note_queued(named("second"), Status(phase="queued", epochs=3, request=request))
    second, third = waiting("second"), waiting("third")
    assert third.after == ["first", "second"]
    second.run.request_stop()
    second.leave()
    assert second.has_come is False
    assert second.run.read_status() == Status(phase="stopped", message=CANCELLED, epochs=3, request=request)
    assert third.after == ["first"]


def test_whose_turn_has_come_starts_and_an_old_request_to_stop_is_dropped(waiting):
    named("a").make_directory()
    named("a").request_stop()
    run = waiting("a")
    assert run.turn.wait(60)
    assert run.run.read_status() == Status(phase="preparing", message=STARTING)
    assert not run.run.stop_requested


def _wait_until_killed(root: str) -> None:
    import os

    os.environ["EXPLORER_RUNS"] = root
    with queueing_for("cpu", named("victim"), never):
        threading.Event().wait()


def test_who_is_killed_loses_its_place_and_its_ticket_is_swept_away(waiting):
    assert waiting("first").turn.wait(60)
    victim = multiprocessing.get_context("spawn").Process(target=_wait_until_killed, args=(str(runs_root()),))
    victim.start()
    wait_until(lambda: find_ticket(named("victim")) is not None)
    third = waiting("third")
    assert third.after == ["first", "victim"]
    victim.kill()
    victim.join()
    assert third.after == ["first"]
    waiting("fourth")
    tickets = sorted(path.name.split(".")[-1] for path in runs_root().glob(".turns/*/0*"))
    assert tickets == ["first", "fourth", "third"]


def test_a_run_that_another_process_has_cannot_queue(held, monkeypatch):
    monkeypatch.setattr("explorer.runs.LOCK_PATIENCE", 0)
    held.enter_context(named("run").locked())
    with pytest.raises(RunError, match="trained by another process"):
        held.enter_context(queueing_for("cpu", named("run"), never))
    assert find_ticket(named("run")) is None


def test_where_no_ticket_can_be_written_training_goes_on_unseen_and_queueing_is_a_sentence(held, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "file"))
    run = Run(tmp_path / "elsewhere")
    assert held.enter_context(training_at("cpu", run))
    with pytest.raises(RunError, match=r"cannot be written .*; set EXPLORER_RUNS elsewhere\.$"):
        held.enter_context(queueing_for("cpu", run, never))


def test_the_device_is_known_without_torch_where_it_can_be(monkeypatch):
    assert (device_kind("cpu"), device_kind("cuda")) == ("cpu", "cuda")
    monkeypatch.setattr(turns, "GPU_DRIVERS", ())
    assert device_kind("auto") == "cpu"
