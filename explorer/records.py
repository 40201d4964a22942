"""What a run directory says about itself in JSON: `run.json`, `status.json`, lines of `history.jsonl`.

Everything read back is validated here, with bounds, before anything is allocated from it.
"""

from pathlib import PurePath
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from explorer.config import RunConfig
from explorer.validation import Config

Phase = Literal["queued", "preparing", "training", "finished", "stopped", "failed"]
Stage = Literal["autoencoder", "prior"]
Parts = dict[str, float]  # what the learner's loss is made of: "total", "reconstruction", "kl", "commitment", "bits"


class Record(Config):
    """A validated piece of JSON; fields that a later version adds are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class DataRecord(Record):
    """The images a run learned from: enough to find them again and to see that they are the same."""

    name: str
    title: str
    source: str = Field(description="a name, or a path relative to the data root; never a machine path")
    fingerprint: str
    counts: dict[str, int] = Field(description="images of each split")
    label_names: tuple[str, ...] = Field((), description="of all classes, those that were left out among them")
    without: tuple[str, ...] = Field((), description="classes that the run never saw")
    credit: str = Field("", description="source and licence, where the run is passed on")

    @field_validator("source")
    @classmethod
    def _portable(cls, source: str) -> str:
        if PurePath(source).is_absolute() or ".." in PurePath(source).parts:
            raise ValueError("a source lies in the data root")
        return source


class Evaluation(Record):
    """Means over `count` images; units and settings in `evaluation.py` and `code_evaluation.py`."""

    elbo: float | None = Field(None, description="of a VAE")
    total: float
    reconstruction: float
    kl: float | None = Field(None, description="of a VAE")
    commitment: float | None = Field(None, description="of a VQ-VAE")
    mse: float
    psnr: float
    ssim: float
    ssim_mask: float | None = Field(None, description="of a VQ-VAE, where it was asked for: inside `masks.py`'s mask")
    perplexity: float | None = Field(None, description="of a VQ-VAE: codes that are used, were they used alike")
    usage: float | None = Field(None, description="of a VQ-VAE: share of the codes that some image uses")
    count: int


class EpochLine(Record):
    """A line of the history: the state after `epoch` epochs; epoch 0 is the untrained model."""

    event: Literal["epoch"] = "epoch"
    epoch: int
    step: int
    seconds: float = Field(description="training and evaluation so far, seconds")
    images_per_second: float
    beta: float | None = Field(None, description="of a VAE")
    train: Parts = Field(description="running means over the epoch; empty for epoch 0")
    train_sample: Evaluation = Field(description="a fixed sample of the training images")
    validation: Evaluation | None = Field(None, description="where the set has validation images")
    test: Evaluation
    kl_per_dim: tuple[float, ...] = Field((), description="of a VAE: mean over the test images, nats")
    active_units: int | None = Field(None, description="of a VAE")


class PriorLine(Record):
    """A line of the prior's history: the state after `epoch` epochs. Bits per code are means over images and sites."""

    event: Literal["prior"] = "prior"
    epoch: int
    step: int
    seconds: float = Field(description="training and evaluation so far, seconds")
    images_per_second: float
    train: Parts = Field(description="running means over the epoch; empty for epoch 0")
    train_sample: float = Field(description="bits per code of some training images, as they are")
    validation: float = Field(description="bits per code of images that the prior does not learn from")


class PriorRecord(Record):
    """How good the prior of a VQ-VAE is, beside what needs no network. All in bits per code, on the test images."""

    trained: PriorLine
    best: PriorLine = Field(description="the epoch of the saved weights: the lowest validation figure")
    test: float = Field(description="of the saved weights")
    uniform: float = Field(description="all codes alike: the log of their number")
    unigram: float = Field(description="how often each code is in the training images")
    site_unigram: float = Field(description="the same at each site alone, smoothed towards the unigram")


class RunningLine(Record):
    """A line of the history within an epoch, at most one a second."""

    event: Literal["running"] = "running"
    epoch: float = Field(description="epochs done, with their fraction")
    step: int
    images_per_second: float
    train: Parts


Line = EpochLine | PriorLine | RunningLine


class ImportRecord(Record):
    """Where weights came from that were not trained here, and what was found on reading them."""

    file: str = Field(description="name of the file, without its folder")
    sha256: str = Field(description="of its bytes, hexadecimal")
    sources: dict[str, tuple[str, ...]] = Field(description="a tensor here: those of the file that it was joined from")
    unused: tuple[str, ...] = Field((), description="what the file holds beside them")
    prior_outputs: tuple[float, float] = Field(description="least and largest decoder output on draws of the prior")
    test_outputs: tuple[float, float] = Field(description="the same on test images; both before the sigmoid")
    notices: tuple[str, ...] = Field((), description="what should be looked at, a sentence each")


class PriorHealth(Record):
    """Whether samples of a prior are noise, copies, or neither; `prior_health.py` says how it is measured.

    All images are decoded code maps, and each figure is an image's SSIM to the nearest training image.
    """

    samples: int = Field(description="how many were drawn, at temperature 1, of any class")
    sample: float = Field(description="median over the samples")
    reference: tuple[float, float, float] = Field(description="5th, 50th and 95th percentile over test images")


class RunRecord(Record):
    """`run.json`: what the run is. The config rebuilds the model alone."""

    format: Literal[1] = 1
    config: RunConfig
    data: DataRecord
    parameters: int
    created: str = Field(description="UTC, ISO 8601")
    versions: dict[str, str]
    hardware: str = Field("", description="device, threads and precision it was trained with")
    imported: ImportRecord | None = Field(None, description="set where the weights were not trained here")
    trained: EpochLine = Field(description="the epoch of the saved weights")
    best: EpochLine = Field(description="the epoch with the lowest test total so far")
    prior: PriorRecord | None = Field(None, description="of a VQ-VAE, once its prior has been evaluated")

    @property
    def is_finished(self) -> bool:
        """Whether all epochs of the config are trained, those of the prior of a VQ-VAE among them."""
        done = self.trained.epoch >= self.config.training.epochs
        if not self.config.has_codes:
            return done
        return done and self.prior is not None and self.prior.trained.epoch >= self.config.prior.prior_epochs


STARTING = "Starting."  # the message of a status that `jobs.py` wrote before the process did


class Request(Record):
    """What a run was asked to be before it is one: enough to ask again."""

    recipe: str
    changes: dict[str, Any] = Field(description="fields of the recipe that differ")


class Status(Record):
    """`status.json`: where the process is, rewritten at most once a second."""

    phase: Phase
    stage: Stage = "autoencoder"
    message: str = ""
    epoch: float = 0.0
    epochs: int = 0
    images_per_second: float = 0.0
    seconds_left: float | None = None
    running: Parts = Field(default_factory=dict)
    notices: tuple[str, ...] = Field((), description="what was skipped or done on opening the images")
    request: Request | None = Field(None, description="of a new run, until its turn has come")
