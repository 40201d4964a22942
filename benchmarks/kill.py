"""A training that is killed (SIGKILL) again and again at random instants, beside one that nobody touches.

Each of ten runs is killed ten times and goes on every time; then all finish the same epoch. They
note and save often within an epoch, so that kills hit those too.

Run from the project's folder: python -m benchmarks.kill [KILLS OF EACH RUN]
"""

import json
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from threading import RLock

import numpy as np
from tqdm import tqdm

from explorer import loop
from explorer.__main__ import main as explorer
from explorer.inference import Session
from explorer.records import EpochLine
from explorer.runs import Run

RUNS, KILLS, SEED = 10, 10, 0
LONGEST = 2.0  # seconds that a process lives at most
ENDLESS = 10_000  # epochs
NEW = [
    "train",
    "digits-2d",
    "--image-size=12",
    "--hidden=64",
    "--batch-size=8",
    "--precision=fp32",
    "--device=cpu",
    "--threads=1",
]
INSTANTS = ("before the first checkpoint", "while starting again", "within an epoch", "while saving")
PROCESSES = multiprocessing.get_context("forkserver")  # forked where torch is imported: real, and quick to start
PROCESSES.set_forkserver_preload(["explorer.training", "explorer.__main__", "sklearn.datasets", "torch._dynamo"])


def _numbers(line: EpochLine) -> dict[str, float]:
    """What was measured on the test images."""
    return line.test.model_dump(exclude_none=True)


def main() -> None:
    """Print where the kills hit, and how far the runs are from the untouched one."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    random = Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPLORER_RUNS"] = folder
        runs = [Run(Path(folder) / f"killed-{number}") for number in range(RUNS)]
        instants = sum((kill_often(run, kills, random) for run in runs), Counter())
        epochs = 1 + max(map(epoch_of, runs))
        untouched = Run(Path(folder) / "untouched")
        for run in (*runs, untouched):
            finish(run, epochs)
        curve, weights = zip(*(differences(run, untouched) for run in runs), strict=True)
    for instant in INSTANTS:
        print(f"{instants[instant]:5d} {instant}")
    print(f"{instants.total():5d} kills of {RUNS} runs, which all went on and finished epoch {epochs}")
    print(
        f"largest difference from the untouched run: {max(curve):.1e} in its curves, {max(weights):.1e} in its weights"
    )


def kill_often(run: Run, kills: int, random: Random) -> "Counter[str]":
    """Train `run` in processes that are killed at random instants; returns how many kills hit which."""
    instants: Counter[str] = Counter()
    for _ in range(kills):
        process = start(run, ENDLESS)
        process.join(random.uniform(0, LONGEST))
        process.kill()
        process.join()
        instants[instant_of(run)] += 1
        if run.exists:
            Session(run).sample(1, seed=0)
    return instants


def finish(run: Run, epochs: int) -> None:
    """Train `run` to the end of an epoch."""
    process = start(run, epochs)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{run.name} did not go on: exit code {process.exitcode}")


def epoch_of(run: Run) -> int:
    """The epoch whose weights are saved; 0 before the first."""
    return run.read_record().trained.epoch if run.exists else 0


def start(run: Run, epochs: int) -> ForkServerProcess:
    """A process that begins with `run`, or goes on with it."""
    command = ["train", "--resume", str(run.directory)] if run.exists else [*NEW, "--out", str(run.directory)]
    process = PROCESSES.Process(target=_train, args=(dict(os.environ), [*command, "--epochs", str(epochs)]))
    process.start()
    return process


def instant_of(run: Run) -> str:
    """What the process that was killed had just been doing."""
    unfinished = list(run.directory.rglob(".*.part"))
    for file in unfinished:
        file.unlink()
    if not run.has_checkpoint:
        return "before the first checkpoint"
    saved = json.loads(run.read_checkpoint()[1]["clock"])["epoch"]
    if unfinished or run.read_epochs()[-1].epoch > saved:
        return "while saving"
    return "while starting again" if run.read_status().phase == "preparing" else "within an epoch"


def differences(run: Run, expected: Run) -> tuple[float, float]:
    """The largest in any number of any epoch, and in any weight."""
    curve = max(
        abs(_numbers(one)[name] - _numbers(other)[name])
        for one, other in zip(run.read_epochs(), expected.read_epochs(), strict=True)
        for name in _numbers(one)
    )
    weights, others = run.read_weights(), expected.read_weights()
    return curve, max(float(np.abs(array - others[name]).max()) for name, array in weights.items())


def _train(environment: dict[str, str], arguments: list[str]) -> None:
    os.environ.update(environment)
    tqdm.set_lock(RLock())  # the lock that it makes itself would outlive a process that is killed
    loop.HEARTBEAT, loop.SAVE_EVERY = 0.1, 0.2
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        sys.exit(explorer(arguments))


if __name__ == "__main__":
    main()
