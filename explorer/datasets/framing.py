"""Bringing one image to a square of a given size with its aspect kept."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MAX_SIDE = 8192  # a 1 × 90,000,000 image is small until it is padded to a square


def square(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """Pad a grey image to a centred square with black, then average it down to (size, size) uint8.

    An image smaller than `size` is enlarged smoothly instead.
    """
    padded = _padded(image)
    if padded.width == size:
        return np.asarray(padded)
    resampling = Image.Resampling.BOX if padded.width > size else Image.Resampling.BICUBIC
    return np.asarray(padded.resize((size, size), resampling))


def squares(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """`square` for every image of (N, H, W), as (N, size, size)."""
    if images.shape[1:] == (size, size):
        return images
    framed = np.empty((len(images), size, size), np.uint8)
    for row, image in enumerate(images):
        framed[row] = square(Image.fromarray(image), size)
    return framed


def _padded(image: Image.Image) -> Image.Image:
    side = max(image.size)
    if image.size == (side, side):
        return image
    canvas = Image.new("L", (side, side))
    canvas.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return canvas
