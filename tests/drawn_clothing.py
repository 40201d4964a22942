"""Drawn clothes as an IDX folder: a stand-in for Fashion-MNIST, whose photographs are not part of this project.

Grey silhouettes with folds and cloth, 28 × 28 on black like its images; every measure is random.
"""

from pathlib import Path

import numpy as np
from datasets_files import idx_bytes
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

SIZE = 28
LARGER = 4  # drawn so many times larger, for smooth edges
Point = tuple[float, float]


def write_clothing(folder: Path, count: int, seed: int = 0) -> Path:
    """An IDX folder of `count` training and as many test images of four classes."""
    folder.mkdir(parents=True)
    for number, part in enumerate(("train", "t10k")):
        images, labels = clothing(count, seed + number)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return folder


def clothing(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (count, 28, 28) and their classes (count,): trousers, shirt, bag, shoe."""
    source = np.random.default_rng(seed)
    labels = (np.arange(count) % len(SHAPES)).astype(np.uint8)
    return np.stack([_worn(SHAPES[label](source), source) for label in labels]), labels


def _worn(outlines: list[list[Point]], source: np.random.Generator) -> NDArray[np.uint8]:
    """Outlines, in shares of the image, filled with cloth."""
    side = SIZE * LARGER
    canvas = Image.new("L", (side, side))
    for outline in outlines:
        ImageDraw.Draw(canvas).polygon([(side * x, side * y) for x, y in outline], fill=255)
    shape = np.asarray(canvas.resize((SIZE, SIZE), Image.Resampling.BOX)) / 255
    cloth = ndimage.gaussian_filter(source.standard_normal((SIZE, SIZE)), (3, 1))
    grey = source.uniform(0.35, 0.85) + 0.12 * cloth / cloth.std()
    return (255 * (shape * grey).clip(0, 1)).round().astype(np.uint8)


def _trousers(source: np.random.Generator) -> list[list[Point]]:
    waist, hem, gap, top = (source.uniform(*ends) for ends in ((0.12, 0.2), (0.06, 0.12), (0.02, 0.08), (0.02, 0.08)))
    legs = []
    for side in (-1, 1):
        inner, outer = 0.5 + side * gap, 0.5 + side * (gap + 2 * hem)
        legs.append([(0.5, top), (0.5 + side * waist, top), (outer, 0.97), (inner, 0.97), (0.5, 0.35)])
    return legs


def _shirt(source: np.random.Generator) -> list[list[Point]]:
    shoulder, body, sleeve, length = (
        source.uniform(*ends) for ends in ((0.24, 0.3), (0.2, 0.28), (0.3, 0.9), (0.85, 0.97))
    )
    trunk = [(0.5 - shoulder, 0.08), (0.5 + shoulder, 0.08), (0.5 + body, length), (0.5 - body, length)]
    sleeves = [
        [(0.5 + side * x, y) for x, y in ((shoulder, 0.08), (0.48, sleeve), (0.36, sleeve + 0.05), (body, 0.32))]
        for side in (-1, 1)
    ]
    return [trunk, *sleeves]


def _bag(source: np.random.Generator) -> list[list[Point]]:
    top, width, thick = (source.uniform(*ends) for ends in ((0.3, 0.45), (0.3, 0.46), (0.03, 0.06)))
    body = [(0.5 - width, top), (0.5 + width, top), (0.5 + width, 0.92), (0.5 - width, 0.92)]
    arc = [
        (0.5 + 0.7 * width * np.cos(angle), top - (top - 0.06) * np.sin(angle)) for angle in np.linspace(0, np.pi, 12)
    ]
    inner = [(0.5 + (x - 0.5) * 0.8, y + thick) for x, y in reversed(arc)]
    return [body, [*arc, *inner]]


def _shoe(source: np.random.Generator) -> list[list[Point]]:
    collar, toe, sole = (source.uniform(*ends) for ends in ((0.25, 0.45), (0.5, 0.62), (0.72, 0.8)))
    upper = [(0.05, collar), (0.35, collar), (0.55, toe), (0.95, toe + 0.08), (0.97, sole), (0.03, sole)]
    return [upper]


SHAPES = (_trousers, _shirt, _bag, _shoe)
