"""Whatever ends a training process, at whatever instant: the run loads, and goes on where it was."""

import errno
import itertools
import math
import os
import signal
import subprocess
import sys
import time
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
from small_runs import (
    EPOCHS,
    STEPS,
    Killed,
    after,
    assert_equal_runs,
    epochs_of,
    ignore,
    kill_at,
    resume_small,
    small_config,
    small_flags,
    train_small,
    wait_until,
)

from benchmarks.kill import differences, epoch_of, finish, kill_often
from explorer import autoencoders, loop
from explorer.errors import RunError
from explorer.files import STALE
from explorer.inference import Session
from explorer.jobs import find_job
from explorer.objectives import vae_loss
from explorer.paths import PROJECT
from explorer.records import STARTING, Status
from explorer.runs import Run
from explorer.training import train


def lines_of(run: Run) -> list[tuple[str, float, int]]:
    return [(line.event, line.epoch, line.step) for line in run.read_history()]


@pytest.fixture
def spoilt_noise(monkeypatch):
    """Training meets infinities from its sixth step on, in its second epoch, until the patch is undone."""
    noise = autoencoders.step_noise
    with monkeypatch.context() as patch:
        patch.setattr(
            autoencoders, "step_noise", lambda seed, step, *rest: noise(seed, step, *rest) * (math.inf ** (step > 4))
        )
        yield patch


@pytest.fixture
def disk(monkeypatch):
    """A disk that is full while `disk.full` is true."""
    disk, fsync = SimpleNamespace(full=False), os.fsync

    def write_through(file: int) -> None:
        if disk.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    monkeypatch.setattr("explorer.files.os.fsync", write_through)
    return disk


# killed


def test_a_run_killed_in_any_of_its_writes_loads_and_becomes_what_the_others_became(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "HEARTBEAT", 0)  # with notes and checkpoints after every step
    monkeypatch.setattr(loop, "SAVE_EVERY", 0)
    whole = train_small(tmp_path / "whole", batch_size=800)
    for instant in itertools.count():
        run = Run(tmp_path / f"killed-in-write-{instant}")
        with monkeypatch.context() as patch:
            kill_at(patch, instant)
            try:
                train_small(run.directory, batch_size=800)
                break
            except Killed:
                pass
        if run.exists:
            Session(run).sample(1, seed=0)
            resume_small(run)
        else:
            train_small(run.directory, batch_size=800)
        assert lines_of(run) == lines_of(whole), run.name
        assert run.read_status().phase == "finished", run.name
        assert_equal_runs(run, whole)
    assert instant > EPOCHS * 10  # that many writes there are at least


def test_a_killed_process_leaves_a_run_that_is_not_alive_and_resumes(tmp_path):
    run = Run(tmp_path / "run")
    flags = [*small_flags(epochs=10_000), "--out", str(run.directory)]
    process = subprocess.Popen([sys.executable, "-m", "explorer", "train", "digits-2d", *flags], cwd=PROJECT)
    wait_until(lambda: process.poll() is not None or (run.exists and run.read_record().trained.epoch >= 2))
    assert find_job(run).alive
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert (find_job(run).alive, find_job(run).phase) == (False, "interrupted")
    Session(run).sample(1, seed=0)
    last = run.read_record().trained.epoch + 2
    assert resume_small(run, epochs=last).phase == "finished"
    assert epochs_of(run) == [*range(last + 1)]


def test_a_run_that_is_killed_again_and_again_becomes_what_an_untouched_one_became(tmp_path):
    run, untouched = Run(tmp_path / "run"), Run(tmp_path / "untouched")
    assert kill_often(run, 5, Random(3)).total() == 5
    epochs = 1 + epoch_of(run)
    for each in (run, untouched):
        finish(each, epochs)
    assert epochs_of(run) == [*range(epochs + 1)]
    assert max(differences(run, untouched)) < 1e-6


@pytest.mark.parametrize("age", [0, 2 * STALE])
def test_a_run_that_goes_on_removes_old_files_that_a_kill_left_half_written(age, tmp_path):
    run = train_small(tmp_path / "run", stop_after=1)
    left = [run.directory / name for name in (".model.safetensors.0a.part", "snapshots/.epoch-00001.1b.part")]
    for path in left:
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    resume_small(run)
    assert [path.exists() for path in left] == [not age] * 2


# asked to stop


def test_a_stop_file_ends_the_run_after_the_step_in_hand(tmp_path):
    run = Run(tmp_path / "run")

    def request(status: Status) -> None:
        if status.epoch == 1:
            run.request_stop()

    assert train(small_config(), run, after(None), request).phase == "stopped"
    assert (epochs_of(run), run.stop_requested) == ([0, 1], True)
    assert resume_small(run).phase == "finished"  # an old request is no request
    assert epochs_of(run) == [0, 1, 2]


def test_a_stop_asked_for_while_the_process_still_starts_is_not_lost(tmp_path):
    run = Run(tmp_path)
    run.write_status(Status(phase="preparing", message=STARTING))  # as `jobs` does before it starts the process
    run.request_stop()
    assert train(small_config(), run, after(None), ignore).phase == "stopped"
    assert epochs_of(run) == [0]


def test_a_run_is_trained_by_one_process_only(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.runs.LOCK_PATIENCE", 0)
    run = train_small(tmp_path / "run", stop_after=1)
    with run.locked(), pytest.raises(RunError, match="is being trained by another process; stop that one first"):
        resume_small(Run(run.directory))
    assert run.read_status().phase == "stopped"
    assert resume_small(run).phase == "finished"


# lost


@pytest.mark.usefixtures("spoilt_noise")
def test_nan_stops_the_run_and_keeps_the_last_good_weights(tmp_path):
    with pytest.raises(
        RunError, match=r"became NaN or infinite in epoch 2, by step 8; .* smaller learning rate"
    ) as error:
        train_small(tmp_path / "run")
    run = Run(tmp_path / "run")
    status = run.read_status()
    assert (status.phase, status.message) == ("failed", str(error.value))
    assert (status.epoch, status.epochs) == (1, EPOCHS)  # it can be resumed, so how far it is still counts
    assert epochs_of(run) == [0, 1]
    assert run.read_record().trained.epoch == 1
    assert np.isfinite(Session(run).sample(4, seed=0)).all()


def test_a_lost_state_is_not_saved_when_asked_to_stop(tmp_path, spoilt_noise):
    with pytest.raises(RunError, match="NaN"):
        train_small(tmp_path / "run", stop_after=6)
    spoilt_noise.undo()
    run = Run(tmp_path / "run")
    resume_small(run)
    assert_equal_runs(run, train_small(tmp_path / "expected"))


def test_weights_lost_in_the_last_step_of_an_epoch_are_not_saved(tmp_path, monkeypatch):
    def loss_with_an_infinite_gradient(*args, **options):
        loss = vae_loss(*args, **options)
        return loss._replace(total=loss.total + (loss.total - loss.total.detach()).sqrt())

    run = train_small(tmp_path / "run", stop_after=2 * STEPS - 1)
    monkeypatch.setattr(autoencoders, "vae_loss", loss_with_an_infinite_gradient)
    with pytest.raises(RunError, match="The weights became NaN or infinite in epoch 2, by step 8"):
        resume_small(run)
    assert run.read_record().trained.epoch == 1
    assert all(np.isfinite(array).all() for array in run.read_weights().values())


# no room


@pytest.mark.parametrize("saved_epochs", [0, 1])
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_when_there_is_room(saved_epochs, tmp_path, disk):
    def fill(status: Status) -> None:
        disk.full = status.phase == "training" and status.epoch == saved_epochs

    run = Run(tmp_path / "run")
    with pytest.raises(RunError, match=r"run/\S+ cannot be written: No space left on device\.$"):
        train(small_config(), run, after(None), fill)
    Session(run).sample(1, seed=0)
    disk.full = False
    assert resume_small(run).phase == "finished"
    assert epochs_of(run) == [0, 1, 2]


def test_a_disk_that_was_full_from_the_start_is_a_sentence_too(tmp_path, disk):
    disk.full = True
    with pytest.raises(RunError, match=r"status\.json cannot be written: No space left on device\.$"):
        train_small(tmp_path / "run")


@pytest.mark.parametrize(("obstacle", "kind"), [("snapshots", "file"), ("lock", "folder")])
def test_what_stands_in_the_way_of_a_run_is_named(obstacle, kind, tmp_path):
    (tmp_path / obstacle).touch() if kind == "file" else (tmp_path / obstacle).mkdir()
    with pytest.raises(RunError, match=f"{obstacle} cannot be written"):
        train_small(tmp_path)


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"file/run cannot be made: Not a directory; choose another --out\.$"):
        train_small(tmp_path / "file" / "run")
