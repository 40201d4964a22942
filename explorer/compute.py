"""Where and how training computes: device, CPU threads, and bf16 where a short timing shows that it pays."""

import copy
import os
import statistics
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from explorer.config import ObjectiveConfig, TrainingConfig
from explorer.errors import ConfigError
from explorer.models.base import VAE
from explorer.objectives import vae_loss
from explorer.ranks import ALONE, Ranks

Precision = Literal["fp32", "bf16"]
ROUNDS, STEPS = 5, 6  # short blocks, alternating, so that other load hits both alike
GAIN = 1.1  # bf16 must be this much faster to be worth its rounding


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


def choose_compute(config: TrainingConfig, model: VAE, images: Tensor, objective: ObjectiveConfig) -> Compute:
    """Device of `images` and the precision that the config asks for or that a short timing prefers."""
    if config.precision != "auto":
        return Compute(images.device, config.precision)
    candidates = [Compute(images.device, "fp32"), Compute(images.device, "bf16")]
    times: dict[Precision, list[float]] = {"fp32": [], "bf16": []}
    trial = copy.deepcopy(model)
    for _ in range(ROUNDS):
        for compute in candidates:
            times[compute.precision].append(_time_steps(compute, trial, images, objective))
    gain = statistics.median(times["fp32"]) / statistics.median(times["bf16"])
    return candidates[gain > GAIN]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _time_steps(compute: Compute, model: VAE, images: Tensor, objective: ObjectiveConfig) -> float:
    noise = torch.zeros(len(images), model.config.latent_dim, device=compute.device)
    start = time.perf_counter()
    for _ in range(STEPS):
        with compute.autocast():
            output = model(images, noise)
        loss = vae_loss(
            output.logits, images, *output.posterior, reconstruction=objective.reconstruction, beta=objective.beta
        )
        loss.total.backward()  # type: ignore[no-untyped-call]
    if compute.device.type == "cuda":
        torch.cuda.synchronize(compute.device)
    return time.perf_counter() - start
