"""How well a score tells anomalous images from normal ones: ROC and precision-recall, with bootstrap intervals.

A score is large for what is strange. The area under the ROC curve is the probability that an anomalous
image scores higher than a normal one, ties counting half (Mann and Whitney 1947). Average precision is the
sum of precision over the steps of recall, without interpolation, so it depends on how rare anomalies are:
a score that says nothing has their share.

An interval is the 2.5th to 97.5th percentile over resamples with replacement of the normal and of the
anomalous images, each as many as there are (Efron and Tibshirani 1993, chapter 13).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.errors import DatasetError

REPLICATES = 1000
TAILS = (0.025, 0.975)
CELLS = 2_000_000  # resampled counts that are in memory at once
Doubles = NDArray[np.float64]
Counts = NDArray[np.int64]
Measure = Callable[[Counts, Counts], Doubles]


class Estimate(NamedTuple):
    """A number and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class Curve(NamedTuple):
    """A curve over the thresholds, the strictest first: an image is called anomalous from `thresholds` (P,) on.

    Attributes:
        x, y: (P,); of a ROC curve the false and the true positive rate, with (0, 0) at an infinite threshold;
            of a precision-recall curve recall and precision.
    """

    x: Doubles
    y: Doubles
    thresholds: Doubles


@dataclass(frozen=True)
class Detection:
    """How well one score tells `anomalous` from `normal` images, of which there are so many.

    Attributes:
        reversed: whether low scores were taken for anomalous, because that is the better direction.
    """

    auroc: Estimate
    average_precision: Estimate
    roc: Curve
    precision_recall: Curve
    normal: int
    anomalous: int
    reversed: bool = False

    @property
    def share(self) -> float:
        """Share of the anomalous images: the average precision of a score that says nothing."""
        return self.anomalous / (self.normal + self.anomalous)


def detect(
    normal: ArrayLike,
    anomalous: ArrayLike,
    *,
    either_way: bool = False,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Detection:
    """How well scores of `normal` (N,) and of `anomalous` images (M,) tell them apart; thresholds are scores.

    With `either_way` low scores may stand for anomalies where that is better: fair to a trivial score, whose
    direction nobody knows. Raises DatasetError when either is empty, or a score is not finite.
    """
    ours, theirs = _checked(normal, anomalous)
    if either_way and auroc(ours, theirs) < 0.5:
        return _turned(detect(-ours, -theirs, replicates=replicates, seed=seed))
    counted = _Counted.of(ours, theirs)
    resampled = counted.resampled(seed, replicates, MEASURES)
    area, precision = (
        Estimate(float(measure(counted.normal, counted.anomalous)), *np.quantile(found, TAILS).tolist())
        for measure, found in zip(MEASURES, resampled.T, strict=True)
    )
    return Detection(area, precision, _roc(counted), _precision_recall(counted), len(ours), len(theirs))


def auroc(normal: ArrayLike, anomalous: ArrayLike) -> float:
    """Area under the ROC curve of scores (N,) and (M,), 0 to 1. Raises DatasetError like `detect`."""
    counted = _Counted.of(*_checked(normal, anomalous))
    return float(_area(counted.normal, counted.anomalous))


def average_precision(normal: ArrayLike, anomalous: ArrayLike) -> float:
    """Average precision of scores (N,) and (M,), 0 to 1. Raises DatasetError like `detect`."""
    counted = _Counted.of(*_checked(normal, anomalous))
    return float(_average_precision(counted.normal, counted.anomalous))


@dataclass(frozen=True)
class _Counted:
    """How many normal and anomalous images have each of the distinct scores, the highest first; all (U,)."""

    scores: Doubles
    normal: Counts
    anomalous: Counts

    @classmethod
    def of(cls, normal: Doubles, anomalous: Doubles) -> "_Counted":
        """From the scores of both."""
        distinct = np.unique(np.concatenate([normal, anomalous]))
        counts = [
            np.bincount(np.searchsorted(distinct, each), minlength=len(distinct))[::-1] for each in (normal, anomalous)
        ]
        return cls(distinct[::-1], *counts)

    def resampled(self, seed: int, replicates: int, measures: "tuple[Measure, ...]") -> Doubles:
        """What `measures` make of `replicates` resamples; (replicates, measures)."""
        source, found = np.random.default_rng(seed), []
        most = max(1, CELLS // len(self.scores))
        for start in range(0, replicates, most):
            count = min(most, replicates - start)
            counts = [_resample(source, each, count) for each in (self.normal, self.anomalous)]
            found.append(np.stack([measure(*counts) for measure in measures], 1))
        return np.concatenate(found)


def _resample(source: np.random.Generator, counts: Counts, replicates: int) -> Counts:
    """Counts (replicates, U) of as many draws with replacement as `counts` (U,) sum to."""
    members = np.repeat(np.arange(len(counts)), counts)
    draws = members[source.integers(len(members), size=(replicates, len(members)))]
    draws += np.arange(replicates)[:, np.newaxis] * len(counts)
    return np.bincount(draws.ravel(), minlength=replicates * len(counts)).reshape(replicates, -1)


def _area(normal: Counts, anomalous: Counts) -> Doubles:
    """Mann and Whitney's, of counts (..., U) at falling scores."""
    higher = anomalous.cumsum(-1) - 0.5 * anomalous  # anomalous images above each score, those that tie half
    area: Doubles = (normal * higher).sum(-1) / (normal.sum(-1) * anomalous.sum(-1))
    return area


def _average_precision(normal: Counts, anomalous: Counts) -> Doubles:
    found, false = anomalous.cumsum(-1), normal.cumsum(-1)
    precision = found / np.maximum(found + false, 1)
    mean: Doubles = (precision * anomalous).sum(-1) / anomalous.sum(-1)
    return mean


MEASURES: tuple[Measure, ...] = (_area, _average_precision)


def _roc(counted: _Counted) -> Curve:
    """With the corners alone: a point between two others on one line adds nothing."""
    x, y = (np.r_[0, each.cumsum() / each.sum()] for each in (counted.normal, counted.anomalous))
    thresholds = np.r_[np.inf, counted.scores]
    is_corner = (np.diff(counted.normal) != 0) | (np.diff(counted.anomalous) != 0)
    kept = np.r_[True, is_corner, True]
    return Curve(x[kept], y[kept], thresholds[kept])


def _precision_recall(counted: _Counted) -> Curve:
    found, false = counted.anomalous.cumsum(), counted.normal.cumsum()
    return Curve(found / found[-1], found / (found + false), counted.scores)


def _turned(detection: Detection) -> Detection:
    """A detection by scores that were negated, with thresholds in the scores' own sign."""
    roc, precision_recall = (
        each._replace(thresholds=-each.thresholds) for each in (detection.roc, detection.precision_recall)
    )
    return Detection(
        detection.auroc,
        detection.average_precision,
        roc,
        precision_recall,
        detection.normal,
        detection.anomalous,
        reversed=True,
    )


def _checked(normal: ArrayLike, anomalous: ArrayLike) -> tuple[Doubles, Doubles]:
    ours, theirs = (np.asarray(each, np.float64).ravel() for each in (normal, anomalous))
    if not len(ours) or not len(theirs):
        raise DatasetError("Detection needs normal and anomalous images; there are none of one of the two.")
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise DatasetError("Some score is not finite; leave out the images that the model cannot score.")
    return ours, theirs
