"""One training run in a process: how far it is, and what is saved when.

The untrained model is saved as epoch 0 and then, after every epoch, the evaluation, a snapshot, the
latents, the weights, run.json and, last of all, the checkpoint. A kill at any instant loses at most
what was done since the last checkpoint; a stop is asked for between steps and loses nothing.

Several processes may be one run (`ranks.py`): each computes its rows of every batch and has the same
weights, sums and clock; only rank 0 touches the run directory.
"""

import json
import math
import time
from collections.abc import Callable

import torch
from torch import Tensor

from explorer import checkpoint
from explorer.batches import as_tensor, shuffled, step_noise
from explorer.checkpoint import Arrays
from explorer.clock import Clock, Stopwatch
from explorer.config import RunConfig
from explorer.datasets.image_set import ImageSet
from explorer.epochs import epoch_line, first_record, sample_rows, store_epoch, train_and_test
from explorer.errors import RunError
from explorer.learner import Learner
from explorer.models.base import Posterior
from explorer.objectives import PARTS, beta_at
from explorer.ranks import ALONE, Ranks
from explorer.records import EpochLine, Parts, Phase, RunningLine, RunRecord, Status
from explorer.runs import Run
from explorer.schedule import learning_rate
from explorer.snapshots import Snapshots

HEARTBEAT = 1.0  # seconds between two notes of the running loss
SAVE_EVERY = 60.0  # seconds between two checkpoints within a long epoch

Report = Callable[[Status], None]
ShouldStop = Callable[[], bool]


class Trainer:
    """One training run in this process; `training.py` is the way to use it."""

    def __init__(self, config: RunConfig, run: Run, images: ImageSet, report: Report, ranks: Ranks = ALONE) -> None:
        self.config, self.run, self.report, self.ranks = config, run, report, ranks
        settings = config.training
        train_set, test_set = train_and_test(images)
        self.train_images, self.test_images = as_tensor(train_set.images), as_tensor(test_set.images)
        self.train_sample = self.train_images[sample_rows(len(train_set))]
        self.snapshots = Snapshots(run, test_set, settings.epochs)
        self.learner = Learner(config, ranks)
        self.batches = math.ceil(len(train_set) / settings.batch_size)  # in an epoch; the last may be smaller
        self.clock = Clock()
        self.told: tuple[str, ...] = ()  # notices that were reported

    def begin(self, images: ImageSet) -> None:
        """Choose the precision, and save the untrained model as epoch 0."""
        self.learner.use(self.learner.choose_precision(self.train_images[: self.config.training.batch_size]))
        line, posterior = self._evaluate({}, rate=0.0)
        hardware = self.learner.compute.describe()
        if self.ranks.size > 1:
            hardware = f"{self.ranks.size} × {hardware}"
        self.record = first_record(self.config, images, line, hardware=hardware)
        if self.ranks.leads:
            self.run.rewind_history(step=-1, epoch=-1)
        self._save(line, posterior)

    def restore(self, record: RunRecord) -> None:
        """Go on from the checkpoint and drop what the history says past it."""
        self.record = record.model_copy(update={"config": self.config})
        arrays, strings = self._read_checkpoint()
        try:
            self.clock = Clock(**json.loads(strings["clock"]))
            self.learner.use("bf16" if strings["precision"] == "bf16" else "fp32")
            self.learner.unpack(arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.run.directory} has a checkpoint that cannot be resumed ({error!r}).") from error
        if self.ranks.leads:
            self.run.rewind_history(self.clock.step, self.clock.epoch)

    def fit(self, should_stop: ShouldStop) -> Status:
        """Train to the last epoch, or until it is asked to stop; either way all is saved."""
        while self.clock.epoch < self.config.training.epochs:
            if not self._train_epoch(should_stop):
                self._save_checkpoint()
                return self._tell("stopped", message="Stopped and saved; it can be resumed.")
        return self._tell("finished")

    # one epoch

    def _train_epoch(self, should_stop: ShouldStop) -> bool:
        """Train to the end of the epoch; False when it was asked to stop before."""
        settings, clock = self.config.training, self.clock
        self.learner.model.train()
        watch = Stopwatch(clock)
        images = self.learner.room.hold(shuffled(self.train_images, settings.seed, clock.epoch))
        for pixels in torch.split(images, settings.batch_size)[clock.batch :]:
            if self.ranks.any(should_stop() or (self.ranks.leads and self.run.stop_requested)):
                watch.stop()
                return False
            self.step(pixels)
            if watch.is_due("note", HEARTBEAT):
                self._note_running(watch.rate)
            if watch.is_due("save", SAVE_EVERY):
                self._save_checkpoint()
        means = self._means()
        watch.stop()
        clock.epoch, clock.batch, clock.seen = clock.epoch + 1, 0, 0
        self.learner.sums.zero_()
        self._save(*self._evaluate(means, watch.rate))
        return True

    def step(self, pixels: Tensor) -> None:
        """One update of the weights with the whole batch, uint8 (B, 1, H, W)."""
        settings, clock = self.config.training, self.clock
        noise = step_noise(settings.seed, clock.step, (len(pixels), self.config.model.latent_dim))
        rate = learning_rate(settings, clock.step, settings.epochs * self.batches)
        self.learner.step(pixels, noise, rate=rate, beta=self._beta())
        clock.seen += len(pixels)
        clock.batch += 1
        clock.step += 1

    def _beta(self) -> float:
        objective = self.config.objective
        return beta_at(objective.beta, objective.warmup_epochs, self._epochs_done())

    def _epochs_done(self) -> float:
        return self.clock.epoch + self.clock.batch / self.batches

    def _means(self) -> Parts:
        """Running means of the loss parts. Raises RunError when they, or the weights, are not finite."""
        values = (self.learner.sums / max(self.clock.seen, 1)).tolist()
        if not all(map(math.isfinite, values)):
            raise _diverged("loss", self.clock)
        if not checkpoint.is_finite(self.learner.model):
            raise _diverged("weights", self.clock)
        return dict(zip(PARTS, values, strict=True))

    # what is written

    def _note_running(self, rate: float) -> None:
        means, epoch = self._means(), self._epochs_done()
        line = RunningLine(epoch=epoch, step=self.clock.step, images_per_second=rate, train=means)
        if self.ranks.leads:
            self.run.append_history(line)
        self._tell("training", running=means, rate=rate)

    def _save(self, line: EpochLine, posterior: Posterior) -> None:
        best = self.record.best
        if line.beta != best.beta or line.test.total < best.test.total:  # totals of different betas do not compare
            best = line
        self.record = self.record.model_copy(update={"trained": line, "best": best})
        if self.ranks.leads:
            store_epoch(self.run, line, self.learner.model, posterior, self.snapshots)
            self.run.write_record(self.record)
        self._save_checkpoint()
        self._tell("training", running=line.train, rate=line.images_per_second)

    def _evaluate(self, train: Parts, rate: float) -> tuple[EpochLine, Posterior]:
        """The line of the history for the model as it is."""
        started, clock, beta = time.perf_counter(), self.clock, self._beta()
        test = self.learner.evaluate(self.test_images, beta)
        sample = self.learner.evaluate(self.train_sample, beta)
        clock.seconds += time.perf_counter() - started
        line = epoch_line(clock, test, sample, beta=beta, train=train, rate=rate)
        return line, test.posterior

    def _save_checkpoint(self) -> None:
        self._means()  # never save a state that is lost
        if self.ranks.leads:
            strings = {"clock": json.dumps(vars(self.clock)), "precision": self.learner.compute.precision}
            self.run.write_checkpoint(self.learner.pack(), strings)

    def _read_checkpoint(self) -> tuple[Arrays, dict[str, str]]:
        """What rank 0 finds in the run directory, which the others may not even see."""
        arrays = self.ranks.share_arrays(lambda: self.run.read_checkpoint()[0])
        return arrays, json.loads(self.ranks.share(lambda: json.dumps(self.run.read_checkpoint()[1])))

    def _tell(self, phase: Phase, *, message: str = "", running: Parts | None = None, rate: float = 0.0) -> Status:
        epoch, epochs = self._epochs_done(), self.config.training.epochs
        per_epoch = self.clock.seconds / epoch if epoch >= 1 else len(self.train_images) / rate if rate else None
        status = Status(
            phase=phase,
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
