"""Images as files to take away: a strip as PNG, a movie as GIF or as WebP. Every grey level is kept.

Images are uint8, (N, H, W) grey or (N, H, W, 3) in colour. They are enlarged by whole multiples, each pixel a
square of `scale` pixels, and movies play at `rate` images a second, over and over. A GIF has 256 colours a frame.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MOST_RATE = 50  # images a second; viewers slow down GIFs that ask for more
Tiles = NDArray[np.uint8]


def strip_png(images: Tiles, scale: int) -> bytes:
    """The images side by side, the first at the left."""
    strip = np.concatenate(list(_enlarged(images, scale)), axis=1)
    buffer = io.BytesIO()
    Image.fromarray(strip).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def gif(images: Tiles, scale: int, rate: float) -> bytes:
    """A movie that any viewer plays. It counts in hundredths of a second: a frame may last a little more or less."""
    return _movie(images, scale, "GIF", durations=_durations(len(images), rate, 10), optimize=False)


def webp(images: Tiles, scale: int, rate: float) -> bytes:
    """A movie without loss, smaller than the GIF; browsers play it, not every other viewer does."""
    return _movie(images, scale, "WEBP", durations=_durations(len(images), rate, 1), lossless=True, exact=True)


def _movie(images: Tiles, scale: int, kind: str, *, durations: list[int], **options: bool) -> bytes:
    first, *others = [Image.fromarray(image) for image in _enlarged(images, scale)]
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=others, duration=durations, loop=0, **options)
    return buffer.getvalue()


def _enlarged(images: Tiles, scale: int) -> Tiles:
    is_image = images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)
    if images.dtype != np.uint8 or not is_image or not images.size:
        raise ValueError(f"A movie is made of uint8 images (N, H, W), not of {images.dtype} {images.shape}.")
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


def _durations(count: int, rate: float, unit: int) -> list[int]:
    """Milliseconds of each image, multiples of `unit`; rounded so that the whole movie lasts as long as it should."""
    if not 0 < rate <= MOST_RATE:
        raise ValueError(f"A movie has up to {MOST_RATE} images a second, not {rate:g}.")
    ends = np.round(np.arange(count + 1) * 1000 / (rate * unit)).astype(int) * unit
    return [int(duration) for duration in np.diff(ends)]
