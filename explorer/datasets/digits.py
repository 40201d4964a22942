"""The embedded set: the 1,797 handwritten 8 × 8 digits that come with scikit-learn.

They are digits of the UCI optical recognition set and not MNIST. Like MNIST's they are centred in
a frame, in a box of 20 of its 28 pixels, so that models of either set look alike.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.framing import squares
from explorer.datasets.image_set import ImageSet, fingerprint

TITLE = "scikit-learn digits, 8 × 8 enlarged (not MNIST)"
BOX = 20 / 28  # part of the frame that the digit fills
BRIGHTEST = 16  # grey levels run from 0 to here
TEST_PART = 0.2
SPLIT_SEED = 0


def read(image_size: int) -> ImageSet:
    """All digits in (image_size, image_size) frames: 80 % of each class to train, the rest to test."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    grey = np.rint(digits.images * (255 / BRIGHTEST)).astype(np.uint8)
    images = _framed(grey, image_size)
    labels = digits.target.astype(np.int64)
    split = _split(labels)
    ids = np.array([f"digit-{row:04d}" for row in range(len(images))])
    return ImageSet(
        name="digits",
        title=TITLE,
        source="digits",
        images=images,
        split=split,
        ids=ids,
        labels=labels,
        label_names=tuple("0123456789"),
        fingerprint=fingerprint(images, ids, split, labels),
    )


def _framed(digits: NDArray[np.uint8], image_size: int) -> NDArray[np.uint8]:
    box = round(image_size * BOX)
    margin = (image_size - box) // 2
    images = np.zeros((len(digits), 1, image_size, image_size), np.uint8)
    images[:, 0, margin : margin + box, margin : margin + box] = squares(digits, box)
    return images


def _split(labels: NDArray[np.int64]) -> NDArray[np.str_]:
    """ "train" or "test" for each image, the same part of every class."""
    generator = np.random.default_rng(SPLIT_SEED)
    split = np.full(len(labels), "train")
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        split[rows[: round(len(rows) * TEST_PART)]] = "test"
    return split
