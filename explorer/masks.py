"""The head in a slice, and structural similarity inside it: the black around a head is easy and counts for much."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.metrics import structural_similarity

DARK = 0.05  # grey value, of 1, up to which a pixel is background
MASK_PROTOCOL = "mask: original over 0.05, its largest connected part, holes filled"

Floats = NDArray[np.float32]


def head_mask(image: Floats) -> NDArray[np.bool_]:
    """Which pixels of a slice (H, W) in [0, 1] are head; all of an image that is nowhere over `DARK`."""
    parts, count = ndimage.label(image > DARK)
    if not count:
        return np.ones(image.shape, bool)
    sizes = np.bincount(parts.ravel())
    mask: NDArray[np.bool_] = ndimage.binary_fill_holes(parts == 1 + sizes[1:].argmax())
    return mask


def masked_ssim(decoded: Floats, originals: Floats) -> Floats:
    """The mean of scikit-image's SSIM map over each original's `head_mask`; (N,) from (N, H, W) twice in [0, 1]."""
    values = [
        structural_similarity(ours, original, data_range=1, full=True)[1][head_mask(original)].mean()  # type: ignore[no-untyped-call]
        for ours, original in zip(decoded, originals, strict=True)
    ]
    return np.array(values, np.float32)
