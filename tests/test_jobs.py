"""Training as a process of its own: started, queued, watched, stopped, and found dead."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_runs import SMALL, epochs_of, resume_small, train_small, wait_until

from explorer import jobs
from explorer.errors import ConfigError, RunError
from explorer.jobs import find_job, find_place, list_jobs, resume_training, start_again, start_training
from explorer.paths import runs_root
from explorer.records import Request, Status
from explorer.runs import Run

ENDLESS = SMALL | {"epochs": 10_000}


@pytest.fixture(autouse=True)
def own_processes(monkeypatch):
    """No process outlives its test."""
    monkeypatch.setattr(jobs, "_started", {})
    yield
    for process in jobs._started.values():
        process.kill()
        process.wait()


@pytest.fixture
def run() -> Run:
    """An empty directory under the runs root."""
    run = Run(runs_root() / "run")
    run.make_directory()
    return run


def wait_for_the_end(run: Run) -> None:
    wait_until(lambda: not find_job(run).alive)


def wait_until_it_trains(run: Run) -> None:
    wait_until(lambda: find_job(run).phase == "training")


def stop(run: Run) -> None:
    run.request_stop()
    wait_for_the_end(run)


def kill(run: Run) -> None:
    jobs._started[str(run.directory)].kill()
    wait_for_the_end(run)


def places(*runs: Run) -> list[tuple[int, str] | None]:
    """Where each run stands in the queue, and after which: None for one that is not in it."""
    found = [find_place(find_job(run)) for run in runs]
    return [place and (place.number, place.after) for place in found]


def test_a_started_run_is_alive_until_it_is_asked_to_stop_and_can_be_resumed():
    run = start_training("digits-2d", ENDLESS)
    assert run.directory.parent == runs_root()
    assert find_job(run).alive
    wait_until_it_trains(run)
    assert run.read_record().config.model.hidden == SMALL["hidden"]
    with pytest.raises(RunError, match=f"{run.name} is training or waits in the queue already"):
        resume_training(run)
    stop(run)
    assert find_job(run).phase == "stopped"

    last = run.read_record().trained.epoch + 1
    resume_training(run, epochs=last)
    wait_for_the_end(run)
    assert find_job(run).phase == "finished"
    assert epochs_of(run) == [*range(last + 1)]


def test_one_run_trains_and_the_others_wait_with_their_places_are_cancelled_killed_and_come_to_their_turn():
    first, second, third, fourth = (start_training("digits-2d", ENDLESS) for _ in range(4))
    assert [find_job(run).phase for run in (second, third, fourth)] == ["queued"] * 3
    assert places(first, second, third, fourth) == [None, (1, first.name), (2, second.name), (3, third.name)]

    stop(second)
    assert (find_job(second).phase, find_job(second).reason) == (
        "stopped",
        "Taken out of the queue before its turn came.",
    )
    assert places(third, fourth) == [(1, first.name), (2, third.name)]

    kill(third)
    assert find_job(third).phase == "interrupted"
    assert places(fourth) == [(1, first.name)]
    start_again(find_job(third))
    assert places(fourth, third) == [(1, first.name), (2, fourth.name)]

    wait_until_it_trains(first)
    kill(first)
    wait_until_it_trains(fourth)
    assert places(fourth, third) == [None, (1, fourth.name)]
    assert epochs_of(second) == epochs_of(third) == []


def test_a_stopped_run_that_is_resumed_queues_and_keeps_its_epochs_when_it_is_cancelled():
    run = train_small(runs_root() / "run", stop_after=5)
    first = start_training("digits-2d", ENDLESS)
    resume_training(run)
    assert places(run) == [(1, first.name)]
    stop(run)
    job = find_job(run)
    assert (job.phase, job.status.epoch, job.status.epochs, job.can_start_again) == ("stopped", 1.25, 2, False)


def test_two_browsers_that_start_at_once_get_two_runs_and_one_of_them_trains():
    with ThreadPoolExecutor() as browsers:
        runs = [*browsers.map(lambda _: start_training("digits-2d", ENDLESS), range(2))]
    wait_until(lambda: sorted(map(bool, places(*runs))) == [False, True])
    assert len({run.name for run in runs}) == 2


def test_a_stop_asked_for_at_once_is_obeyed_before_the_first_step():
    run = start_training("digits-2d", ENDLESS)
    stop(run)
    assert find_job(run).phase == "stopped"
    assert epochs_of(run) == [0]


def test_what_cannot_be_trained_is_refused_before_anything_is_written():
    for recipe, changes in (("mnist-3", {}), ("digits-2d", {"epochs": 0})):
        with pytest.raises(ConfigError):
            start_training(recipe, changes)
    assert not runs_root().exists()


def test_a_process_that_dies_at_once_is_interrupted_and_its_last_words_are_the_reason(run):
    resume_training(run)
    wait_for_the_end(run)
    assert find_job(run).phase == "interrupted"
    assert find_job(run).reason.startswith("The process ended unexpectedly. There is no run")


@pytest.mark.parametrize("phase", ["queued", "preparing", "training"])
def test_a_run_left_without_a_word_is_interrupted_with_the_last_line_of_its_log(phase, run):
    run.write_status(Status(phase=phase))
    assert (find_job(run).phase, find_job(run).reason) == ("interrupted", "The process ended unexpectedly.")
    (run.directory / "log.txt").write_bytes(b"epoch 1\nKilled \xff\n\n")
    assert find_job(run).reason == "The process ended unexpectedly. Killed \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("phase", ["finished", "stopped", "failed"])
def test_a_run_that_ended_in_order_keeps_its_phase_and_its_message(phase, run):
    run.write_status(Status(phase=phase, message="Because."))
    job = find_job(run)
    assert (job.phase, job.reason, job.alive) == (phase, "Because.", False)


def test_an_empty_directory_is_no_job(run):
    assert find_job(run) is None
    assert list_jobs() == []


def test_a_run_that_no_process_worked_on_here_is_imported():
    run = train_small(runs_root() / "run", epochs=1)
    (run.directory / "status.json").unlink()
    (job,) = list_jobs()
    assert (job.phase, job.alive, job.status.epoch) == ("imported", False, 1)


def test_a_run_is_alive_in_whatever_process_holds_its_lock(run):
    run.write_status(Status(phase="training"))
    with run.locked():
        assert find_job(run).phase == "training"
        with pytest.raises(RunError, match="run is training"):
            resume_training(run)
    assert find_job(run).phase == "interrupted"


def test_only_a_run_whose_turn_never_came_and_that_says_what_was_asked_for_can_be_started_again(run):
    run.write_status(Status(phase="stopped"))
    with pytest.raises(RunError, match="start a new one"):
        start_again(find_job(run))
    run.write_status(Status(phase="stopped", request=Request(recipe="digits-2d", changes={"out": "/"})))
    with pytest.raises(ConfigError):
        start_again(find_job(run))


def test_jobs_are_listed_newest_first_and_broken_ones_left_out():
    for age, name in enumerate(("young", "old", "broken")):
        run = Run(runs_root() / name)
        run.make_directory()
        run.write_status(Status(phase="stopped"))
        if name == "broken":
            (run.directory / "status.json").write_text("{")
        os.utime(run.directory, (1000 - age, 1000 - age))
    assert [job.run.name for job in list_jobs()] == ["young", "old"]


@pytest.mark.parametrize("phase", ["preparing", "training"])
def test_a_finished_run_that_a_process_left_without_its_last_word_is_finished_once_it_is_resumed(phase):
    run = train_small(runs_root() / "run", epochs=1)
    run.write_status(Status(phase=phase))
    assert find_job(run).phase == "interrupted"
    resume_small(run)
    assert find_job(run).phase == "finished"


def test_a_runs_root_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "file"))
    with pytest.raises(RunError, match=r"cannot be written: Not a directory; set EXPLORER_RUNS elsewhere\.$"):
        start_training("digits-2d", {})
