"""Writes small image sets, as the tests of `explorer.datasets` need them."""

import gzip
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explorer.config import DataConfig
from explorer.datasets.catalog import open_dataset
from explorer.datasets.image_set import ImageSet

OASIS_SPLITS = {"train": [1, 2], "validate": [402], "test": [441]}
ADNI_SCANS = {"train/AD": range(10, 20), "train/NC": range(20, 30), "test/AD": [1, 2], "test/NC": [3]}


def opened(dataset: str | Path, image_size: int = 28) -> ImageSet:
    """The set, without ever touching the network."""
    return open_dataset(DataConfig(dataset=str(dataset), image_size=image_size), allow_download=False)


def idx_bytes(values: NDArray[np.uint8]) -> bytes:
    """An IDX file of `values`: (N, H, W) images or (N,) labels."""
    return struct.pack(f">{1 + values.ndim}I", 0x800 + values.ndim, *values.shape) + values.tobytes()


def grey_images(count: int, height: int = 28, width: int = 28) -> NDArray[np.uint8]:
    """Noise, the same at every call."""
    return np.random.default_rng(count).integers(0, 256, (count, height, width), np.uint8)


def write_idx(folder: Path, train: int = 6, test: int = 4, *, zipped: bool = False, side: int = 28) -> Path:
    """Four IDX files in MNIST's form, labels 0 to 9 in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        for name, values in (("images-idx3", grey_images(count, side, side)), ("labels-idx1", labels)):
            content = idx_bytes(values)
            path = folder / f"{part}-{name}-ubyte{'.gz' if zipped else ''}"
            path.write_bytes(gzip.compress(content) if zipped else content)
    return folder


def write_png(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """`pixels` (H, W) as an 8-bit grey PNG, or as what the name ends in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_oasis(folder: Path, side: int = 16) -> Path:
    """Two slices of each subject of `OASIS_SPLITS`, beside label maps."""
    for split, subjects in OASIS_SPLITS.items():
        for subject in subjects:
            for number, pixels in enumerate(grey_images(2 + subject, side, side)[:2]):
                name = f"{subject:03d}_slice_{number}.nii.png"
                write_png(folder / f"keras_png_slices_{split}" / f"case_{name}", pixels)
                write_png(folder / f"keras_png_slices_seg_{split}" / f"seg_{name}", pixels)
    return folder


def write_adni(folder: Path, height: int = 15, width: int = 16) -> Path:
    """Two slices of each scan of `ADNI_SCANS`."""
    for part, scans in ADNI_SCANS.items():
        for scan in scans:
            for number, pixels in enumerate(grey_images(2 + scan, height, width)[:2], 78):
                write_png(folder / part / f"{scan}_{number}.jpeg", pixels)
    return folder


def write_images(folder: Path, names: Iterable[str], side: int = 8) -> Path:
    """A grey image under each name, no two alike."""
    for number, name in enumerate(names, 1):
        write_png(folder / name, grey_images(number, side, side)[0])
    return folder
