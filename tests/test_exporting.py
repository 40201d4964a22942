"""A run to pass on: smaller, without the state to resume from, and as good."""

import json

import numpy as np
import pytest
from datasets_files import opened
from small_runs import assert_close, resume_small, train_small

from explorer.errors import RunError
from explorer.exporting import SNAPSHOTS, export_run
from explorer.inference import Session
from explorer.runs import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """A run of more snapshots than are passed on, with notes between its epochs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("explorer.loop.HEARTBEAT", 0)
        return train_small(tmp_path_factory.mktemp("runs") / "run", epochs=20, batch_size=1438)


@pytest.fixture
def exported(run, tmp_path) -> Run:
    return export_run(run, Run(tmp_path / "exported"), "scikit-learn, BSD.")


def test_weights_are_rounded_to_half_precision(run, exported):
    weights = exported.read_weights()
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float16)}
    assert_close(weights, run.read_weights(), atol=1e-3)


def test_nothing_of_the_process_is_passed_on(exported):
    files = {str(path.relative_to(exported.directory)) for path in exported.directory.rglob("*") if path.is_file()}
    snapshots = {name for name in files if name.startswith("snapshots/")}
    assert files - snapshots == {"run.json", "history.jsonl", "model.safetensors", "latents.safetensors"}
    assert not exported.has_checkpoint


def test_few_snapshots_are_passed_on_the_first_the_last_and_more_of_the_early_ones(run, exported):
    epochs = exported.snapshot_epochs()
    assert len(run.snapshot_epochs()) == 21 > SNAPSHOTS >= len(epochs)
    assert (epochs[0], epochs[-1]) == (0, 20)
    assert np.median(epochs) < 10
    assert_close(exported.read_snapshot(20), run.read_snapshot(20), atol=0)


def test_a_snapshot_that_is_passed_on_has_fewer_points(run, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.exporting.POINTS", 7)
    whole, few = (each.read_snapshot(20)["latents"] for each in (run, export_run(run, Run(tmp_path / "few"), "")))
    np.testing.assert_array_equal(few, whole[:7])


def test_every_epoch_of_the_history_is_passed_on_and_no_note_between(run, exported):
    assert len(run.read_history()) > len(run.read_epochs())
    assert exported.read_history() == run.read_epochs()


def test_the_record_is_that_of_the_run_with_a_credit(run, exported):
    record = exported.read_record()
    assert record.data.credit == "scikit-learn, BSD."
    assert record == run.read_record().model_copy(update={"data": record.data})


def test_a_credit_is_kept_when_a_copy_is_copied(exported, tmp_path):
    assert export_run(exported, Run(tmp_path / "again"), "").read_record().data.credit == "scikit-learn, BSD."


def test_a_copy_evaluates_like_the_run(run, exported):
    test_set = opened("digits", 12).select("test")
    ours, theirs = (Session(each).evaluate(test_set).model_dump(exclude_none=True) for each in (exported, run))
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_a_copy_is_finished_and_cannot_be_trained_on(exported):
    before = json.loads((exported.directory / "run.json").read_bytes())
    assert resume_small(exported).phase == "finished"
    with pytest.raises(RunError, match="exported was passed on without the state that training goes on from; start a"):
        resume_small(exported, epochs=30)
    assert json.loads((exported.directory / "run.json").read_bytes()) == before
    assert exported.read_status() is None


def test_a_copy_never_overwrites_a_run(run, exported):
    with pytest.raises(RunError, match="exported holds a run already; choose another --out"):
        export_run(run, exported, "")
