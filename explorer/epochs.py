"""What is measured and stored after an epoch of training, and of imported weights, which have only one."""

import platform
from collections import ChainMap
from datetime import UTC, datetime
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.batches import Batch, as_tensor
from explorer.checkpoint import weights_of
from explorer.clock import Clock
from explorer.code_maps import pack_codes
from explorer.config import RunConfig
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import record_of
from explorer.errors import DatasetError
from explorer.metrics import active_units, gaussian_kl
from explorer.models.base import VAE, Posterior
from explorer.models.vqvae import VQVAE
from explorer.records import EpochLine, Evaluation, ImportRecord, Parts, RunRecord
from explorer.runs import Run
from explorer.snapshots import Snapshots, summarise_latents

TRAIN_SAMPLE = 5000  # training images that are evaluated each epoch, the same ones always


def train_and_test(images: ImageSet) -> tuple[ImageSet, ImageSet]:
    """The two splits that a run is measured on. Raises DatasetError when one has no images."""
    train, test = images.select("train"), images.select("test")
    if not len(train) or not len(test):
        raise DatasetError(f"{images.title} needs training and test images; one of the two is empty.")
    return train, test


def as_batch(images: ImageSet) -> Batch:
    """All images of a set, with their labels."""
    labels = None if images.labels is None else torch.from_numpy(images.labels)
    return Batch(as_tensor(images.images), labels)


def sample_rows(count: int) -> Tensor:
    """The rows of `count` training images that are evaluated each epoch, spread evenly."""
    return torch.linspace(0, count - 1, min(TRAIN_SAMPLE, count)).long()


class Measured(NamedTuple):
    """What was measured of a model after an epoch: means over each split that there is."""

    test: Evaluation
    train_sample: Evaluation
    validation: Evaluation | None = None


def epoch_line(clock: Clock, measured: Measured, *, train: Parts, rate: float) -> EpochLine:
    """The line of the history for what was measured; `train` are the running means of the epoch."""
    return EpochLine(
        epoch=clock.epoch,
        step=clock.step,
        seconds=clock.seconds,
        images_per_second=rate,
        train=train,
        train_sample=measured.train_sample,
        validation=measured.validation,
        test=measured.test,
    )


def with_posterior(line: EpochLine, beta: float, posterior: Posterior) -> EpochLine:
    """The line of a VAE, with what the posterior (N, L) of the test images tells."""
    found: dict[str, object] = {"beta": beta, "active_units": active_units(posterior.mean)}
    return line.model_copy(update=found | {"kl_per_dim": tuple(gaussian_kl(*posterior).mean(0).tolist())})


def first_record(
    config: RunConfig, images: ImageSet, line: EpochLine, *, hardware: str, imported: ImportRecord | None = None
) -> RunRecord:
    """The record of a run whose only epoch yet is `line`."""
    return RunRecord(
        config=config.model_copy(update={"dataset": images.source}),  # never a machine path
        data=record_of(images),
        parameters=config.model.parameter_count,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={"python": platform.python_version(), "torch": torch.__version__},
        hardware=hardware,
        imported=imported,
        trained=line,
        best=line,
    )


def store_epoch(run: Run, line: EpochLine, model: VAE, posterior: Posterior, snapshots: Snapshots) -> None:
    """Write the line, the snapshot, the latents and the weights of `model`; the record is written after them."""
    run.append_history(line)
    snapshots.write(line.epoch, model, posterior.mean)
    run.write_latents(summarise_latents(posterior, snapshots.test_set))
    run.write_weights(weights_of(model))


def store_code_epoch(
    run: Run, line: EpochLine, model: VQVAE, codes: dict[str, Tensor], images: dict[str, ImageSet], snapshots: Snapshots
) -> None:
    """The same for a VQ-VAE, given the code maps (N, s, s) of the images of each split."""
    run.append_history(line)
    snapshots.write_codes(line.epoch, model, codes["test"])
    size = model.config.codebook_size
    packed = [pack_codes(maps.numpy(), images[split], split, size) for split, maps in codes.items()]
    run.write_codes(dict(ChainMap(*packed)))
    run.write_weights(weights_of(model))
