"""The run directory: what is written is read back, and what is broken is a sentence."""

import errno
import fcntl
import json
import math
import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from small_runs import assert_close, change_json, train_small

from explorer import loop
from explorer.errors import RunError
from explorer.inference import Session
from explorer.paths import PRETRAINED, PROJECT
from explorer.records import RunningLine, Status
from explorer.runs import Run


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A run whose history has two lines, whatever else this machine does."""
    monkeypatch.setattr(loop, "HEARTBEAT", math.inf)
    return train_small(tmp_path / "run", epochs=1)


def append_bytes(run: Run, content: bytes) -> None:
    with (run.directory / "history.jsonl").open("ab") as file:
        file.write(content)


# run.json


def test_a_directory_without_a_record_holds_no_run(tmp_path):
    run = Run(tmp_path)
    assert (run.exists, run.version, run.read_status(), run.read_history()) == (False, 0, None, [])
    with pytest.raises(RunError, match=r"holds no run: it has no run\.json"):
        run.read_record()


def test_a_record_survives_writing(run):
    record = run.read_record()
    run.write_record(record)
    assert run.read_record() == record


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ({"hidden": 10**12}, r"config\.model\.hidden: Input should be less than or equal to 8192"),
        ({"image_size": 10**6}, r"config\.model\.image_size: Input should be less than or equal to 256"),
        ({"latent_dim": 10**9}, r"config\.model\.latent_dim: Input should be less than or equal to 512"),
        ({"latent_dim": -1}, r"config\.model\.latent_dim: Input should be greater than or equal to 1"),
        ({"hidden": 8192, "image_size": 256}, r"config\.model: the model would have 1,073,872,900 parameters"),
    ],
)
def test_sizes_out_of_bounds_are_refused_before_a_model_is_built(size, reason, run, monkeypatch):
    monkeypatch.setattr("explorer.inference.build_model", lambda _: pytest.fail("a model was built"))
    change_json(run.directory / "run.json", ("config", "model"), **size)
    with pytest.raises(RunError, match=rf"run\.json is broken: {reason}") as error:
        Session(run)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 2}'])
def test_a_record_that_is_none_is_a_sentence(content, run):
    (run.directory / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json is broken: .+\.$"):
        run.read_record()


def test_fields_of_a_later_version_are_ignored(run):
    record = run.read_record()
    change_json(run.directory / "run.json", (), mood="sunny")
    assert run.read_record() == record


@pytest.mark.parametrize("spelling", ["pretrained/mnist-20", "explorer/../pretrained/mnist-20", "link"])
def test_a_shipped_run_is_one_however_its_directory_is_spelled(spelling, run, tmp_path):
    (tmp_path / "link").symlink_to(PRETRAINED / "mnist-20")
    assert Run((tmp_path if spelling == "link" else PROJECT) / spelling).is_shipped
    assert not run.is_shipped


# history


def test_a_torn_last_line_of_the_history_is_left_out(run):
    history = run.read_history()
    append_bytes(run, b'{"event":"epoch","epo')
    assert run.read_history() == history


@pytest.mark.parametrize("line", [b"", b"{", b"[1]", b"null", b'{"event":"epoch","epoch":2}', b"\xff"])
def test_a_broken_line_before_the_last_is_named(line, run):
    append_bytes(run, line + b"\n" + run.read_epochs()[0].model_dump_json().encode() + b"\n")
    with pytest.raises(RunError, match=r"history\.jsonl, line 3, is broken: .+\.$"):
        run.read_history()


def test_history_is_rewound_to_a_step_and_an_epoch(run):
    notes = [RunningLine(epoch=e, step=s, images_per_second=1, train={}) for e, s in ((1.5, 6), (1.75, 7), (2.0, 8))]
    second = run.read_epochs()[1].model_copy(update={"epoch": 2, "step": 8})
    kept = [*run.read_history(), *notes]
    run.write_history([*kept, second, notes[0].model_copy(update={"step": 9})])
    append_bytes(run, b"torn")
    run.rewind_history(step=8, epoch=1)
    assert run.read_history() == kept
    run.append_history(second)
    assert run.read_history() == [*kept, second]


# arrays


def test_arrays_keep_their_values_types_and_layout(run):
    arrays = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.ones((2, 2), np.float16)}
    run.write_latents({"a": arrays["a"].T, "b": arrays["b"]})
    latents = run.read_latents()
    assert latents["b"].dtype == np.float16
    assert_close(latents, {"a": arrays["a"].T, "b": arrays["b"]}, atol=0)


def test_other_weights_are_another_version(run):
    before = run.version
    run.write_latents(run.read_latents())
    assert run.version == before
    run.write_weights(run.read_weights())
    assert run.version != before


@pytest.mark.parametrize("content", [b"", b"not tensors", (2**62).to_bytes(8, "little") + b"{}"])
def test_a_file_of_no_tensors_is_a_sentence(content, run):
    (run.directory / "model.safetensors").write_bytes(content)
    with pytest.raises(RunError, match=r"model\.safetensors cannot be read \(.+\)\.$"):
        run.read_weights()


def test_a_file_of_numbers_that_numpy_lacks_is_a_sentence(run):
    save_file({"encoder.1.weight": torch.zeros(2, dtype=torch.bfloat16)}, run.directory / "model.safetensors")
    with pytest.raises(RunError, match=r"model\.safetensors cannot be read"):
        run.read_weights()


def test_a_missing_file_is_named(run):
    (run.directory / "latents.safetensors").unlink()
    with pytest.raises(RunError, match=r"has no latents\.safetensors; the run is incomplete"):
        run.read_latents()


def test_snapshots_come_in_the_order_of_their_epochs(run):
    for epoch in (10, 2, 100_000):
        run.write_snapshot(epoch, run.read_snapshot(0) | {"latents": np.full(1, epoch)})
    assert run.snapshot_epochs() == [0, 1, 2, 10, 100_000]
    assert run.read_snapshot(10)["latents"] == 10


@pytest.mark.parametrize("names", [["reconstructions"], ["rows"], ["reconstructions", "rows"]])
def test_what_a_snapshot_lacks_is_named(names, run):
    run.write_snapshot(1, {name: array for name, array in run.read_snapshot(1).items() if name not in names})
    with pytest.raises(RunError, match=rf"epoch-00001\.safetensors has no {' and no '.join(names)}; remove the file"):
        run.read_snapshot(1)


def test_nothing_half_written_is_left_beside_a_run(run):
    assert [path.name for path in run.directory.rglob("*") if path.name.startswith(".")] == []


# the process


def test_a_status_survives_writing_and_a_broken_one_is_a_sentence(run):
    status = Status(phase="training", epoch=0.5, epochs=2, seconds_left=3.0, running={"total": 1.0})
    run.write_status(status)
    assert run.read_status() == status
    (run.directory / "status.json").write_text(json.dumps({"phase": "dreaming"}))
    with pytest.raises(RunError, match=r"status\.json is broken: phase: "):
        run.read_status()


def test_a_run_is_running_while_its_lock_is_held_and_not_because_the_file_is_there(run):
    with run.locked():
        assert run.is_running
    assert (run.directory / "lock").exists()
    assert not run.is_running


def test_a_run_that_may_only_be_read_is_seen_to_be_running(run, monkeypatch):
    def refuse(path, flags, *rest, **options):
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return os_open(path, flags, *rest, **options)

    os_open = os.open
    with run.locked(), monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert Run(run.directory).is_running
    assert not run.is_running


def test_two_that_look_at_a_run_do_not_see_each_other(run):
    with run.locked():
        pass
    with (run.directory / "lock").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # as `is_running` does for an instant
        assert not run.is_running
