"""How good the prior of a run is: the bits that it needs for any images, and its samples beside the training images.

Training images are those whose code maps the run keeps (`code_maps.py`).
"""

from contextlib import suppress
from typing import Literal, NamedTuple

import torch

from explorer.code_inference import CodeSession
from explorer.code_maps import CodeMaps, unpack_codes
from explorer.datasets.image_set import ImageSet
from explorer.errors import RunError
from explorer.prior_evaluation import site_unigram_bits, uniform_bits, unigram_bits
from explorer.prior_health import CANDIDATES, MOST_TESTED, SAMPLES, SEED, prior_health
from explorer.records import PriorHealth
from explorer.runs import Run

BITS_PROTOCOL = (
    "cross-entropy, a mean over images and sites, the class given where the prior knows it; the unigrams count codes "
    "of training images, that of a site smoothed by as many images as suit it best"
)
HEALTH_PROTOCOL = (
    f"median over {SAMPLES} samples at temperature 1, of any class, seed {SEED}, of SSIM to the nearest training image "
    f"among the {CANDIDATES} of least squared error, all of them decoded code maps; reference: 5th, 50th and 95th "
    f"percentile of the same over at most {MOST_TESTED} test images"
)


class BitsPerCode(NamedTuple):
    """What a code of some images costs, a mean over images and sites: under the prior, and without a network."""

    prior: float
    uniform: float
    unigram: float
    site_unigram: float


def measure_bits(session: CodeSession, run: Run, images: ImageSet) -> BitsPerCode:
    """Of the codes of `images`; their classes are given where they are those of the run. Raises RunError."""
    size = session.model.config.codebook_size
    codes = session.encode(images.images)
    labels = images.labels if images.label_names == session.record.data.label_names else None
    train, given = torch.from_numpy(kept_codes(run, session, "train").codes), torch.from_numpy(codes)
    return BitsPerCode(
        prior=float(session.bits(codes, labels).mean()),
        uniform=uniform_bits(size),
        unigram=unigram_bits(train, given, size),
        site_unigram=site_unigram_bits(train, given, size),
    )


def measure_health(session: CodeSession, run: Run) -> PriorHealth:
    """Draw samples and compare them; the run keeps what was found, unless it is a shipped one or cannot be written.

    Raises RunError when there is no prior.
    """
    samples = session.sample(SAMPLES, SEED)
    test, train = (session.decode(kept_codes(run, session, split).codes) for split in ("test", "train"))
    health = prior_health(samples, test, train)
    if not run.is_shipped:
        with suppress(RunError):
            run.write_health(health)
    return health


def kept_codes(run: Run, session: CodeSession, split: Literal["train", "test"]) -> CodeMaps:
    """The code maps that `run` keeps of a split. Raises RunError."""
    return unpack_codes(run.read_codes(), split, session.model.config, session.record.data)
