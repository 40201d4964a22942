"""The second stage of a VQ-VAE's run: a PixelCNN over its codes.

The prior learns from the training images and is judged, after every epoch, on others: the validation
split, or a twentieth of the training subjects where there is none. The weights of the best epoch are
kept, for a prior on few scans learns them by heart.

Augmented scans keep it from that, but a prior that learned from them to the end draws scans that are as
crooked as those. So it begins with them, and is then refined on scans that stand where they stood: of other
contrasts alone, and in a lower cycle of the learning rate.
"""

import time
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.augmentation import augmented, contrasted
from explorer.batches import Batch, pieces, to_unit
from explorer.checkpoint import weights_of
from explorer.datasets.image_set import ImageSet
from explorer.epochs import as_batch, sample_rows, train_and_test
from explorer.errors import DatasetError
from explorer.loop import Loop, Report
from explorer.models.vqvae import VQVAE
from explorer.prior_evaluation import BATCH, bits_of_maps, site_unigram_bits, uniform_bits, unigram_bits
from explorer.prior_learner import PriorLearner, prior_training
from explorer.ranks import Ranks
from explorer.records import Parts, PriorLine, PriorRecord, RunRecord
from explorer.runs import Run
from explorer.schedule import learning_rate

HELD_OUT = 20  # of so many training subjects one is held out, where there is no validation split
MOST_SCORED = 1000  # training and validation images that are evaluated each epoch
ENCODED = 500  # images encoded at once
REFINING = 0.25  # the learning rate on scans that are not moved, relative to that on moved ones


class CodedImages(NamedTuple):
    """Code maps int64 (N, s, s), and labels int64 (N,) where the set has classes."""

    codes: Tensor
    labels: Tensor | None


class PriorTrainer(Loop):
    """The prior of the run that `record` describes, whose VQ-VAE is finished."""

    stage = "prior"
    learner: PriorLearner

    def __init__(
        self, record: RunRecord, run: Run, images: ImageSet, autoencoder: VQVAE, report: Report, ranks: Ranks
    ) -> None:
        config = record.config
        train, validation = with_held_out(images)
        learner = PriorLearner(config, autoencoder, len(images.label_names), ranks)
        super().__init__(run, run.prior, learner, train, prior_training(config), report)
        self.record = record
        moved_epochs = min(config.prior.prior_augmented_epochs, self.settings.epochs)
        self.moved_steps = moved_epochs * self.batches if self.settings.augmentation == "scans" else 0
        self.codes = {
            "train": self._encode(train.rows(sample_rows(len(train)))),
            "validation": self._encode(validation),
            "test": self._encode(as_batch(train_and_test(images)[1])),
        }
        self.scored = {name: _spread(codes) for name, codes in self.codes.items()}

    def step(self, batch: Batch) -> None:
        """One update of the weights; scans are moved in the first epochs alone."""
        if self.settings.augmentation == "scans":
            self.learner.augment = contrasted if self.clock.step >= self.moved_steps else augmented
        super().step(batch)

    def learning_rate(self) -> float:
        """Of the step at hand: in one cycle while scans are moved, and in a lower one after."""
        steps = self.settings.epochs * self.batches
        if self.clock.step < self.moved_steps:
            return learning_rate(self.settings, self.clock.step, self.moved_steps)
        rate = learning_rate(self.settings, self.clock.step - self.moved_steps, steps - self.moved_steps)
        return REFINING * rate if self.moved_steps else rate

    def save(self, train: Parts, rate: float) -> None:
        """Evaluate; write the line, the weights of the best epoch, and then the record."""
        started, clock = time.perf_counter(), self.clock
        bits = {name: self._bits(self.scored[name]) for name in ("train", "validation")}
        before = self.record.prior if clock.epoch else None
        is_best = before is None or bits["validation"] < before.best.validation
        test = self._bits(self.codes["test"]) if is_best or before is None else before.test
        clock.seconds += time.perf_counter() - started
        line = PriorLine(
            epoch=clock.epoch,
            step=clock.step,
            seconds=clock.seconds,
            images_per_second=rate,
            train=train,
            train_sample=bits["train"],
            validation=bits["validation"],
        )
        best = line if is_best or before is None else before.best
        self.record = self.record.model_copy(update={"prior": self._prior_record(line, best, test, before)})
        if self.ranks.leads:
            self.store.append_history(line)
            if is_best:
                self.store.write_weights(weights_of(self.learner.average))
            self.run.write_record(self.record)

    def _prior_record(self, line: PriorLine, best: PriorLine, test: float, before: PriorRecord | None) -> PriorRecord:
        if before is not None:
            return before.model_copy(update={"trained": line, "best": best, "test": test})
        size = self.learner.model.codebook_size
        train, test_codes = self.codes["train"].codes, self.codes["test"].codes
        return PriorRecord(
            trained=line,
            best=best,
            test=test,
            uniform=uniform_bits(size),
            unigram=unigram_bits(train, test_codes, size),
            site_unigram=site_unigram_bits(train, test_codes, size),
        )

    def _bits(self, maps: CodedImages) -> float:
        """Mean bits per code."""
        labels = maps.labels if self.learner.classes else None
        prior, ranks = self.learner.average, self.ranks
        found: Tensor = self.learner.room.fit(
            min(BATCH, len(maps.codes)),
            lambda most: bits_of_maps(prior, maps.codes, labels, batch=most, ranks=ranks),
        )
        return float(found.mean())

    @torch.inference_mode()
    def _encode(self, images: Batch) -> CodedImages:
        model, room = self.learner.autoencoder, self.learner.room

        def encoded(most: int) -> Tensor:
            rows = pieces(slice(0, len(images)), most)
            return torch.cat([model.encode(to_unit(images.pixels[piece].to(room.device))).cpu() for piece in rows])

        return CodedImages(room.fit(min(ENCODED, len(images)), encoded), images.labels)


def _spread(maps: CodedImages) -> CodedImages:
    """At most `MOST_SCORED` of them, spread evenly."""
    rows = torch.linspace(0, len(maps.codes) - 1, min(MOST_SCORED, len(maps.codes))).long()
    return CodedImages(maps.codes[rows], None if maps.labels is None else maps.labels[rows])


def with_held_out(images: ImageSet) -> tuple[Batch, Batch]:
    """The images that a prior learns from, and those that choose its best epoch: of other subjects, where that is told.

    Raises DatasetError when there are too few.
    """
    train_set = train_and_test(images)[0]
    train, validation = as_batch(train_set), as_batch(images.select("validation"))
    if len(validation):
        return train, validation
    if len(train) < HELD_OUT:
        raise DatasetError(
            f"{images.title} has {len(train)} training images and no validation split; a prior needs {HELD_OUT}."
        )
    subjects = train_set.metadata.get("subject", train_set.metadata.get("scan", np.arange(len(train))))
    names, number = np.unique(subjects, return_inverse=True)
    if len(names) == 1:
        raise DatasetError(f"{images.title} has training images of one subject only; a prior is judged on another one.")
    every = min(HELD_OUT, len(names))
    held = torch.from_numpy(number % every == every - 1)
    return train.rows(~held), train.rows(held)
