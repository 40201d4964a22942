"""Where and how training computes: device, CPU threads, and bf16 where a short timing shows that it pays."""

import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch

from explorer.errors import ConfigError
from explorer.ranks import ALONE, Ranks

Precision = Literal["fp32", "bf16"]
ROUNDS, STEPS = 5, 6  # short blocks, alternating, so that other load hits both alike
GAIN = 1.1  # bf16 must be this much faster to be worth its rounding
HOPELESS = 3.0  # bf16 that takes so many times as long in its first step needs no second


@dataclass(frozen=True)
class Compute:
    """A device and a precision; losses, sums and weights stay in float32 either way."""

    device: torch.device
    precision: Precision

    def autocast(self) -> AbstractContextManager[None]:
        """The context of a forward pass."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def describe(self) -> str:
        """ "CPU, 1 thread, bf16" or the GPU's name."""
        if self.device.type == "cuda":
            return f"{torch.cuda.get_device_name(self.device)}, {self.precision}"
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' * (threads > 1)}, {self.precision}"


def choose_device(wanted: Literal["auto", "cpu", "cuda"], ranks: Ranks = ALONE) -> torch.device:
    """The GPU when there is one, for each of several ranks its own, else the CPU.

    Raises ConfigError for a GPU that is not there.
    """
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ConfigError("device: there is no CUDA device here; choose cpu or auto.")
    if ranks.local_size > torch.cuda.device_count():
        raise ConfigError(
            f"device: {ranks.local_size} processes cannot share {torch.cuda.device_count()} GPUs; "
            "start one for each, or choose cpu."
        )
    return torch.device("cuda", ranks.local_rank)


def set_threads(wanted: int, ranks: Ranks = ALONE) -> None:
    """Use `wanted` CPU threads; 0: this rank's share of the cores, less one for the app that may be looking on."""
    torch.set_num_threads(wanted or max(1, (_cores() - 1) // ranks.local_size))
    torch.set_flush_denormal(True)  # Adam's moments of ever-black pixels decay into denormals, which are slow


def choose_precision(
    wanted: Literal["auto", "fp32", "bf16"], device: torch.device, step: Callable[[Compute], object]
) -> Precision:
    """The precision that is asked for, or the one in which `step`, a step of training, takes less time."""
    if wanted != "auto":
        return wanted
    candidates: tuple[Precision, ...] = ("fp32", "bf16")
    once = {each: _time_steps(Compute(device, each), step, 1) for each in candidates}
    if once["bf16"] > HOPELESS * once["fp32"]:  # a processor without bf16 is ten times as slow: it is not asked again
        return "fp32"
    times: dict[Precision, list[float]] = {each: [] for each in candidates}
    for _ in range(ROUNDS):
        for each in candidates:
            times[each].append(_time_steps(Compute(device, each), step, STEPS))
    gain = statistics.median(times["fp32"]) / statistics.median(times["bf16"])
    return candidates[gain > GAIN]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _time_steps(compute: Compute, step: Callable[[Compute], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        step(compute)
    if compute.device.type == "cuda":
        torch.cuda.synchronize(compute.device)
    return time.perf_counter() - start
