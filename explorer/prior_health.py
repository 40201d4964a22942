"""Samples of a prior beside the training images: noise is like none of them, a copy is too like one.

All images are decoded code maps, so that samples and test images have lost the same. Nearest means the
highest SSIM among the `CANDIDATES` training images with the smallest squared error.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.metrics import ssim
from explorer.records import PriorHealth

SAMPLES = 64
SEED = 0
CANDIDATES = 16
MOST_TESTED = 256  # test images that the reference is taken from
Floats = NDArray[np.float32]


class Nearest(NamedTuple):
    """The nearest training image of each of N images: its row (N,), and its SSIM (N,)."""

    rows: NDArray[np.int64]
    ssim: Floats


def nearest_images(images: Floats, training: Floats) -> Nearest:
    """The nearest of `training` (M, H, W) to each of `images` (N, H, W), all in [0, 1]."""
    ours, theirs = (torch.from_numpy(each).flatten(1) for each in (images, training))
    distances = torch.addmm(theirs.square().sum(1), ours, theirs.T, alpha=-2)  # but for what is the same in a row
    candidates = distances.topk(min(CANDIDATES, len(training)), largest=False).indices
    rows, values = [], []
    for image, nearest in zip(torch.from_numpy(images), candidates, strict=True):
        found = ssim(image.expand(len(nearest), 1, -1, -1), torch.from_numpy(training)[nearest][:, None])
        best = int(found.argmax())
        rows.append(int(nearest[best]))
        values.append(float(found[best]))
    return Nearest(np.array(rows), np.array(values, np.float32))


def prior_health(samples: Floats, test: Floats, training: Floats) -> PriorHealth:
    """The figures of samples (N, H, W), beside those of test images, given the training images."""
    spread = np.linspace(0, len(test) - 1, min(MOST_TESTED, len(test))).astype(int)
    low, middle, high = np.quantile(nearest_images(test[spread], training).ssim, (0.05, 0.5, 0.95)).tolist()
    return PriorHealth(
        samples=len(samples),
        sample=float(np.median(nearest_images(samples, training).ssim)),
        reference=(low, middle, high),
    )
