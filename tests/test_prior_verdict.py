"""The sentences about a prior: each says what its figures show, and none where nothing is wrong."""

import numpy as np
import pytest

from explorer.records import PriorHealth, PriorLine, PriorRecord
from explorer.ui.prior_verdict import class_basis, judge


def prior(*, test: float = 2.0, train: float = 1.9) -> PriorRecord:
    line = PriorLine(
        epoch=1, step=1, seconds=1, images_per_second=1, train={"bits": train}, train_sample=train, validation=test
    )
    return PriorRecord(trained=line, best=line, test=test, uniform=6, unigram=5, site_unigram=4)


def health(sample: float) -> PriorHealth:
    return PriorHealth(samples=64, sample=sample, reference=(0.5, 0.6, 0.7))


@pytest.mark.parametrize("measured", [None, health(0.6)])
def test_where_nothing_is_wrong_it_says_so_and_by_how_much_the_prior_is_better(measured):
    (finding,) = judge(prior(), measured)
    assert not finding.is_bad
    assert "50 % fewer bits" in finding.sentence
    assert ("Nothing looks wrong" in finding.sentence) == (measured is not None)


@pytest.mark.parametrize(
    ("record", "measured", "words"),
    [
        (prior(test=4.5, train=4.4), None, "worse than counting codes per site (4.50 against 4.00 bits)"),
        (prior(test=3.8, train=3.7), None, "only 5 %"),
        (prior(test=2.6, train=1.9), None, "by heart: 1.90 bits a code for them, 2.60 for test images"),
        (prior(), health(0.4), "noise"),
        (prior(), health(0.8), "copies"),
    ],
)
def test_what_is_wrong_is_one_sentence(record, measured, words):
    (finding,) = judge(record, measured)
    assert finding.is_bad
    assert words in finding.sentence


def test_two_things_that_are_wrong_are_two_sentences():
    assert [finding.is_bad for finding in judge(prior(test=2.6), health(0.8))] == [True, True]


def test_a_class_rests_on_its_scans_and_its_samples_show_them():
    of_class = np.array([True, True, True, False])
    metadata = {"scan": np.array([7, 7, 8, 9]), "slice": np.arange(4)}
    sentence = class_basis(metadata, of_class, "AD")
    assert sentence.startswith("Class AD rests on 3 training images of 2 scans:")
    assert "not what the class stands for" in sentence
    assert class_basis({}, of_class, "3") == "Class 3 rests on 3 training images."
