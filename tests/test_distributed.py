"""Several processes that train one run: they become what one process becomes, and end together."""

import functools
import itertools
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch.distributed as dist
from datasets_files import write_idx
from small_runs import SMALL, STEPS, assert_equal_runs, resume_small, small_flags, train_small, train_small_conv
from tqdm import tqdm

from explorer import autoencoders, compute
from explorer.__main__ import main
from explorer.inference import Session
from explorer.models.base import VariationalAutoencoder
from explorer.paths import PROJECT
from explorer.ranks import Ranks
from explorer.runs import Run

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["explorer.training", "explorer.__main__", "sklearn.datasets", "torch._dynamo"])
UNEVEN = {"batch_size": 479}  # the last batch of an epoch has one image: nothing for the second rank
Spoil = Callable[[int], None]


def unspoilt(rank: int) -> None:
    """Every rank as it should be."""


def on_ranks(size: int, *arguments: object, spoil: Spoil = unspoilt) -> list[int]:
    """The exit codes of a command that `size` processes run together, each after `spoil(rank)`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    counts = {"WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size)}
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    processes = [
        PROCESSES.Process(
            target=run_rank,
            args=(rank, dict(os.environ) | counts | meeting, spoil, [*map(str, arguments)]),
        )
        for rank in range(size)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        process.kill()
    return [process.exitcode for process in processes]


def run_rank(rank: int, environment: dict[str, str], spoil: Spoil, arguments: list[str]) -> None:
    """What torchrun makes each process do."""
    os.environ.clear()
    os.environ.update(environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
    tqdm.set_lock(threading.RLock())  # the lock that it makes itself would outlive a process that is killed
    spoil(rank)
    sys.exit(main(arguments))


def at_step(step: int, act: Callable[[], object]) -> None:
    """Make this process do something while it is in a step."""
    noise = autoencoders.step_noise

    def acting_noise(seed: int, now: int, *rest: object) -> object:
        if now == step:
            act()
        return noise(seed, now, *rest)

    autoencoders.step_noise = acting_noise


def signalled(spoilt_rank: int, number: int, rank: int) -> None:
    """That rank gets a signal in its sixth step."""
    if rank == spoilt_rank:
        at_step(5, functools.partial(os.kill, os.getpid(), number))


def stop_requested(directory: Path, rank: int) -> None:
    """Rank 0's machine sees a request to stop in the sixth step."""
    if rank == 0:
        at_step(5, Run(directory).request_stop)


def out_of_memory(rank: int) -> None:
    """The second rank has memory for 100 images at once."""
    encode = VariationalAutoencoder.encode

    def limited(model, images):
        if len(images) > 100:
            raise MemoryError
        return encode(model, images)

    if rank == 1:
        VariationalAutoencoder.encode = limited


def timed_on_rank_0_alone(rank: int) -> None:
    """Half precision is faster, and only the first rank can know."""
    if rank == 0:
        compute._time_steps = lambda each, *_: {"fp32": 2.0, "bf16": 1.0}[each.precision]
    else:
        del compute._time_steps


def own_data_root(root: Path, rank: int) -> None:
    """Every rank is a machine with images of its own."""
    os.environ["EXPLORER_DATA"] = str(root / f"machine-{rank}")


def own_folder(root: Path, rank: int) -> None:
    """Every rank is a machine with a disk of its own."""
    os.chdir(root / f"machine-{rank}")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """What one process makes of SMALL; only for reading."""
    return train_small(tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture
def new(tmp_path) -> tuple[object, ...]:
    """The command that trains SMALL in `tmp_path / "run"`."""
    return ("train", "digits-2d", *small_flags(), "--out", tmp_path / "run")


# slices


def test_every_row_is_computed_by_one_rank_and_the_first_rank_always_has_one():
    for count, size in itertools.product(range(12), range(1, 6)):
        slices = [Ranks(rank, size).rows(count) for rank in range(size)]
        assert [row for rows in slices for row in range(count)[rows]] == [*range(count)]
        lengths = [rows.stop - rows.start for rows in slices]
        assert max(lengths) - min(lengths) <= 1
        assert lengths[0] == max(lengths)


def test_one_process_connects_to_nobody(tmp_path, monkeypatch):
    for name in ("init_process_group", "all_reduce", "broadcast"):
        monkeypatch.delattr(dist, name)
    assert train_small(tmp_path / "run", epochs=1).read_status().phase == "finished"
    assert not dist.is_initialized()


# equal to one process


def test_torchrun_trains_one_run_that_is_what_one_process_makes(tmp_path):
    ranks = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = ["-m", "explorer", "train", "digits-2d", *small_flags(**UNEVEN), "--out", str(tmp_path / "run")]
    result = subprocess.run([*ranks, *command], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines().count(str(tmp_path / "run")) == 1
    run, expected = Run(tmp_path / "run"), train_small(tmp_path / "expected", **UNEVEN)
    assert_equal_runs(run, expected)
    assert run.read_record().hardware == "2 × CPU, 1 thread, fp32"
    written, usual = ({path.name for path in each.directory.rglob("*")} for each in (run, expected))
    assert written == usual | {"calibration.safetensors"}  # which the command adds


def test_a_rank_that_is_short_of_memory_computes_its_rows_in_pieces(tmp_path):
    expected = train_small_conv(tmp_path / "expected")  # channels last, as are its gradients
    run = train_small_conv(tmp_path / "run", stop_after=1)
    assert on_ranks(2, "train", "--resume", run.directory, spoil=out_of_memory) == [0, 0]
    assert_equal_runs(run, expected)


def test_rank_0_chooses_the_precision_for_all(tmp_path):
    flags = small_flags(precision="auto", epochs=1)
    assert on_ranks(2, "train", "digits-2d", *flags, "--out", tmp_path / "run", spoil=timed_on_rank_0_alone) == [0, 0]
    assert Run(tmp_path / "run").read_checkpoint()[1]["precision"] == "bf16"


# another number of processes


def test_a_run_of_one_process_goes_on_in_three(whole, tmp_path):
    run = train_small(tmp_path / "run", stop_after=STEPS + 1)
    assert on_ranks(3, "train", "--resume", run.directory) == [0, 0, 0]
    assert run.read_status().phase == "finished"
    assert_equal_runs(run, whole)


def test_a_run_goes_on_though_only_the_first_rank_sees_its_directory(whole, tmp_path):
    for rank in range(2):
        (tmp_path / f"machine-{rank}").mkdir()
    run = train_small(tmp_path / "machine-0" / "run", stop_after=STEPS + 1)
    assert on_ranks(2, "train", "--resume", "run", spoil=functools.partial(own_folder, tmp_path)) == [0, 0]
    assert_equal_runs(run, whole)
    assert [*(tmp_path / "machine-1").iterdir()] == []


def test_a_finished_run_is_finished_for_every_rank(tmp_path):
    run = train_small(tmp_path / "run", epochs=1)
    assert on_ranks(2, "train", "--resume", run.directory) == [0, 0]


# ending together


@pytest.mark.parametrize("spoilt_rank", [0, 1, "file"])
def test_a_stop_asked_of_any_rank_is_obeyed_by_all_at_the_same_step(spoilt_rank, new, whole, tmp_path):
    run = Run(tmp_path / "run")
    stop = functools.partial(signalled, spoilt_rank, signal.SIGTERM)
    spoil = functools.partial(stop_requested, run.directory) if spoilt_rank == "file" else stop
    assert on_ranks(2, *new, spoil=spoil) == [0, 0]
    assert run.read_status().phase == "stopped"
    assert json.loads(run.read_checkpoint()[1]["clock"])["step"] == 6
    resume_small(run)
    assert_equal_runs(run, whole)


@pytest.mark.parametrize("dying_rank", [0, 1])
def test_a_rank_that_dies_ends_the_others_and_leaves_a_run_to_go_on_with(dying_rank, new, whole, tmp_path):
    codes = on_ranks(2, *new, spoil=functools.partial(signalled, dying_rank, signal.SIGKILL))
    assert codes[dying_rank] == -signal.SIGKILL
    assert codes[1 - dying_rank] == 2
    run = Run(tmp_path / "run")
    if dying_rank == 1:
        assert run.read_status().phase == "failed"
        assert run.read_status().message.startswith("Another process of this run ended, so this one ends too;")
    Session(run).sample(1, seed=0)
    resume_small(run)
    assert_equal_runs(run, whole)


def test_images_that_the_first_rank_cannot_open_end_all(tmp_path):
    flags = (*small_flags(), "--data", "nowhere", "--out", tmp_path / "run")
    assert on_ranks(2, "train", "digits-2d", *flags) == [2, 2]
    assert Run(tmp_path / "run").read_status().message.startswith("There is no image set 'nowhere'")


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [(0, "Rank 1 of this run: There is no image set 'shapes'"), (30, "Rank 1 of this run: shapes here is not what")],
    ids=["none", "others"],
)
def test_images_that_another_machine_lacks_end_all_and_the_run_says_so(theirs, reason, tmp_path):
    write_idx(tmp_path / "machine-0" / "shapes", train=32, test=16)
    (tmp_path / "machine-1").mkdir()
    if theirs:
        write_idx(tmp_path / "machine-1" / "shapes", train=theirs, test=16)
    flags = (*small_flags(batch_size=16), "--data", "shapes", "--out", tmp_path / "run")
    assert on_ranks(2, "train", "digits-2d", *flags, spoil=functools.partial(own_data_root, tmp_path)) == [2, 2]
    status = Run(tmp_path / "run").read_status()
    assert (status.phase, status.message[: len(reason)]) == ("failed", reason)


def test_a_directory_that_holds_a_run_is_refused_by_all(tmp_path):
    train_small(tmp_path / "run", stop_after=0)
    assert on_ranks(2, "train", "digits-2d", *small_flags(), "--out", tmp_path / "run") == [2, 2]
    assert SMALL["epochs"] == Run(tmp_path / "run").read_record().config.training.epochs
