"""Calibrating a model on its own held-out images, and the place where that is kept."""

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from explorer.anomaly import Scorer, own_rows
from explorer.calibration import LEVELS, Calibration, Floats, model_of, to_grey
from explorer.code_inference import CodeSession
from explorer.datasets.image_set import ImageSet, Split
from explorer.errors import DatasetError, RunError
from explorer.inference import Session
from explorer.records import RunRecord
from explorer.runs import Run

MOST = 2000  # images that are scored; a percentile is then good to one
MOST_BYTES = 1_000_000  # of the residuals' statistics
SEED = 0  # of the images that are chosen


class Residuals:
    """Sums over original - reconstruction, of all images and near each of `slices` (S,)."""

    def __init__(self, image_size: int, slices: NDArray[np.int64], window: int) -> None:
        self.slices, self.window = slices, window
        self.counts = np.zeros(1 + len(slices))
        self.sums = np.zeros((2, 1 + len(slices), image_size, image_size))

    def add(self, residuals: Floats, numbers: NDArray[np.int64] | None) -> None:
        """Residuals (n, H, W), and the slice numbers (n,) of their images."""
        members = np.ones((1, len(residuals)), bool)
        if numbers is not None:
            members = np.concatenate([members, np.abs(self.slices[:, np.newaxis] - numbers) <= self.window])
        self.counts += members.sum(1)
        for power, sums in enumerate(self.sums, start=1):
            sums += np.tensordot(members.astype(np.float32), residuals**power, 1)

    @property
    def statistics(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation, each (1 + S, H, W)."""
        mean, square = self.sums / self.counts[:, np.newaxis, np.newaxis]
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        return mean.astype(np.float32), deviation.astype(np.float32)


def calibration_of(run: Run, record: RunRecord) -> Calibration | None:
    """What is stored of the weights that `run` has now; None where nothing is. Raises RunError when it is broken."""
    stored = run.read_calibration()
    found = stored and Calibration.from_arrays(*stored, record.config.model.image_size)
    return found if found and found.model == model_of(record) else None


def calibrating(session: Session | CodeSession, run: Run, images: ImageSet) -> Iterator[float | Calibration]:
    """The share that is done, again and again, and last of all the calibration, which the run then keeps.

    `images` are those that the run learned from, all splits. A shipped run, and one that cannot be written, keeps
    nothing. Raises DatasetError for other images and where none are held out, RunError when there is no memory.
    """
    calibration = None
    for step in measuring(session, run, images):
        calibration = step if isinstance(step, Calibration) else calibration
        yield step
    if calibration and not run.is_shipped:
        with suppress(RunError):
            run.write_calibration(*calibration.to_arrays())


def measuring(session: Session | CodeSession, run: Run, images: ImageSet) -> Iterator[float | Calibration]:
    """The same, and nothing is kept."""
    record, held_out = session.record, _held_out(images, session.record)
    own, numbers = own_rows(held_out, images, record), held_out.metadata.get("slice")
    residuals = Residuals(images.image_size, *_centres(numbers, images.image_size))
    found: dict[str, list[Floats]] = {}
    for piece in Scorer(session, run).pieces(held_out.images, own, batch=100):
        originals = to_grey(held_out.images[piece.rows])
        residuals.add(originals - piece.decoded, None if numbers is None else numbers[piece.rows])
        for name, values in piece.scores.items():
            found.setdefault(name, []).append(values)
        yield piece.rows.stop / len(held_out)
    mean, deviation = residuals.statistics
    yield Calibration(
        quantiles={name: _quantiles(np.concatenate(values)) for name, values in found.items()},
        mean=mean,
        deviation=deviation,
        slices=residuals.slices,
        window=residuals.window,
        split="validation" if images.count("validation") else "test",
        count=len(held_out),
        model=model_of(record),
    )


def calibrate(session: Session | CodeSession, run: Run, images: ImageSet) -> Calibration:
    """What is stored, else what `calibrating` comes to. Raises like that."""
    stored = calibration_of(run, session.record)
    if stored:
        return stored
    *_, last = calibrating(session, run, images)
    assert isinstance(last, Calibration)
    return last


def _held_out(images: ImageSet, record: RunRecord) -> ImageSet:
    if images.fingerprint != record.data.fingerprint:
        raise DatasetError(f"{images.title} here is not what the model learned from, so it cannot be calibrated on it.")
    split: Split = "validation" if images.count("validation") else "test"
    held_out = images.select(split)
    rows = np.random.default_rng(SEED).permutation(len(held_out))[:MOST]
    return held_out.take(np.sort(rows))


def _centres(numbers: NDArray[np.int64] | None, image_size: int) -> tuple[NDArray[np.int64], int]:
    """Slice numbers that residuals are kept of, as many as fit, and how far around them; (S,)."""
    if numbers is None:
        return np.empty(0, np.int64), 0
    present = np.unique(numbers)
    most = max(1, MOST_BYTES // (2 * 2 * image_size**2) - 1)
    chosen = present[np.linspace(0, len(present) - 1, min(most, len(present))).round().astype(int)]
    return chosen, int(np.diff(chosen).max(initial=1))


def _quantiles(values: Floats) -> Floats:
    return np.maximum.accumulate(np.percentile(values, LEVELS)).astype(np.float32)
