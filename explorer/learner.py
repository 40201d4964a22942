"""What learns: a model and its optimiser on a device, one step at a time.

A step is given the whole batch. This rank computes its rows of it, in pieces where memory is short;
the loss of a piece is weighted by its share of the batch, so that the gradients of all pieces on all
ranks add up to that of the batch's mean loss.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor
from torch.optim import Adam

from explorer import checkpoint
from explorer.batches import pieces, to_unit
from explorer.checkpoint import Arrays
from explorer.compute import Compute, Precision, choose_compute, choose_device, set_threads
from explorer.config import RunConfig
from explorer.evaluation import BATCH, Evaluated, evaluate
from explorer.memory import Room
from explorer.models import build_model
from explorer.objectives import PARTS, vae_loss
from explorer.ranks import Ranks


class Learner:
    """The model of `config`, untrained, and its optimiser.

    Attributes:
        sums: of each loss part over the images since they were last zeroed, on all ranks; (3,).
    """

    def __init__(self, config: RunConfig, ranks: Ranks) -> None:
        self.config, self.ranks = config, ranks
        set_threads(config.training.threads, ranks)
        self._meeting = choose_device(config.training.device, ranks)  # where the ranks add up, also if one has to leave
        torch.manual_seed(config.training.seed)
        self.model = build_model(config.model)
        self.optimizer = Adam(self.model.parameters(), lr=config.training.learning_rate, fused=True)
        self.sums = torch.zeros(len(PARTS))
        self.compute = Compute(self._meeting, "fp32")
        self.room = Room(self._meeting, self._place)

    def choose_precision(self, images: Tensor) -> Precision:
        """What the config asks for, or what suits a step with uint8 images (N, 1, H, W); rank 0 decides."""
        images = images[self.ranks.rows(len(images))]
        training, objective = self.config.training, self.config.objective

        def choose(most: int) -> Precision:
            trial = to_unit(images[:most].to(self.room.device))
            return choose_compute(training, self.model, trial, objective).precision

        return "bf16" if self.ranks.share(lambda: self.room.fit(len(images), choose)) == "bf16" else "fp32"

    def use(self, precision: Precision) -> None:
        """Compute the steps in `precision` from now on."""
        self.compute = replace(self.compute, precision=precision)

    def step(self, pixels: Tensor, noise: Tensor, *, rate: float, beta: float) -> None:
        """One step of Adam with the whole batch: uint8 (B, 1, H, W) and standard normal noise (B, L)."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows = self.ranks.rows(len(pixels))
        sums = self.room.fit(
            rows.stop - rows.start, lambda most: self._accumulate(pixels, noise, pieces(rows, most), beta)
        )
        if self.ranks.size > 1:
            self._add_ranks(sums)
        self.room.fit(1, lambda _: self.optimizer.step())
        self.sums += sums.to(self.sums.device)

    def evaluate(self, images: Tensor, beta: float) -> Evaluated:
        """The numbers of `evaluation.py` on uint8 images (N, 1, H, W)."""

        def run(most: int) -> Evaluated:
            return evaluate(self.model, images, self.config.objective, beta=beta, batch=most, ranks=self.ranks)

        return self.room.fit(min(BATCH, len(images)), run)

    def pack(self) -> Arrays:
        """All that learning goes on from, as named arrays."""
        return checkpoint.pack(self.model, self.optimizer) | {"sums": self.sums.cpu().numpy()}

    def unpack(self, arrays: Arrays) -> None:
        """The reverse of `pack`. Raises RunError for weights that do not fit, KeyError for what is missing."""
        self.sums.copy_(torch.from_numpy(arrays["sums"]))
        checkpoint.unpack(arrays, self.model, self.optimizer)

    def _accumulate(self, pixels: Tensor, noise: Tensor, rows: Iterator[slice], beta: float) -> Tensor:
        """Leave the gradient of these rows' part of the mean loss; returns their sums of the loss parts."""
        self.optimizer.zero_grad(set_to_none=True)
        sums = torch.zeros_like(self.sums)
        device, kind = self.room.device, self.config.objective.reconstruction
        for piece in rows:
            images = to_unit(pixels[piece].to(device))
            with self.compute.autocast():
                output = self.model(images, noise[piece].to(device, non_blocking=True))
            loss = vae_loss(output.logits, images, *output.posterior, reconstruction=kind, beta=beta)
            (loss.total * (len(images) / len(pixels))).backward()  # type: ignore[no-untyped-call]
            sums += torch.stack(loss).detach() * len(images)
        return sums

    def _add_ranks(self, sums: Tensor) -> None:
        parameters = list(self.model.parameters())
        for parameter in parameters:
            if parameter.grad is None:  # no row of a small last batch was for this rank
                parameter.grad = torch.zeros_like(parameter)
        self.ranks.sum(
            [*(parameter.grad for parameter in parameters if parameter.grad is not None), sums], self._meeting
        )

    def _place(self, device: torch.device) -> None:
        self.model.to(device)
        for state in self.optimizer.state.values():
            if len(state) < 3:  # Adam ran out of memory before it had both moments
                state.clear()
            state.update({name: tensor.to(device) for name, tensor in state.items()})
        self.sums = self.sums.to(device)
        self.compute = replace(self.compute, device=device)
