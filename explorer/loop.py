"""One stage of a training run in a process: epochs of steps, how far it is, and what is saved when.

Whoever trains evaluates and saves the untrained model as epoch 0 and then after every epoch, last of all
the checkpoint. A kill at any instant loses at most what was done since the last checkpoint; a stop is
asked for between steps and loses nothing.

Several processes may be one run (`ranks.py`): each computes its rows of every batch and has the same
weights, sums and clock; only rank 0 touches the run directory.
"""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from explorer import checkpoint
from explorer.batches import Batch, shuffled
from explorer.checkpoint import Arrays
from explorer.clock import Clock, Stopwatch
from explorer.config import TrainingConfig
from explorer.errors import RunError
from explorer.learner import Learner
from explorer.records import Parts, Phase, RunningLine, Stage, Status
from explorer.runs import Run
from explorer.schedule import learning_rate
from explorer.store import Store

HEARTBEAT = 1.0  # seconds between two notes of the running loss
SAVE_EVERY = 60.0  # seconds between two checkpoints within a long epoch

Report = Callable[[Status], None]
ShouldStop = Callable[[], bool]


class Loop(ABC):
    """A stage of `run`: `learner` learns from the training images, and `store` keeps its history and checkpoint."""

    stage: ClassVar[Stage]

    def __init__(
        self, run: Run, store: Store, learner: Learner, train: Batch, settings: TrainingConfig, report: Report
    ) -> None:
        self.run, self.store, self.learner, self.train, self.settings = run, store, learner, train, settings
        self.report, self.ranks = report, learner.ranks
        self.batches = math.ceil(len(train) / settings.batch_size)  # in an epoch; the last may be smaller
        self.clock = Clock()
        self.told: tuple[str, ...] = ()  # notices that were reported

    @abstractmethod
    def save(self, train: Parts, rate: float) -> None:
        """Evaluate the model as it is and write all that an epoch leaves, but the checkpoint."""

    def beta(self) -> float:
        """Weight of the loss's second part at this instant, for losses that have one."""
        return 1.0

    def learning_rate(self) -> float:
        """Of the step at hand."""
        return learning_rate(self.settings, self.clock.step, self.settings.epochs * self.batches)

    def begin(self) -> None:
        """Choose the precision, and save the untrained model as epoch 0."""
        self.learner.use(self.learner.choose_precision(self.train.rows(slice(0, self.settings.batch_size))))
        if self.ranks.leads:
            self.store.make_directory()
            self.store.rewind_history(step=-1, epoch=-1)
        self._end_epoch({}, rate=0.0)

    def restore(self) -> None:
        """Go on from the checkpoint and drop what the history says past it."""
        arrays, strings = self._read_checkpoint()
        try:
            self.clock = Clock(**json.loads(strings["clock"]))
            self.learner.use("bf16" if strings["precision"] == "bf16" else "fp32")
            self.learner.unpack(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.store.directory} has a checkpoint that cannot be resumed ({error!r}).") from error
        if self.ranks.leads:
            self.store.rewind_history(self.clock.step, self.clock.epoch)

    def fit(self, should_stop: ShouldStop, *, is_last: bool = True) -> Status:
        """Train to the last epoch, or until it is asked to stop; either way all is saved.

        The run is finished only with its last stage.
        """
        while self.clock.epoch < self.settings.epochs:
            if not self._train_epoch(should_stop):
                self._save_checkpoint()
                return self._tell("stopped", message="Stopped and saved; it can be resumed.")
        return self._tell("finished" if is_last else "training")

    def step(self, batch: Batch) -> None:
        """One update of the weights with the whole batch."""
        clock = self.clock
        self.learner.step(batch, clock.step, rate=self.learning_rate(), beta=self.beta())
        clock.seen += len(batch)
        clock.batch += 1
        clock.step += 1

    @property
    def epochs_done(self) -> float:
        """Epochs done, with their fraction."""
        return self.clock.epoch + self.clock.batch / self.batches

    # one epoch

    def _train_epoch(self, should_stop: ShouldStop) -> bool:
        """Train to the end of the epoch; False when it was asked to stop before."""
        clock, size = self.clock, self.settings.batch_size
        self.learner.model.train()
        watch = Stopwatch(clock)
        images = shuffled(self.train, self.settings.seed, clock.epoch)
        images = replace(images, pixels=self.learner.room.hold(images.pixels))
        for start in range(clock.batch * size, len(images), size):
            if self.ranks.any(should_stop() or (self.ranks.leads and self.run.stop_requested)):
                watch.settle()
                return False
            self.step(images.rows(slice(start, start + size)))
            if watch.is_due("note", HEARTBEAT):
                self._note_running(watch.rate)
            if watch.is_due("save", SAVE_EVERY):
                self._save_checkpoint()
        means = self._means()
        watch.settle()
        clock.epoch, clock.batch, clock.seen = clock.epoch + 1, 0, 0
        self.learner.sums.zero_()
        self._end_epoch(means, watch.rate)
        return True

    def _end_epoch(self, train: Parts, rate: float) -> None:
        self.save(train, rate)
        self._save_checkpoint()
        self._tell("training", running=train, rate=rate)

    def _means(self) -> Parts:
        """Running means of the loss parts. Raises RunError when they, or the weights, are not finite."""
        values = (self.learner.sums / max(self.clock.seen, 1)).tolist()
        if not all(map(math.isfinite, values)):
            raise _diverged("loss", self.clock)
        if not checkpoint.is_finite(self.learner.model):
            raise _diverged("weights", self.clock)
        return dict(zip(self.learner.parts, values, strict=True))

    # what is written

    def _note_running(self, rate: float) -> None:
        means, epoch = self._means(), self.epochs_done
        line = RunningLine(epoch=epoch, step=self.clock.step, images_per_second=rate, train=means)
        if self.ranks.leads:
            self.store.append_history(line)
        self._tell("training", running=means, rate=rate)

    def _save_checkpoint(self) -> None:
        self._means()  # never save a state that is lost
        if self.ranks.leads:
            strings = {"clock": json.dumps(vars(self.clock)), "precision": self.learner.compute.precision}
            self.store.write_checkpoint(self.learner.pack(), strings)

    def _read_checkpoint(self) -> tuple[Arrays, dict[str, str]]:
        """What rank 0 finds in the run directory, which the others may not even see."""
        arrays = self.ranks.share_arrays(lambda: self.store.read_checkpoint()[0])
        return arrays, json.loads(self.ranks.share(lambda: json.dumps(self.store.read_checkpoint()[1])))

    def _tell(self, phase: Phase, *, message: str = "", running: Parts | None = None, rate: float = 0.0) -> Status:
        epoch, epochs = self.epochs_done, self.settings.epochs
        per_epoch = self.clock.seconds / epoch if epoch >= 1 else len(self.train) / rate if rate else None
        status = Status(
            phase=phase,
            stage=self.stage,
            message=message,
            epoch=epoch,
            epochs=epochs,
            images_per_second=rate,
            seconds_left=None if per_epoch is None else (epochs - epoch) * per_epoch,
            running=running or {},
            notices=self.learner.room.notices,
        )
        if self.ranks.leads:
            self.run.write_status(status)
            fresh = tuple(notice for notice in status.notices if notice not in self.told)
            self.report(status.model_copy(update={"notices": fresh}))
            self.told = status.notices
        return status


def _diverged(what: str, clock: Clock) -> RunError:
    return RunError(
        f"The {what} became NaN or infinite in epoch {clock.epoch + 1}, by step {clock.step:,}; the last good "
        "weights are kept. Start a new run with a smaller learning rate."
    )
