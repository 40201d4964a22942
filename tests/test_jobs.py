"""Training as a process of its own: started, watched, stopped, and found dead."""

import os

import pytest
from small_runs import SMALL, epochs_of, resume_small, train_small, wait_until

from explorer import jobs
from explorer.errors import RunError
from explorer.jobs import active_job, find_job, list_jobs, resume_training, start_training
from explorer.paths import runs_root
from explorer.records import Status
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


def test_a_started_run_is_alive_until_it_is_asked_to_stop_and_can_be_resumed():
    run = start_training("digits-2d", ENDLESS)
    assert run.directory.parent == runs_root()
    assert find_job(run).alive
    wait_until(lambda: find_job(run).phase != "preparing")
    assert (find_job(run).phase, active_job().run.name) == ("training", run.name)
    assert run.read_record().config.model.hidden == SMALL["hidden"]
    with pytest.raises(RunError, match=f"{run.name} is training; stop it or wait for it, then start this one"):
        start_training("digits-2d", ENDLESS)
    run.request_stop()
    wait_for_the_end(run)
    assert find_job(run).phase == "stopped"
    assert active_job() is None

    last = run.read_record().trained.epoch + 1
    resume_training(run, epochs=last)
    wait_for_the_end(run)
    assert find_job(run).phase == "finished"
    assert epochs_of(run) == [*range(last + 1)]


def test_a_stop_asked_for_at_once_is_obeyed_before_the_first_step():
    run = start_training("digits-2d", ENDLESS)
    run.request_stop()
    wait_for_the_end(run)
    assert find_job(run).phase == "stopped"
    assert epochs_of(run) == [0]


def test_a_process_that_dies_at_once_is_interrupted_and_its_last_words_are_the_reason():
    run = start_training("mnist-3", {})
    wait_for_the_end(run)
    assert find_job(run).phase == "interrupted"
    assert find_job(run).reason.startswith(
        "The process ended unexpectedly. There is no recipe 'mnist-3'; choose one of"
    )


@pytest.mark.parametrize("phase", ["preparing", "training"])
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


def test_a_run_that_no_process_worked_on_is_no_job(run):
    assert find_job(run) is None
    assert list_jobs() == []


def test_a_run_is_alive_in_whatever_process_holds_its_lock(run):
    run.write_status(Status(phase="training"))
    with run.locked():
        assert find_job(run).phase == "training"
        assert active_job().run.name == "run"
        with pytest.raises(RunError, match="run is training"):
            resume_training(run)
    assert active_job() is None


def test_jobs_are_listed_newest_first_and_broken_ones_left_out():
    for age, name in enumerate(("young", "old", "broken")):
        run = Run(runs_root() / name)
        run.make_directory()
        run.write_status(Status(phase="stopped"))
        os.utime(run.directory / "status.json", (1000 - age, 1000 - age))
    (run.directory / "status.json").write_text("{")
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
