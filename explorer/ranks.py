"""The processes that train one run together: `torchrun` starts them, one process alone needs none of this.

Every rank holds all images and the same weights, and computes a slice of each batch. Rank 0 alone
reads and writes the run directory. Without torchrun no collective is ever called.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from safetensors.numpy import load, save
from torch import Tensor

from explorer.errors import ExplorerError, RunError

PATIENCE = timedelta(hours=1)  # one rank may decode a large folder while the others wait
Arrays = dict[str, NDArray[np.generic]]
T = TypeVar("T")


@dataclass(frozen=True)
class Ranks:
    """This process among `size`, and among the `local_size` on this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes the run."""
        return self.rank == 0

    def rows(self, count: int) -> slice:
        """The rows of `count` that this rank computes; none, where there are fewer rows than ranks."""
        return slice(*(-(-count * rank // self.size) for rank in (self.rank, self.rank + 1)))

    def any(self, flag: bool) -> bool:
        """Whether `flag` is true on any rank."""
        if self.size == 1:
            return flag
        flags = torch.tensor(int(flag))
        with _connected():
            dist.all_reduce(flags, dist.ReduceOp.MAX)
        return bool(flags)

    def sum(self, tensors: Sequence[Tensor], device: torch.device) -> None:
        """Replace each tensor by its sum over the ranks, which meet on `device`: all of them in one collective."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors]).to(device)
        with _connected():
            dist.all_reduce(flat)
        totals = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, total in zip(tensors, totals, strict=True):
            tensor.copy_(total.view(tensor.shape))

    def lead(self, work: Callable[[], object]) -> None:
        """Do `work` on rank 0 alone. An ExplorerError there is raised on all."""
        self.raise_together(_attempt(work)[1] if self.leads else None)

    def share(self, make: Callable[[], str]) -> str:
        """What `make` returns on rank 0, on every rank. An ExplorerError there is raised on all."""
        return make() if self.size == 1 else self._broadcast_from_first(lambda: make().encode()).decode()

    def share_arrays(self, make: Callable[[], Arrays]) -> Arrays:
        """The same for named arrays."""
        return make() if self.size == 1 else load(self._broadcast_from_first(lambda: save(make())))

    def in_turn(self, work: Callable[[], T]) -> T:
        """What `work` returns on each rank: done first on rank 0, then once a machine, then on the others.

        So all but the first find what it left in the cache. An ExplorerError on any rank is raised on all.
        """
        turn = 0 if self.rank == 0 else 1 if self.local_rank == 0 else 2
        for _ in range(turn):
            self.raise_together(None)
        result, failure = _attempt(work)
        for _ in range(3 - turn):
            self.raise_together(failure)
        return result  # type: ignore[return-value]

    def raise_together(self, failure: ExplorerError | None) -> None:
        """Raise on every rank, if any of them has a failure: its own, or that of the first which has one."""
        if self.size > 1:
            source = torch.tensor(self.rank if failure else self.size)
            with _connected():
                dist.all_reduce(source, dist.ReduceOp.MIN)
            if source < self.size:
                reason = self._broadcast(str(failure).encode(), int(source)).decode()
                raise failure or RunError(f"Rank {int(source)} of this run: {reason}")
        elif failure:
            raise failure

    def _broadcast_from_first(self, make: Callable[[], bytes]) -> bytes:
        content, failure = _attempt(make) if self.leads else (b"", None)
        self.raise_together(failure)
        return self._broadcast(content or b"", source=0)

    def _broadcast(self, content: bytes, source: int) -> bytes:
        length = torch.tensor(len(content))
        with _connected():
            dist.broadcast(length, source)
            array = np.frombuffer(content, np.uint8).copy() if self.rank == source else np.empty(int(length), np.uint8)
            dist.broadcast(torch.from_numpy(array), source)
        return array.tobytes()


ALONE = Ranks()


def here() -> Ranks:
    """This process as `torchrun` counts it, or alone; nothing is connected."""
    names = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1}
    return Ranks(*(int(os.environ.get(name, default)) for name, default in names.items()))


@contextmanager
def join() -> Iterator[Ranks]:
    """Connect the processes that `torchrun` started while the block runs: gloo between CPUs, nccl between GPUs."""
    ranks = here()
    if ranks.size == 1:
        yield ALONE
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    try:
        yield ranks
    finally:
        dist.destroy_process_group()


def _attempt(work: Callable[[], T]) -> tuple[T | None, ExplorerError | None]:
    try:
        return work(), None
    except ExplorerError as error:
        return None, error


@contextmanager
def _connected() -> Iterator[None]:
    """A collective: torch raises one of several RuntimeErrors where another rank is gone."""
    try:
        yield
    except RuntimeError as error:
        raise RunError("Another process of this run ended, so this one ends too; go on with train --resume.") from error
