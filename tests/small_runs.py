"""Runs that train in an instant, and ways to interrupt them."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer import store
from explorer.config import RunConfig
from explorer.recipes import find_recipe
from explorer.records import Status
from explorer.runs import Run
from explorer.training import resume, train

STEPS = 4  # in an epoch of SMALL: 1,438 digits by 400
EPOCHS = 2
SMALL = {
    "image_size": 12,
    "hidden": 8,
    "epochs": EPOCHS,
    "batch_size": 400,
    "precision": "fp32",
    "device": "cpu",
    "threads": 1,
}
SMALL_CONV = {name: value for name, value in SMALL.items() if name != "hidden"} | {
    "dataset": "digits",
    "latent_dim": 2,
    "encoder_channels": 8,
    "encoder_blocks": 1,
    "decoder_channels": 8,
    "normalisation": "group",
}

SMALL_VQVAE = {name: value for name, value in SMALL.items() if name != "hidden"} | {
    "image_size": 16,
    "codebook_size": 16,
    "code_dim": 4,
    "hidden_channels": 8,
    "residual_blocks": 0,
    "prior_layers": 2,
    "prior_channels": 8,
    "prior_epochs": EPOCHS,
    "prior_batch_size": 400,
}


class Killed(BaseException):
    """The process died here: nothing catches this."""


def small_config(**changes: Any) -> RunConfig:
    """Digits of 12 × 12 pixels, two epochs of four steps."""
    return find_recipe("digits-2d").config.override(**(SMALL | changes))


def small_conv_config() -> RunConfig:
    """The same images and steps for a convolutional model."""
    return find_recipe("mnist-conv-20").config.override(**SMALL_CONV)


def small_flags(**changes: Any) -> list[str]:
    """The same for the command line."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in (SMALL | changes).items()]


def after(steps: int | None) -> Callable[[], bool]:
    """Ask to stop after so many steps; training asks before each one."""
    asked = itertools.count()
    return lambda: steps is not None and next(asked) >= steps


def train_small(directory: Path, stop_after: int | None = None, **changes: Any) -> Run:
    """Train `small_config(**changes)` in `directory`, to the end or for some steps."""
    run = Run(directory)
    train(small_config(**changes), run, after(stop_after), ignore)
    return run


def train_small_conv(directory: Path, stop_after: int | None = None) -> Run:
    """The same with a convolutional model."""
    run = Run(directory)
    train(small_conv_config(), run, after(stop_after), ignore)
    return run


def small_vqvae_config(**changes: Any) -> RunConfig:
    """Digits of 16 × 16 pixels as 4 × 4 codes out of 16, and a prior over them; two epochs each."""
    return find_recipe("digits-vqvae").config.override(**(SMALL_VQVAE | changes))


def train_small_vqvae(directory: Path, stop_after: int | None = None, **changes: Any) -> Run:
    """Train that in `directory`, both stages, to the end or for some steps in all."""
    run = Run(directory)
    train(small_vqvae_config(**changes), run, after(stop_after), ignore)
    return run


def resume_small(run: Run, epochs: int | None = None, stop_after: int | None = None) -> Status:
    """Go on with `run`, to the end or for some steps."""
    return resume(run, after(stop_after), ignore, epochs=epochs)


def ignore(_: Status) -> None:
    """Nobody looks on."""


def epochs_of(run: Run) -> list[int]:
    """The epochs that the history has an evaluation of."""
    return [line.epoch for line in run.read_epochs()]


def assert_equal_runs(run: Run, expected: Run) -> None:
    """Weights and history within 1e-4, and records of the same epochs; times may differ."""
    records = [each.read_record() for each in (run, expected)]
    assert len({(record.trained.epoch, record.best.epoch) for record in records}) == 1
    assert_close(run.read_weights(), expected.read_weights())
    lines, expected_lines = (
        [line.model_dump(exclude_none=True) for line in each.read_epochs()] for each in (run, expected)
    )
    assert len(lines) == len(expected_lines)
    for line, expected_line in zip(lines, expected_lines, strict=True):
        for name in line.keys() - {"event", "seconds", "images_per_second"}:
            assert line[name] == pytest.approx(expected_line[name], rel=1e-4, abs=1e-4), name


def assert_close(arrays: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]], atol: float = 1e-4) -> None:
    """The same names, and values within `atol`."""
    assert arrays.keys() == expected.keys()
    for name, array in arrays.items():
        np.testing.assert_allclose(array, expected[name], atol=atol, err_msg=name)


def change_json(path: Path, section: tuple[str, ...], **values: Any) -> None:
    """Overwrite fields of a section of a JSON file."""
    content = json.loads(path.read_bytes())
    target = content
    for name in section:
        target = target[name]
    target.update(values)
    path.write_text(json.dumps(content))


def kill_at(monkeypatch: pytest.MonkeyPatch, instant: int) -> None:
    """Die in write number `instant`, which is left half done."""
    writes = itertools.count()
    write, append = store.write_atomically, Run.append_history

    def dying_write(path: Path, content: bytes) -> None:
        if next(writes) == instant:
            path.with_name(f".{path.name}.part").write_bytes(content[: len(content) // 2])
            raise Killed
        write(path, content)

    def dying_append(run: Run, line: Any) -> None:
        if next(writes) == instant:
            with (run.directory / "history.jsonl").open("ab") as file:
                file.write(line.model_dump_json().encode()[:40])
            raise Killed
        append(run, line)

    monkeypatch.setattr(store, "write_atomically", dying_write)
    monkeypatch.setattr(Run, "append_history", dying_append)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another process; a minute is a hang."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the other process hangs"
        time.sleep(0.05)
