"""Changes to images that are known, to measure whether a score notices them.

All take and give uint8 images (N, 1, H, W), and sizes in pixels. What is random in an image is a function of
(seed, its row) alone. They are crude on purpose: that a score finds a drawn blob does not say that it finds disease.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.masks import head_mask

Images = NDArray[np.uint8]
Places = NDArray[np.int64]
HALF_WIDTHS = 4 * np.log(2)  # a Gaussian exp(-HALF_WIDTHS r² / d²) is a half at the radius d / 2


def random_places(images: Images, seed: int = 0) -> Places:
    """A pixel inside the foreground (`masks.head_mask`) of each image, all alike likely: row, column; (N, 2)."""
    return np.array(
        [np.random.default_rng((seed, row)).choice(np.argwhere(_foreground(image))) for row, image in enumerate(images)]
    ).reshape(-1, 2)


def same_places(images: Images, place: tuple[float, float]) -> Places:
    """The same pixel of every image, given as shares 0 to 1 of height and width; (N, 2)."""
    height, width = images.shape[2:]
    row, column = round(place[0] * (height - 1)), round(place[1] * (width - 1))
    return np.tile(np.array([row, column], np.int64), (len(images), 1))


def lesion(images: Images, places: Places, *, size: float, contrast: float) -> Images:
    """A smooth blob added at `places` (N, 2): a Gaussian of `size` pixels full width at half maximum.

    `contrast` is its height as a share of the grey range, -1 to 1: below 0 it is dark. What leaves the range is
    cut off, so a bright blob in a white stroke changes nothing.
    """
    rows, columns = _offsets(images, places)
    blob = contrast * np.exp(-HALF_WIDTHS * (rows**2 + columns**2) / size**2)
    return _as_pixels(images + 255 * blob[:, np.newaxis])


def occlusion(images: Images, places: Places, *, size: int, grey: float = 0.0) -> Images:
    """A square of side `size` pixels around `places` (N, 2), all of one grey value, 0 black to 1 white."""
    rows, columns = _offsets(images, places)
    is_covered = (np.abs(rows + 0.5 * (size % 2 == 0)) < size / 2) & (
        np.abs(columns + 0.5 * (size % 2 == 0)) < size / 2
    )
    return np.where(is_covered[:, np.newaxis], np.uint8(round(255 * grey)), images)


def noise(images: Images, *, sigma: float, seed: int = 0) -> Images:
    """Gaussian noise added to every pixel, its standard deviation a share of the grey range; cut off at its ends."""
    draws = np.random.default_rng(seed).standard_normal(images.shape, np.float32)
    return _as_pixels(images + 255 * sigma * draws)


def inversion(images: Images) -> Images:
    """Black for white."""
    return 255 - images


def _foreground(image: Images) -> NDArray[np.bool_]:
    return head_mask(image[0].astype(np.float32) / 255)


def _offsets(images: Images, places: Places) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How many pixels each pixel is below and to the right of its image's place; (N, H, 1) and (N, 1, W)."""
    height, width = images.shape[2:]
    rows = np.arange(height, dtype=np.float32) - places[:, :1]
    columns = np.arange(width, dtype=np.float32) - places[:, 1:]
    return rows[:, :, np.newaxis].astype(np.float32), columns[:, np.newaxis].astype(np.float32)


def _as_pixels(values: NDArray[np.floating]) -> Images:
    return values.round().clip(0, 255).astype(np.uint8)
