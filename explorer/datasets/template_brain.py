"""The embedded brains: slices of a template, varied at random, so that brain pages work without a scan.

The template is the T1-weighted ICBM 2009a average of 152 brains that comes with nilearn. A synthetic
subject is the template under a smooth deformation, with a contrast and a bias field of its own; its
slices share all three. They are framed like the OASIS slices: 1 mm a pixel of 256 × 256, averaged
down. What varies here is not what varies between people.
"""

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.cache import remembered
from explorer.datasets.decoding import Decoded
from explorer.datasets.framing import squares
from explorer.datasets.image_set import ImageSet, fingerprint

TITLE = "template brain (synthetic variation)"
NOTICE = (
    "The template is ICBM 2009a, Copyright (C) 1993–2004 Louis Collins, McConnell Brain Imaging Centre, Montreal "
    "Neurological Institute, McGill University: use, copying, modification and distribution are granted for any "
    "purpose and without fee where this notice appears, as is and without warranty."
)
EDITION = 1  # raise it when the images change
SEED = 0
TRAIN_SUBJECTS, TEST_SUBJECTS = 125, 25
HEIGHTS = np.arange(0, 32, 4)  # of the slices, mm in the template's space: from the basal ganglia upwards
FRAME = 256.0  # side, mm
BRAIN_BOX = (208.0, 176.0)  # height and width of the part of the frame that is drawn, mm
CENTRE = (0.0, -17.0)  # of the template's brain, left to right and back to front, mm
SIZE = 1.05  # the template's brain is so much larger than one in an OASIS slice
WAVES = (3, 6, 6)  # cosines of the deformation, upwards, to the back and across, in a cube of FRAME
DEFORMATION = 3.0  # standard deviation, mm
BIAS_WAVES = (2, 3, 3)
BIAS = 0.1  # standard deviation of the bias field's logarithm

Floats = NDArray[np.float64]  # sums and powers in doubles, so that grey levels are the same on every machine
Axes = tuple[Floats, Floats, Floats]  # heights (H,), rows from front to back and columns, mm from the middle


def read(image_size: int) -> ImageSet:
    """1,000 training and 200 test slices as (image_size, image_size), no subject in both."""
    subjects = np.arange(TRAIN_SUBJECTS + TEST_SUBJECTS)
    count = len(subjects) * len(HEIGHTS)
    edition = f"{EDITION}|{SEED}|{version('nilearn')}"
    images = remembered("template-brain", edition, count, image_size, lambda: _drawn(subjects, image_size)).images
    subject, height = np.repeat(subjects, len(HEIGHTS)), np.tile(HEIGHTS, len(subjects))
    split = np.where(subject < TRAIN_SUBJECTS, "train", "test")
    ids = np.array([f"subject_{whose:03d}_slice_{where:02d}" for whose, where in zip(subject, height, strict=True)])
    return ImageSet(
        name="template-brain",
        title=TITLE,
        source="template-brain",
        images=images,
        split=split,
        ids=ids,
        metadata={"subject": subject, "slice": height},
        fingerprint=fingerprint(images, ids, split),
        notices=(NOTICE,),
    )


def _drawn(subjects: NDArray[np.int64], image_size: int) -> Decoded:
    """All slices of all subjects, in this order."""
    template = _Template()
    side = 128 if image_size <= 128 else 256

    def draw(subject: int) -> NDArray[np.uint8]:
        return squares(template.vary(np.random.default_rng([SEED, subject]), side), image_size)

    with ThreadPoolExecutor() as pool:
        images = np.concatenate(list(pool.map(draw, subjects.tolist())))[:, np.newaxis]
    return Decoded(images, np.arange(len(images)), ())


class _Template:
    """The template's volume, f32 (X, Y, Z) in [0, 1], and where its voxels lie."""

    def __init__(self) -> None:
        from nilearn.datasets import load_mni152_template  # type: ignore[import-untyped]

        image = load_mni152_template(resolution=1)
        self.volume: NDArray[np.float32] = image.get_fdata(dtype=np.float32)
        self.origin: Floats = image.affine[:3, 3]

    def vary(self, random: np.random.Generator, side: int) -> NDArray[np.uint8]:
        """The slices of one synthetic subject in frames, uint8 (H, side, side)."""
        from scipy.ndimage import map_coordinates

        axes = _pixel_axes(side)
        places = _affine(random, axes)
        for axis, start in enumerate(self.origin):
            places[axis] += DEFORMATION * _waves(random, axes, WAVES) - start
        tissue = map_coordinates(self.volume, places, order=1)
        grey = _contrast(random, tissue) * np.exp(BIAS * _waves(random, axes, BIAS_WAVES))
        frames = np.zeros((len(HEIGHTS), side, side), np.uint8)
        top, left = ((side - length) // 2 for length in grey.shape[1:])
        frames[:, top : side - top, left : side - left] = np.rint(np.clip(grey, 0, 1) * 255)
        return frames


def _pixel_axes(side: int) -> Axes:
    """The axes of the drawn pixels of frames of `side` pixels."""
    rows, columns = (round(length * side / FRAME) for length in BRAIN_BOX)
    return HEIGHTS.astype(np.float64), -_pixels(rows, side), _pixels(columns, side)


def _pixels(count: int, side: int) -> Floats:
    """Where `count` pixels in the middle of `side` lie along an axis, mm."""
    return (np.arange(count, dtype=np.float64) - (count - 1) / 2) * (FRAME / side)


def _affine(random: np.random.Generator, axes: Axes) -> NDArray[np.float32]:
    """Places (3, H, rows, columns) in the template, mm, for a subject turned and of another size and shape."""
    height, back, across = np.ix_(*axes)
    turn = random.normal(0, np.radians(2))
    wide, long, high = SIZE * np.exp(random.normal(0, 0.03, 3))
    places = np.empty((3, *map(len, axes)), np.float32)
    places[0] = CENTRE[0] + wide * (np.cos(turn) * across - np.sin(turn) * back)
    places[1] = CENTRE[1] + long * (np.sin(turn) * across + np.cos(turn) * back)
    places[2] = high * height + random.normal(0, 1.5)
    return places


def _contrast(random: np.random.Generator, tissue: NDArray[np.float32]) -> Floats:
    """Grey levels of `tissue`: black at about the template's fluid, white somewhat above its white matter."""
    black, white = random.normal(0.34, 0.02), random.normal(0.97, 0.04)
    grey: Floats = np.clip((tissue.astype(np.float64) - black) / (white - black), 0, None) ** np.exp(
        random.normal(0.15, 0.15)
    )
    return grey


def _waves(random: np.random.Generator, axes: Axes, waves: tuple[int, int, int]) -> Floats:
    """A random sum of cosines (H, rows, columns), the long ones strongest; mean 0 and variance 1 over the cube."""
    orders = np.stack(np.meshgrid(*map(np.arange, waves), indexing="ij"))
    strength = 1 / (4 + (orders**2).sum(0))
    strength[0, 0, 0] = 0
    power = (strength**2 * 0.5 ** (orders > 0).sum(0)).sum()
    weights = random.normal(size=waves) * strength / np.sqrt(power)
    bases = [
        np.cos(np.pi * np.outer(axis / FRAME + 0.5, np.arange(count))) for axis, count in zip(axes, waves, strict=True)
    ]
    field: Floats = np.einsum("ijk,hi,rj,ck->hrc", weights, *bases, optimize=True)
    return field
