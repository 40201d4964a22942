"""One training run in a process: the model, its optimiser, its clock, and what is saved when.

The untrained model is saved as epoch 0 and then, after every epoch, the evaluation, a snapshot, the
latents, the weights, run.json and, last of all, the checkpoint. A kill at any instant loses at most
what was done since the last checkpoint; a stop is asked for between steps and loses nothing.
"""

import json
import math
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime

import torch
from torch import Tensor
from torch.optim import Adam

from explorer import checkpoint
from explorer.batches import epoch_batches, resident, step_noise, to_unit
from explorer.clock import Clock, Stopwatch
from explorer.compute import Compute, choose_compute, choose_device, set_threads
from explorer.config import RunConfig
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import record_of
from explorer.errors import DatasetError, RunError
from explorer.evaluation import evaluate
from explorer.metrics import active_units, gaussian_kl
from explorer.models import build_model
from explorer.models.base import Posterior
from explorer.objectives import PARTS, beta_at, vae_loss
from explorer.records import EpochLine, Parts, Phase, RunningLine, RunRecord, Status
from explorer.runs import Run
from explorer.schedule import learning_rate
from explorer.snapshots import Snapshots, summarise_latents

TRAIN_SAMPLE = 5000  # training images that are evaluated each epoch, the same ones always
HEARTBEAT = 1.0  # seconds between two notes of the running loss
SAVE_EVERY = 60.0  # seconds between two checkpoints within a long epoch

Report = Callable[[Status], None]
ShouldStop = Callable[[], bool]


class Trainer:
    """One training run in this process; `training.py` is the way to use it."""

    def __init__(self, config: RunConfig, run: Run, images: ImageSet, report: Report) -> None:
        self.config, self.run, self.report = config, run, report
        settings = config.training
        train_set, self.test_set = images.select("train"), images.select("test")
        if not len(train_set) or not len(self.test_set):
            raise DatasetError(f"{images.title} needs training and test images; one of the two is empty.")
        set_threads(settings.threads)
        device = choose_device(settings.device)
        torch.manual_seed(settings.seed)
        self.model = build_model(config.model).to(device)
        self.train_images = resident(train_set.images, device)
        self.test_images = resident(self.test_set.images, device)
        rows = torch.linspace(0, len(train_set) - 1, min(TRAIN_SAMPLE, len(train_set))).long()
        self.train_sample = self.train_images[rows.to(device)]
        self.snapshots = Snapshots(run, self.test_set, settings.epochs)
        self.optimizer = Adam(self.model.parameters(), lr=settings.learning_rate, fused=True)
        self.batches = math.ceil(len(train_set) / settings.batch_size)  # in an epoch; the last may be smaller
        self.clock = Clock()
        self.sums = torch.zeros(len(PARTS), device=device)  # of each loss part, over the images of this epoch
        self.compute = Compute(device, "fp32")

    def begin(self, images: ImageSet) -> None:
        """Choose the precision, and save the untrained model as epoch 0."""
        trial = to_unit(self.train_images[: self.config.training.batch_size])
        self.compute = choose_compute(self.config.training, self.model, trial, self.config.objective)
        self.run.rewind_history(step=-1, epoch=-1)
        line, posterior = self._evaluate({}, rate=0.0)
        self.record = RunRecord(
            config=self.config.model_copy(update={"dataset": images.source}),  # never a machine path
            data=record_of(images),
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            versions={"python": platform.python_version(), "torch": torch.__version__},
            hardware=self.compute.describe(),
            trained=line,
            best=line,
        )
        self._save(line, posterior)

    def restore(self, record: RunRecord) -> None:
        """Go on from the checkpoint and drop what the history says past it."""
        self.record = record.model_copy(update={"config": self.config})
        arrays, strings = self.run.read_checkpoint()
        try:
            self.clock = Clock(**json.loads(strings["clock"]))
            self.compute = Compute(self.compute.device, "bf16" if strings["precision"] == "bf16" else "fp32")
            self.sums.copy_(torch.from_numpy(arrays["sums"]))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.run.directory} has a checkpoint that cannot be resumed ({error!r}).") from error
        checkpoint.unpack(arrays, self.model, self.optimizer)
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
        self.model.train()
        watch = Stopwatch(clock)
        for pixels in epoch_batches(self.train_images, settings.batch_size, settings.seed, clock.epoch, clock.batch):
            if should_stop() or self.run.stop_requested:
                watch.stop()
                return False
            self.step(to_unit(pixels))
            if watch.is_due("note", HEARTBEAT):
                self._note_running(watch.rate)
            if watch.is_due("save", SAVE_EVERY):
                self._save_checkpoint()
        means = self._means()
        watch.stop()
        clock.epoch, clock.batch, clock.seen = clock.epoch + 1, 0, 0
        self.sums.zero_()
        self._save(*self._evaluate(means, watch.rate))
        return True

    def step(self, images: Tensor) -> None:
        """One update of the weights with images (B, 1, H, W) in [0, 1]."""
        settings, clock = self.config.training, self.clock
        noise = step_noise(settings.seed, clock.step, (len(images), self.config.model.latent_dim), images.device)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(settings, clock.step, settings.epochs * self.batches)
        with self.compute.autocast():
            output = self.model(images, noise)
        kind = self.config.objective.reconstruction
        loss = vae_loss(output.logits, images, *output.posterior, reconstruction=kind, beta=self._beta())
        self.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.sums += torch.stack(loss).detach() * len(images)
        clock.seen += len(images)
        clock.batch += 1
        clock.step += 1

    def _beta(self) -> float:
        objective = self.config.objective
        return beta_at(objective.beta, objective.warmup_epochs, self._epochs_done())

    def _epochs_done(self) -> float:
        return self.clock.epoch + self.clock.batch / self.batches

    def _means(self) -> Parts:
        """Running means of the loss parts. Raises RunError when they, or the weights, are not finite."""
        values = (self.sums / max(self.clock.seen, 1)).tolist()
        if not all(map(math.isfinite, values)):
            raise _diverged("loss", self.clock)
        if not checkpoint.is_finite(self.model):
            raise _diverged("weights", self.clock)
        return dict(zip(PARTS, values, strict=True))

    # what is written

    def _note_running(self, rate: float) -> None:
        means, epoch = self._means(), self._epochs_done()
        self.run.append_history(RunningLine(epoch=epoch, step=self.clock.step, images_per_second=rate, train=means))
        self._tell("training", running=means, rate=rate)

    def _save(self, line: EpochLine, posterior: Posterior) -> None:
        self.run.append_history(line)
        self.snapshots.write(line.epoch, self.model, posterior.mean)
        self.run.write_latents(summarise_latents(posterior, self.test_set))
        self.run.write_weights(checkpoint.weights_of(self.model))
        best = self.record.best
        if line.beta != best.beta or line.test.total < best.test.total:  # totals of different betas do not compare
            best = line
        self.record = self.record.model_copy(update={"trained": line, "best": best})
        self.run.write_record(self.record)
        self._save_checkpoint()
        self._tell("training", running=line.train, rate=line.images_per_second)

    def _evaluate(self, train: Parts, rate: float) -> tuple[EpochLine, Posterior]:
        """The line of the history for the model as it is."""
        started, clock, beta = time.perf_counter(), self.clock, self._beta()
        test = evaluate(self.model, self.test_images, self.config.objective, beta=beta)
        sample = evaluate(self.model, self.train_sample, self.config.objective, beta=beta)
        clock.seconds += time.perf_counter() - started
        line = EpochLine(
            epoch=clock.epoch,
            step=clock.step,
            seconds=clock.seconds,
            images_per_second=rate,
            beta=beta,
            train=train,
            train_sample=sample.means,
            test=test.means,
            kl_per_dim=tuple(gaussian_kl(*test.posterior).mean(0).tolist()),
            active_units=active_units(test.posterior.mean),
        )
        return line, test.posterior

    def _save_checkpoint(self) -> None:
        self._means()  # never save a state that is lost
        arrays = checkpoint.pack(self.model, self.optimizer) | {"sums": self.sums.cpu().numpy()}
        strings = {"clock": json.dumps(vars(self.clock)), "precision": self.compute.precision}
        self.run.write_checkpoint(arrays, strings)

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
        )
        self.run.write_status(status)
        self.report(status)
        return status


def _diverged(what: str, clock: Clock) -> RunError:
    return RunError(
        f"The {what} became NaN or infinite in epoch {clock.epoch + 1}, by step {clock.step:,}; the last good "
        "weights are kept. Start a new run with a smaller learning rate."
    )
