"""Several runs beside each other: their numbers, what a latent costs, and which runs can be compared at all."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.library import Entry
from explorer.records import EpochLine, Evaluation, RunRecord

MOST = 6  # runs that are compared at once
NUMBER_BYTES = 4  # of a latent number: float32
ERROR = 1e-9  # relative; numbers that are nearer are the same

Better = Literal["lower", "higher", None]


@dataclass(frozen=True)
class Prepared:
    """A comparison worth looking at, and what it teaches in a sentence."""

    title: str
    runs: tuple[str, ...]
    lesson: str


PREPARED = (
    Prepared(
        "Latent 2, 4, 16",
        ("mnist-mse-2", "mnist-mse-4", "mnist-mse-16"),
        "Further latent numbers buy sharpness, each less than the one before, and cost KL. Add PCA to see what the "
        "network is for: four of its numbers hold nearly as much as sixteen linear ones.",
    ),
    Prepared(
        "Beta 0 to 16",
        ("mnist-beta-0", "mnist-beta-0.25", "mnist-beta-1", "mnist-beta-4", "mnist-beta-16"),
        "One network, and only the price of its latent differs. At beta 0, a plain autoencoder, the error is hardly "
        "less than at 0.25, and the KL runs away: nothing can be drawn from the prior. At 16 half of the units are "
        "silent.",
    ),
    Prepared(
        "MLP or convolutions",
        ("mnist-20", "mnist-conv-20"),
        "As many latent numbers and nearly the same KL: what convolutions gain is in the reconstruction, and they take "
        "far longer to train.",
    ),
    Prepared(
        "VAE or VQ-VAE",
        ("mnist-20", "mnist-vqvae"),
        "A map of codes loses far less of an image than twenty Gaussian numbers, and it spends several times as many "
        "bits: look at both axes below before calling one of them better.",
    ),
    Prepared(
        "Brains, KL at 1 or 0.1",
        ("oasis-8", "brain-conv-32"),
        "With convolutions and a cheaper KL the brain is sharper, and its description costs several times as much. Two "
        "things were changed at once, so neither alone explains it.",
    ),
)


@dataclass(frozen=True)
class Column:
    """A number of each run.

    Attributes:
        title: with the unit.
        value: of a run; None where a run of its kind has no such number.
        form: how it is written.
        better: which is better, where that is certain: what a model costs is a choice.
    """

    title: str
    value: Callable[[RunRecord], float | None]
    form: str
    better: Better = None


def bytes_per_image(record: RunRecord) -> int:
    """What an image takes when its latent is stored: 4 bytes a number, or the bits of a code map."""
    model = record.config.model
    if model.kind == "vqvae":
        return math.ceil(model.map_size**2 * math.log2(model.codebook_size) / 8)
    return NUMBER_BYTES * model.latent_dim


def rate(record: RunRecord) -> float:
    """Bits an image: KL of a VAE; what its codes cost under a VQ-VAE's prior, and all codes alike without one."""
    model = record.config.model
    if model.kind == "vqvae":
        return model.map_size**2 * (record.prior.test if record.prior else math.log2(model.codebook_size))
    assert record.trained.test.kl is not None, "a VAE has a KL"
    return record.trained.test.kl / math.log(2)


def training_seconds(record: RunRecord) -> float | None:
    """Training and evaluation up to the saved weights, both stages of a VQ-VAE; None of imported weights."""
    if record.imported:
        return None
    return record.trained.seconds + (record.prior.trained.seconds if record.prior else 0)


def _of_test(name: str) -> Callable[[RunRecord], float | None]:
    return lambda record: getattr(record.trained.test, name)


COLUMNS = {
    "mse": Column("MSE", _of_test("mse"), ".4f", "lower"),
    "psnr": Column("PSNR, dB", _of_test("psnr"), ".1f", "higher"),
    "ssim": Column("SSIM", _of_test("ssim"), ".3f", "higher"),
    "reconstruction": Column("Reconstruction", _of_test("reconstruction"), ".1f", "lower"),
    "kl": Column("KL, nats", _of_test("kl"), ".1f"),
    "active": Column("Active units", lambda record: record.trained.active_units, "d"),
    "parameters": Column("Parameters", lambda record: record.parameters, ",d"),
    "bytes": Column("Bytes an image", bytes_per_image, ",d"),
    "seconds": Column("Training", training_seconds, ".0f"),
}


def best_rows(values: Sequence[float | None], better: Better) -> set[int]:
    """The rows of the best value, several where they are equal; none where nothing is better or there is one row."""
    known = [value for value in values if value is not None]
    if better is None or len(known) < 2:
        return set()
    best = min(known) if better == "lower" else max(known)
    return {row for row, value in enumerate(values) if value is not None and math.isclose(value, best, rel_tol=ERROR)}


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The points (rate, distortion) that no other one beats, by rate: at most as much of both and less of one."""

    def is_beaten(x: float, y: float) -> bool:
        return any(a <= x and b <= y and (a < x or b < y) for a, b in points)

    return sorted((row for row, point in enumerate(points) if not is_beaten(*point)), key=points.__getitem__)


def same_data(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The runs in groups of equal images, size and split, in the order of their first one: only such are compared."""
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        data = entry.record.data
        groups.setdefault((data.fingerprint, entry.record.config.model.image_size), []).append(entry)
    return list(groups.values())


def available(prepared: Sequence[Prepared], keys: Sequence[str]) -> list[Prepared]:
    """The comparisons all of whose runs are here."""
    return [each for each in prepared if set(each.runs) <= set(keys)]


def first_choice(entries: Sequence[Entry], current: Entry) -> list[str]:
    """What to begin with: a prepared comparison, if there is one of the current run's images; else any; else those."""
    by_key = {entry.key: entry for entry in entries}
    alike = [entry.key for group in same_data([current, *entries]) if current in group for entry in group]
    prepared = sorted(available(PREPARED, list(by_key)), key=lambda each: not set(each.runs) & set(alike))
    return list(prepared[0].runs) if prepared else list(dict.fromkeys(alike))[:MOST]


def evaluations(entry: Entry, metric: str) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """(epoch, value) of the fixed training sample and of the test images, without the untrained model.

    Empty where a run has no such number. Raises RunError when its history cannot be read.
    """

    def points(split: Callable[[EpochLine], Evaluation]) -> list[tuple[int, float]]:
        found = ((line.epoch, getattr(split(line), metric)) for line in lines if line.epoch or len(lines) == 1)
        return [(epoch, value) for epoch, value in found if value is not None]

    lines = entry.run.read_epochs()
    return points(lambda line: line.train_sample), points(lambda line: line.test)
