"""AUROC, average precision and their intervals: closed forms, and scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from explorer.detection import auroc, average_precision, detect
from explorer.errors import DatasetError

NORMAL, ANOMALOUS = [1.0, 2.0, 3.0], [2.0, 4.0]


def drawn(seed: int = 0, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 300 normal and 120 anomalous images that overlap."""
    source = np.random.default_rng(seed)
    normal, anomalous = source.normal(0, 1, 300), source.normal(0.8, 1.3, 120)
    return (normal.round(1), anomalous.round(1)) if ties else (normal, anomalous)


def joined(normal, anomalous):
    labels = np.r_[np.zeros(len(normal)), np.ones(len(anomalous))]
    return labels, np.r_[normal, anomalous]


@pytest.mark.parametrize(
    ("normal", "anomalous", "area"),
    [([1, 2], [3, 4], 1.0), ([3, 4], [1, 2], 0.0), ([5, 5, 5], [5, 5], 0.5), (NORMAL, ANOMALOUS, 4.5 / 6)],
)
def test_the_area_is_the_share_of_pairs_in_order(normal, anomalous, area):
    assert auroc(normal, anomalous) == area


def test_average_precision_sums_precision_over_the_steps_of_recall():
    assert average_precision(NORMAL, ANOMALOUS) == pytest.approx(0.5 * 1 + 0.5 * 2 / 4)
    assert average_precision([1, 2], [3, 4]) == 1.0
    assert average_precision([5] * 6, [5] * 2) == 0.25


@pytest.mark.parametrize("ties", [False, True])
def test_both_are_scikit_learns(ties):
    scores = drawn(ties=ties)
    assert auroc(*scores) == pytest.approx(metrics.roc_auc_score(*joined(*scores)))
    assert average_precision(*scores) == pytest.approx(metrics.average_precision_score(*joined(*scores)))


@pytest.mark.parametrize("ties", [False, True])
def test_the_curves_are_scikit_learns(ties):
    scores = drawn(ties=ties)
    found = detect(*scores, replicates=2)
    theirs = {tuple(np.round(point, 9)) for point in zip(*metrics.roc_curve(*joined(*scores)), strict=True)}
    assert {tuple(np.round(point, 9)) for point in zip(*found.roc, strict=True)} <= theirs
    assert np.trapezoid(found.roc.y, found.roc.x) == pytest.approx(found.auroc.value)
    precision, recall, thresholds = metrics.precision_recall_curve(*joined(*scores))
    np.testing.assert_allclose(found.precision_recall.x, recall[-2::-1])
    np.testing.assert_allclose(found.precision_recall.y, precision[-2::-1])
    np.testing.assert_allclose(found.precision_recall.thresholds, thresholds[::-1])


def test_a_roc_curve_of_one_score_is_a_diagonal():
    x, y, thresholds = detect([5, 5], [5], replicates=2).roc
    assert (x.tolist(), y.tolist(), thresholds.tolist()) == ([0, 1], [0, 1], [np.inf, 5])


def test_an_interval_is_that_of_resampling_the_scores_themselves():
    normal, anomalous = drawn(ties=True)
    source = np.random.default_rng(1)
    areas = [auroc(source.choice(normal, len(normal)), source.choice(anomalous, len(anomalous))) for _ in range(2000)]
    found = detect(normal, anomalous).auroc
    assert found.low < found.value < found.high
    assert (found.low, found.high) == pytest.approx(np.quantile(areas, (0.025, 0.975)), abs=0.006)


def test_the_intervals_hold_the_truth_about_as_often_as_they_say():
    truth, held = 0.5, []  # both from one distribution
    source = np.random.default_rng(0)
    for _ in range(200):
        _, low, high = detect(source.normal(size=80), source.normal(size=60), replicates=200).auroc
        held.append(low <= truth <= high)
    assert 0.88 <= np.mean(held) <= 0.99


def test_the_same_seed_gives_the_same_interval_and_few_at_a_time_the_same_distribution(monkeypatch):
    scores = drawn()
    assert detect(*scores).auroc == detect(*scores).auroc
    assert detect(*scores).auroc != detect(*scores, seed=1).auroc
    whole = detect(*scores).auroc
    monkeypatch.setattr("explorer.detection.CELLS", 1)
    assert detect(*scores).auroc == pytest.approx(whole, abs=0.01)


def test_perfect_scores_have_no_width():
    assert detect([1, 2], [3, 4]).auroc == (1.0, 1.0, 1.0)


def test_a_trivial_score_may_be_used_in_its_better_direction():
    backwards = detect([3.0, 4.0, 5.0], [1.0, 2.0, 3.0], either_way=True)
    forwards = detect([1.0, 2.0, 3.0], [3.0, 4.0, 5.0], either_way=True)
    assert (backwards.auroc, backwards.reversed) == (forwards.auroc, True)
    assert not forwards.reversed
    assert backwards.roc.thresholds.tolist() == [-np.inf, 2, 3, 5]
    assert detect([3.0, 4.0], [1.0, 2.0]).auroc.value == 0.0


def test_the_share_is_the_average_precision_of_a_score_that_says_nothing():
    found = detect([1] * 30, [1] * 10)
    assert found.share == found.average_precision.value == 0.25


@pytest.mark.parametrize(
    ("normal", "anomalous", "sentence"),
    [([], [1], "none of one of the two"), ([1], [], "none of one of the two"), ([1, np.nan], [1], "not finite")],
)
def test_what_cannot_be_compared_is_refused(normal, anomalous, sentence):
    with pytest.raises(DatasetError, match=sentence):
        detect(normal, anomalous)
