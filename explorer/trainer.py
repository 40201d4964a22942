"""The first stage of a run: an autoencoder, from the untrained model as epoch 0 to the last epoch.

After every epoch the evaluation, a snapshot, the latents or codes, the weights, run.json and, last of
all, the checkpoint are written.
"""

import time
from abc import abstractmethod

from torch import Tensor

from explorer.autoencoders import VAELearner, VQVAELearner
from explorer.code_evaluation import EvaluatedCodes, evaluate_codes
from explorer.config import RunConfig
from explorer.datasets.image_set import ImageSet
from explorer.epochs import (
    Measured,
    as_batch,
    epoch_line,
    first_record,
    sample_rows,
    store_code_epoch,
    store_epoch,
    train_and_test,
    with_posterior,
)
from explorer.evaluation import BATCH, Evaluated, evaluate
from explorer.learner import Learner
from explorer.loop import Loop, Report
from explorer.objectives import beta_at
from explorer.ranks import ALONE, Ranks
from explorer.records import EpochLine, Parts, RunRecord
from explorer.runs import Run
from explorer.snapshots import Snapshots


class Trainer(Loop):
    """The autoencoder of `config`, learning from `images`; `training.py` is the way to use it.

    Attributes:
        record: of the run, once something was saved or restored.
    """

    stage = "autoencoder"

    def __init__(
        self, config: RunConfig, run: Run, images: ImageSet, report: Report, learner: Learner, record: RunRecord | None
    ) -> None:
        train_set, self.test_set = train_and_test(images)
        super().__init__(run, run, learner, as_batch(train_set), config.training, report)
        self.config, self.images = config, images
        self.record = record.model_copy(update={"config": config}) if record else None
        self.sample_set = train_set.take(sample_rows(len(train_set)).numpy())
        self.validation_set = images.select("validation")
        self.snapshots = Snapshots(run, self.test_set, config.training)

    @abstractmethod
    def evaluate_and_store(self, train: Parts, rate: float) -> EpochLine:
        """Evaluate the model as it is and write what belongs to the epoch, but the record."""

    def save(self, train: Parts, rate: float) -> None:
        """Write the epoch, and then the record, before which a new directory is no run."""
        line = self.evaluate_and_store(train, rate)
        if self.record is None:
            hardware = self.learner.compute.describe()
            if self.ranks.size > 1:
                hardware = f"{self.ranks.size} × {hardware}"
            self.record = first_record(self.config, self.images, line, hardware=hardware)
        best = self.record.best
        if line.beta != best.beta or line.test.total < best.test.total:  # totals of different betas do not compare
            best = line
        self.record = self.record.model_copy(update={"trained": line, "best": best})
        if self.ranks.leads:
            self.run.write_record(self.record)


class VAETrainer(Trainer):
    """A VAE; its weight of the KL may grow."""

    learner: VAELearner

    def beta(self) -> float:
        """Weight of the KL at this instant."""
        objective = self.config.objective
        return beta_at(objective.beta, objective.warmup_epochs, self.epochs_done)

    def evaluate_and_store(self, train: Parts, rate: float) -> EpochLine:
        """Evaluate, and write the snapshot, the latents and the weights."""
        started = time.perf_counter()
        test, sample = self._evaluate(self.test_set), self._evaluate(self.sample_set)
        validation = self._evaluate(self.validation_set).means if len(self.validation_set) else None
        self.clock.seconds += time.perf_counter() - started
        line = epoch_line(self.clock, Measured(test.means, sample.means, validation), train=train, rate=rate)
        line = with_posterior(line, self.beta(), test.posterior)
        if self.ranks.leads:
            store_epoch(self.run, line, self.learner.model, test.posterior, self.snapshots)
        return line

    def _evaluate(self, images: ImageSet) -> Evaluated:
        pixels = as_batch(images).pixels

        def run(most: int) -> Evaluated:
            objective = self.config.objective
            return evaluate(self.learner.model, pixels, objective, beta=self.beta(), batch=most, ranks=self.ranks)

        return self.learner.room.fit(min(BATCH, len(pixels)), run)


class VQVAETrainer(Trainer):
    """A VQ-VAE."""

    learner: VQVAELearner

    def evaluate_and_store(self, train: Parts, rate: float) -> EpochLine:
        """Evaluate, and write the snapshot, the code maps and the weights."""
        started = time.perf_counter()
        images = {"test": self.test_set, "train": self.sample_set}
        if len(self.validation_set):
            images["validation"] = self.validation_set
        found = {split: self._evaluate(split_set) for split, split_set in images.items()}
        self.clock.seconds += time.perf_counter() - started
        means = {split: each.means for split, each in found.items()}
        measured = Measured(means["test"], means["train"], means.get("validation"))
        line = epoch_line(self.clock, measured, train=train, rate=rate)
        if self.ranks.leads:
            codes: dict[str, Tensor] = {split: found[split].codes for split in ("test", "train")}
            store_code_epoch(self.run, line, self.learner.model, codes, images, self.snapshots)
        return line

    def _evaluate(self, images: ImageSet) -> EvaluatedCodes:
        pixels = as_batch(images).pixels

        def run(most: int) -> EvaluatedCodes:
            return evaluate_codes(self.learner.model, pixels, self.config.objective, batch=most, ranks=self.ranks)

        return self.learner.room.fit(min(BATCH, len(pixels)), run)


def trainer_of(
    config: RunConfig, run: Run, images: ImageSet, report: Report, ranks: Ranks = ALONE, record: RunRecord | None = None
) -> Trainer:
    """The trainer that suits the model of `config`; `record` is that of the run that it goes on with."""
    if config.has_codes:
        return VQVAETrainer(config, run, images, report, VQVAELearner(config, ranks), record)
    return VAETrainer(config, run, images, report, VAELearner(config, ranks), record)
