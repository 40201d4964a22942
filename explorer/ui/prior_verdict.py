"""What is wrong with a prior, in a sentence each; nothing is said that the figures do not show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.records import PriorHealth, PriorRecord

WEAK = 0.9  # of what counting per site costs: a prior that costs more has learned little
BY_HEART = 0.8  # of what test images cost: training images that cost less are known by heart
SUBJECTS = ("subject", "scan")  # columns that say whose image it is, whichever is there


@dataclass(frozen=True)
class Finding:
    """One sentence; `is_bad` where something is wrong."""

    sentence: str
    is_bad: bool


def judge(prior: PriorRecord, health: PriorHealth | None) -> list[Finding]:
    """What is wrong, or that nothing is."""
    found = [*_likelihood(prior), *([] if health is None else _samples(health))]
    if found:
        return [Finding(sentence, True) for sentence in found]
    gain = f"It needs {100 * (1 - prior.test / prior.site_unigram):.0f} % fewer bits than counting codes per site."
    if health is None:
        return [Finding(f"{gain} Whether its samples are any good was not measured yet.", False)]
    return [Finding(f"{gain} Its samples are as like training images as test images are. Nothing looks wrong.", False)]


def _likelihood(prior: PriorRecord) -> list[str]:
    found = []
    share = prior.test / prior.site_unigram
    if share >= 1:
        found.append(
            f"It is worse than counting codes per site ({prior.test:.2f} against {prior.site_unigram:.2f} bits): "
            "it has learned nothing of how codes go together."
        )
    elif share > WEAK:
        found.append(
            f"It saves only {100 * (1 - share):.0f} % of the bits of counting codes per site: "
            "it has learned little of how codes go together."
        )
    if prior.best.train_sample < BY_HEART * prior.test:
        found.append(
            f"It knows its training images by heart: {prior.best.train_sample:.2f} bits a code for them, "
            f"{prior.test:.2f} for test images."
        )
    return found


def _samples(health: PriorHealth) -> list[str]:
    low, _, high = health.reference
    if health.sample < low:
        return [
            f"Its samples are less like any training image than test images are (SSIM {health.sample:.2f}, "
            f"test images from {low:.2f}): noise."
        ]
    if health.sample > high:
        return [
            f"Its samples are more like a training image than test images are (SSIM {health.sample:.2f}, "
            f"test images up to {high:.2f}): copies."
        ]
    return []


def class_basis(metadata: Mapping[str, NDArray[np.int64]], of_class: NDArray[np.bool_], name: str) -> str:
    """What a class rests on: how many images (N,), and of how many subjects and scans where that is known."""
    counts = [f"{of_class.sum():,} training images"]
    known = [column for column in SUBJECTS if column in metadata]
    counts += [_count(len(np.unique(metadata[column][of_class])), column) for column in known]
    sentence = f"Class {name} rests on {' of '.join(counts)}"
    if not known:
        return f"{sentence}."
    return f"{sentence}: its samples show these {known[-1]}s, not what the class stands for."


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
