"""What learns: a model and its optimiser on a device, one step at a time.

A step is given the whole batch. This rank computes its rows of it, in pieces where memory is short;
the loss of a piece is weighted by its share of the batch, so that the gradients of all pieces on all
ranks add up to that of the batch's mean loss. What is random in a step is numbers drawn for the whole
batch, a row an image, which are divided like the images.

`autoencoders.py` and `prior_learner.py` say what the losses are.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from explorer import checkpoint
from explorer.augmentation import NUMBERS, augmented
from explorer.batches import AUGMENTATION, Batch, generator, pieces, to_unit
from explorer.checkpoint import Arrays
from explorer.compute import Compute, Precision, choose_device, choose_precision, set_threads
from explorer.config import TrainingConfig
from explorer.memory import Room
from explorer.ranks import Ranks

Augment = Callable[[Tensor, Tensor], Tensor]


class Given(NamedTuple):
    """Some images of a batch, and what their losses depend on.

    Attributes:
        images: (n, 1, H, W) in [0, 1], augmented or as they are.
        labels: int64 (n,), or None where the set has no classes.
        numbers: (n, ...), their rows of what is random in this step.
        beta: weight of the second part of a loss that has one.
    """

    images: Tensor
    labels: Tensor | None
    numbers: Tensor
    beta: float


class Losses(NamedTuple):
    """What some images give.

    Attributes:
        parts: scalars, means over the images; the first is what is minimised.
        sums: further tensors that are added up over all images of a step, on all ranks.
    """

    parts: tuple[Tensor, ...]
    sums: tuple[Tensor, ...] = ()


class Learner(ABC):
    """A model, untrained, and its optimiser.

    Attributes:
        parts: names of the parts of the loss.
        augment: what is done to the images of a step, given numbers for each; None leaves them as they are.
        sums: of each part over the images since they were last zeroed, on all ranks; (P,).
    """

    parts: ClassVar[tuple[str, ...]]

    def __init__(self, model: nn.Module, training: TrainingConfig, ranks: Ranks) -> None:
        self.model, self.training, self.ranks = model, training, ranks
        self.augment: Augment | None = augmented if training.augmentation == "scans" else None
        set_threads(training.threads, ranks)
        self._meeting = choose_device(training.device, ranks)  # where the ranks add up, also if one has to leave
        self.optimizer = Adam(model.parameters(), lr=training.learning_rate, fused=True)
        self.sums = torch.zeros(len(self.parts))
        self.compute = Compute(self._meeting, "fp32")
        self.room = Room(self._meeting, self.place)

    @abstractmethod
    def losses(self, model: nn.Module, given: Given) -> Losses:
        """The losses of some images under `model`, which has the form of `self.model`."""

    def numbers(self, step: int, count: int) -> Tensor:  # noqa: ARG002, of models without noise
        """What is random in a step beside augmentation, a row for each of `count` images."""
        return torch.zeros(count, 0)

    def no_sums(self) -> list[Tensor]:
        """The sums over no image: of the parts, and the further ones."""
        return [torch.zeros_like(self.sums)]

    def after_step(self, step: int, sums: list[Tensor]) -> None:  # noqa: B027, most models have no more to do
        """What follows a step of Adam, given the further sums of its losses over the whole batch."""

    def choose_precision(self, batch: Batch) -> Precision:
        """What the config asks for, or what suits a step with this batch; rank 0 decides."""
        batch = batch.rows(self.ranks.rows(len(batch)))
        trial = copy.deepcopy(self.model)

        def choose(most: int) -> Precision:
            few = batch.rows(slice(0, most))
            trial.to(self.room.device)
            return choose_precision(
                self.training.precision,
                self.room.device,
                lambda compute: self._backward(trial, compute, few, self._drawn(0, len(few)), 1.0, len(few)),
            )

        return "bf16" if self.ranks.share(lambda: self.room.fit(len(batch), choose)) == "bf16" else "fp32"

    def use(self, precision: Precision) -> None:
        """Compute the steps in `precision` from now on."""
        self.compute = replace(self.compute, precision=precision)

    def step(self, batch: Batch, number: int, *, rate: float, beta: float) -> None:
        """Step `number` of Adam, with the whole batch."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows, drawn = self.ranks.rows(len(batch)), self._drawn(number, len(batch))
        sums = self.room.fit(
            rows.stop - rows.start, lambda most: self._accumulate(batch, drawn, pieces(rows, most), beta)
        )
        if self.ranks.size > 1:
            self._add_ranks(sums)
        self.room.fit(1, lambda _: self.optimizer.step())
        self.sums += sums[0].to(self.sums.device)
        self.after_step(number, sums[1:])

    def pack(self) -> Arrays:
        """All that learning goes on from, as named arrays."""
        return checkpoint.pack(self.model, self.optimizer) | {"sums": self.sums.cpu().numpy()}

    def unpack(self, arrays: Arrays) -> None:
        """The reverse of `pack`. Raises RunError for weights that do not fit, KeyError for what is missing."""
        self.sums.copy_(torch.from_numpy(arrays["sums"]))
        checkpoint.unpack(arrays, self.model, self.optimizer)

    def place(self, device: torch.device) -> None:
        """Bring all that computes to `device`."""
        self.model.to(device)
        for state in self.optimizer.state.values():
            if len(state) < 3:  # Adam ran out of memory before it had both moments
                state.clear()
            state.update({name: tensor.to(device) for name, tensor in state.items()})
        self.sums = self.sums.to(device)
        self.compute = replace(self.compute, device=device)

    def _drawn(self, step: int, count: int) -> tuple[Tensor, Tensor]:
        """The numbers of a step for augmentation (B, 6), and the others."""
        source = generator(self.training.seed, AUGMENTATION, step)
        return torch.rand(count, NUMBERS, generator=source), self.numbers(step, count)

    def _accumulate(
        self, batch: Batch, drawn: tuple[Tensor, Tensor], rows: Iterator[slice], beta: float
    ) -> list[Tensor]:
        """Leave the gradient of these rows' part of the mean loss; returns their sums."""
        self.optimizer.zero_grad(set_to_none=True)
        sums = self.no_sums()
        for piece in rows:
            part = batch.rows(piece), (drawn[0][piece], drawn[1][piece])
            found = self._backward(self.model, self.compute, *part, beta, len(batch))
            sums = [before + each for before, each in zip(sums, found, strict=True)]
        return sums

    def _backward(
        self, model: nn.Module, compute: Compute, part: Batch, drawn: tuple[Tensor, Tensor], beta: float, whole: int
    ) -> list[Tensor]:
        """Add the gradient of one piece of a batch of `whole` images; returns its sums."""
        device = compute.device
        images = to_unit(part.pixels.to(device))
        if self.augment:
            images = self.augment(images, drawn[0].to(device))
        labels = None if part.labels is None else part.labels.to(device)
        with compute.autocast():
            found = self.losses(model, Given(images, labels, drawn[1].to(device, non_blocking=True), beta))
        (found.parts[0] * (len(images) / whole)).backward()  # type: ignore[no-untyped-call]
        return [torch.stack(found.parts).detach() * len(images), *found.sums]

    def _add_ranks(self, sums: list[Tensor]) -> None:
        parameters = list(self.model.parameters())
        for parameter in parameters:
            if parameter.grad is None:  # no row of a small last batch was for this rank
                parameter.grad = torch.zeros_like(parameter)
        self.ranks.sum(
            [*(parameter.grad for parameter in parameters if parameter.grad is not None), *sums], self._meeting
        )
