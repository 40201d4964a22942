"""A run from its first to its last step: what is saved, what is learnt, and resuming where it stopped."""

import math

import numpy as np
import pytest
import torch
from datasets_files import write_idx
from small_runs import (
    EPOCHS,
    STEPS,
    after,
    assert_close,
    assert_equal_runs,
    epochs_of,
    ignore,
    resume_small,
    small_config,
    train_small,
    train_small_conv,
)

from explorer import loop
from explorer.batches import Batch, shuffled, step_noise
from explorer.checkpoint import weights_of
from explorer.errors import ConfigError, DatasetError, RunError
from explorer.models import build_model
from explorer.records import RunningLine
from explorer.runs import Run
from explorer.training import resume, train


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A run that nothing interrupted; only for reading."""
    return train_small(tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture(scope="module")
def conv(tmp_path_factory) -> Run:
    """The same of a convolutional model."""
    return train_small_conv(tmp_path_factory.mktemp("runs") / "conv")


# shuffle and noise


def test_the_shuffle_is_a_permutation_given_by_seed_and_epoch():
    images = torch.arange(10)

    def order(seed: int, epoch: int) -> list[int]:
        return shuffled(Batch(images, None), seed, epoch).pixels.tolist()

    assert sorted(order(0, 0)) == images.tolist()
    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(seed, epoch)) for seed in (0, 1) for epoch in (0, 1)}) == 4


def test_the_noise_is_given_by_seed_and_step():
    first = step_noise(0, 0, (4, 2))
    torch.testing.assert_close(step_noise(0, 0, (4, 2)), first, atol=0, rtol=0)
    for seed, step in ((0, 1), (1, 0)):
        assert not torch.isclose(step_noise(seed, step, (4, 2)), first).any()


def test_runs_of_one_seed_are_equal_and_of_two_seeds_are_not(whole, tmp_path):
    assert_equal_runs(train_small(tmp_path / "same"), whole)
    other = train_small(tmp_path / "other", seed=1).read_weights()
    assert not any(np.allclose(array, other[name]) for name, array in whole.read_weights().items())


# what is learnt and saved


def test_the_untrained_model_is_saved_before_the_first_step(tmp_path):
    run = train_small(tmp_path / "run", stop_after=0)
    torch.manual_seed(small_config().training.seed)
    assert_close(run.read_weights(), weights_of(build_model(small_config().model)), atol=0)
    assert epochs_of(run) == run.snapshot_epochs() == [0]
    assert run.read_record().trained.step == 0


def test_every_epoch_lowers_the_loss(whole):
    history = whole.read_epochs()
    assert epochs_of(whole) == [*range(EPOCHS + 1)]
    assert [line.step for line in history] == [epoch * STEPS for epoch in range(EPOCHS + 1)]
    elbos = [line.test.elbo for line in history]
    assert elbos == sorted(elbos, reverse=True)


def test_history_states_both_terms_of_the_objective_and_what_each_dimension_holds(whole):
    for line in whole.read_epochs():
        assert line.test.elbo == pytest.approx(line.test.reconstruction + line.test.kl)
        assert len(line.kl_per_dim) == 2
        assert sum(line.kl_per_dim) == pytest.approx(line.test.kl, rel=1e-4)
        assert line.test.count == 359
        variances = whole.read_snapshot(line.epoch)["latents"].astype(np.float32).var(0)
        assert line.active_units == (variances > 0.01).sum()


def test_running_means_are_those_of_the_epoch_so_far(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "HEARTBEAT", 0)
    lines = train_small(tmp_path / "run", epochs=1).read_history()
    running, done = [line for line in lines if isinstance(line, RunningLine)], lines[-1]
    assert [line.step for line in running] == [1, 2, 3, 4]
    assert [line.epoch for line in running] == [0.25, 0.5, 0.75, 1.0]
    assert running[-1].train == pytest.approx(done.train)
    assert running[0].train["total"] > done.train["total"]


def test_the_kl_term_counts_as_much_as_beta_says(tmp_path):
    history = train_small(tmp_path / "run", beta=3, warmup_epochs=2, epochs=3).read_epochs()
    assert [line.beta for line in history] == [0, 1.5, 3, 3]
    for line in history:
        assert line.test.total == pytest.approx(line.test.reconstruction + line.beta * line.test.kl)
        assert line.test.elbo == pytest.approx(line.test.reconstruction + line.test.kl)


def test_the_record_keeps_the_saved_and_the_best_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "learning_rate", lambda _, step, steps: 1e-3 if step < steps / 2 else -1e-2)
    run = train_small(tmp_path / "run", epochs=4)  # downhill, and then uphill again
    record, history = run.read_record(), run.read_epochs()
    assert record.trained == history[-1]
    assert record.best == min(history, key=lambda line: line.test.total)
    assert record.best.epoch == 2


def test_a_snapshot_holds_latents_and_the_same_images_every_epoch(whole):
    assert whole.snapshot_epochs() == [*range(EPOCHS + 1)]
    snapshots = [whole.read_snapshot(epoch) for epoch in whole.snapshot_epochs()]
    for snapshot in snapshots:
        assert {name: (array.dtype, array.shape) for name, array in snapshot.items()} == {
            "latents": (np.float16, (359, 2)),
            "reconstructions": (np.uint8, (10, 12, 12)),
            "rows": (np.int64, (10,)),
            "samples": (np.uint8, (10, 12, 12)),
        }
        assert (snapshot["rows"] == snapshots[0]["rows"]).all()
    assert (snapshots[0]["samples"] != snapshots[-1]["samples"]).any()


@pytest.mark.parametrize(("most", "kept"), [(0, []), (1, [5]), (2, [0, 5]), (4, [0, 2, 4, 5]), (6, [*range(6)])])
def test_a_run_keeps_no_more_snapshots_than_it_may_and_its_last(tmp_path, most, kept):
    run = train_small(tmp_path / "run", epochs=5, batch_size=1438, snapshots=most)
    assert run.snapshot_epochs() == kept


def test_a_run_that_goes_on_keeps_what_a_longer_one_would_have(tmp_path):
    run = train_small(tmp_path / "run", epochs=3, batch_size=1438, snapshots=3)
    assert run.snapshot_epochs() == [0, 2, 3]
    resume_small(run, epochs=8)
    assert run.snapshot_epochs() == [0, 4, 8]


def test_latents_are_the_posterior_of_the_test_images(whole):
    latents = whole.read_latents()
    assert {name: (array.dtype, array.shape) for name, array in latents.items()} == {
        "mean": (np.float16, (359, 2)),
        "log_variance": (np.float16, (359, 2)),
        "kl": (np.float32, (2,)),
        "low": (np.float32, (2,)),
        "high": (np.float32, (2,)),
        "labels": (np.int16, (359,)),
    }
    assert latents["kl"] == pytest.approx(whole.read_record().trained.kl_per_dim, rel=1e-4)


def test_a_run_names_its_data_relative_to_the_data_root(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    folder = write_idx(tmp_path / "data" / "sets" / "shapes", train=32, test=16)
    run = train_small(tmp_path / "runs" / "run", dataset=str(folder), batch_size=16)
    assert run.read_record().data.source == run.read_record().config.dataset == "sets/shapes"
    for path in (*run.directory.glob("*.json"), *run.directory.glob("*.jsonl")):
        assert str(tmp_path) not in path.read_text(), path.name


@pytest.mark.parametrize("reconstruction", ["bce", "mse"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_objective_learns_in_every_precision(reconstruction, precision, tmp_path):
    run = train_small(tmp_path / "run", reconstruction=reconstruction, precision=precision)
    first, *_, last = run.read_epochs()
    assert last.test.total < first.test.total
    assert run.read_record().hardware.endswith(precision)
    assert {array.dtype for array in run.read_weights().values()} == {np.dtype(np.float32)}


# resuming


@pytest.mark.parametrize("steps", [0, 1, STEPS, STEPS + 1, 2 * STEPS - 1])
def test_a_stopped_run_resumes_to_what_the_uninterrupted_one_became(steps, whole, tmp_path):
    run = train_small(tmp_path / "run", stop_after=steps)
    assert run.read_status().phase == "stopped"
    assert resume_small(run).phase == run.read_status().phase == "finished"
    assert_equal_runs(run, whole)


@pytest.mark.parametrize("schedule", ["constant", "onecycle"])
def test_a_run_stopped_at_every_step_becomes_what_the_uninterrupted_one_became(schedule, tmp_path):
    changes = {"schedule": schedule, "warmup_epochs": 1}
    expected = train_small(tmp_path / "expected", **changes)
    run = train_small(tmp_path / "run", stop_after=1, **changes)
    for _ in range(EPOCHS * STEPS):
        resume_small(run, stop_after=1)
    assert run.read_status().phase == "finished"
    assert_equal_runs(run, expected)


@pytest.mark.parametrize("steps", [1, STEPS + 1])
def test_a_convolutional_run_whose_weights_lie_channels_last_resumes_as_well(steps, conv, tmp_path):
    run = train_small_conv(tmp_path / "run", stop_after=steps)
    resume_small(run)
    assert_equal_runs(run, conv)


def test_a_finished_run_says_so_and_stays_as_it_is(tmp_path):
    run = train_small(tmp_path / "run")
    before = run.version
    status = resume_small(run)
    assert (status.phase, status.message) == ("finished", "The run is finished already; --epochs N trains it on.")
    assert (run.version, epochs_of(run)) == (before, [0, 1, 2])


def test_more_epochs_train_a_finished_run_on_as_if_they_had_been_asked_for_at_once(tmp_path):
    run = train_small(tmp_path / "run")
    assert resume_small(run, epochs=3).phase == "finished"
    assert run.read_record().config.training.epochs == 3
    assert_equal_runs(run, train_small(tmp_path / "expected", epochs=3))


@pytest.mark.parametrize(("steps", "epochs"), [(STEPS, 1), (2 * STEPS, 1), (2 * STEPS + 1, 2)])
def test_fewer_epochs_than_are_trained_are_refused_and_nothing_is_said_to_be_finished(steps, epochs, tmp_path):
    run = train_small(tmp_path / "run", epochs=3, stop_after=steps)
    trained = steps // STEPS
    with pytest.raises(ConfigError, match=rf"^epochs: {trained} of 3 are trained already; give more than {trained}, "):
        resume_small(run, epochs=epochs)
    assert (run.read_status().phase, run.read_status().epochs) == ("stopped", 3)
    assert resume_small(run, epochs=trained + 1).phase == "finished"
    assert run.read_record().is_finished


def test_one_cycle_cannot_be_extended_since_it_is_laid_over_the_epochs(tmp_path):
    run = train_small(tmp_path / "run", schedule="onecycle", stop_after=STEPS)
    with pytest.raises(ConfigError, match="onecycle schedule is laid over 2 epochs and cannot be extended"):
        resume_small(run, epochs=3)
    assert resume_small(run, epochs=2).phase == "finished"


def test_a_run_goes_on_in_the_precision_that_it_began_with(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "explorer.compute._time_steps", lambda compute, *_: {"fp32": 2.0, "bf16": 1.0}[compute.precision]
    )
    run = train_small(tmp_path / "run", stop_after=1, precision="auto")
    monkeypatch.delattr("explorer.compute._time_steps")
    resume_small(run)
    assert run.read_checkpoint()[1]["precision"] == "bf16"


def test_a_new_run_never_overwrites_another(tmp_path):
    train_small(tmp_path / "run")
    with pytest.raises(RunError, match="run holds a run already; choose another --out, or go on with train --resume"):
        train_small(tmp_path / "run")


def test_other_images_than_those_trained_on_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    write_idx(tmp_path / "data" / "shapes", train=32, test=16)
    run = train_small(tmp_path / "run", stop_after=1, dataset="shapes", batch_size=16)
    write_idx(tmp_path / "data" / "shapes", train=30, test=16)
    with pytest.raises(DatasetError, match="shapes here is not the data that run was trained on; start a new run"):
        resume_small(run)
    assert run.read_status().phase == "failed"


def test_images_that_are_not_there_leave_a_reason_and_no_run(tmp_path):
    run = Run(tmp_path / "run")
    with pytest.raises(DatasetError, match="There is no image set 'nowhere'") as error:
        train(small_config(dataset="nowhere"), run, after(None), ignore)
    assert not run.exists
    assert (run.read_status().phase, run.read_status().message) == ("failed", str(error.value))


def test_progress_is_reported_until_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "HEARTBEAT", math.inf)
    run, seen = Run(tmp_path / "run"), []
    train(small_config(), run, after(3), seen.append)
    resume(run, after(None), seen.append)
    assert [status.phase for status in seen] == [
        *("preparing", "training", "stopped"),
        *("preparing", "training", "training", "finished"),
    ]
    assert [status.epoch for status in seen if status.phase != "preparing"] == [0, 0.75, 1, 2, 2]
    assert seen[-1] == run.read_status()
