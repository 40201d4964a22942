"""The IDX file format of MNIST: a magic number, the sizes, then one byte a value.

    images  00 00 08 03 | count | rows | columns | count × rows × columns bytes
    labels  00 00 08 01 | count | count bytes

The numbers are big-endian 32-bit. A name that ends in `.gz` is a gzipped file of this form.
"""

import gzip
import math
import struct
import zlib
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.errors import DatasetError

IMAGES_MAGIC = 0x00000803
LABELS_MAGIC = 0x00000801
MAX_COUNT = 5_000_000
MAX_SIDE = 1024
MAX_BYTES = 4 * 1024**3
CHUNK = 1024**2

_File = gzip.GzipFile | BufferedReader


def read_images(path: Path) -> NDArray[np.uint8]:
    """Images as (count, rows, columns). Raises DatasetError if the file is not whole IDX images."""
    return _read(path, IMAGES_MAGIC)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Labels as (count,). Raises DatasetError if the file is not whole IDX labels."""
    return _read(path, LABELS_MAGIC)


def image_side(path: Path) -> int:
    """The larger of rows and columns, from the header alone. Raises DatasetError."""
    try:
        with _open(path) as file:
            return max(_sizes(file, path, IMAGES_MAGIC)[1:])
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _read(path: Path, magic: int) -> NDArray[np.uint8]:
    try:
        with _open(path) as file:
            sizes = _sizes(file, path, magic)
            values = _values(file, path, math.prod(sizes))
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error
    return np.frombuffer(values, np.uint8).reshape(sizes)


def _open(path: Path) -> _File:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _sizes(file: _File, path: Path, magic: int) -> tuple[int, ...]:
    """The header's sizes, checked before anything of that size is allocated."""
    dimensions = magic & 0xFF
    header = file.read(4 + 4 * dimensions)
    if len(header) < 4 + 4 * dimensions:
        raise DatasetError(f"{path} ends within its IDX header; copy or download it again.")
    found, *sizes = struct.unpack(f">{1 + dimensions}I", header)
    if found != magic:
        what = "images" if magic == IMAGES_MAGIC else "labels"
        raise DatasetError(
            f"{path} starts with the magic number 0x{found:08x}, not the 0x{magic:08x} of IDX {what}; "
            f"put a file of IDX {what} there."
        )
    if min(sizes) < 1 or sizes[0] > MAX_COUNT or max(sizes[1:], default=1) > MAX_SIDE or math.prod(sizes) > MAX_BYTES:
        raise DatasetError(
            f"{path} says that it holds {' × '.join(f'{size:,}' for size in sizes)} values; from 1 to "
            f"{MAX_COUNT:,} items of at most {MAX_SIDE} × {MAX_SIDE}, {MAX_BYTES // 1024**3} GiB in all, can be read."
        )
    return tuple(sizes)


def _values(file: _File, path: Path, expected: int) -> bytearray:
    """Exactly `expected` bytes; reads one more at most, however much a gzip would unpack to."""
    values = bytearray()
    while chunk := file.read(min(CHUNK, expected + 1 - len(values))):
        values += chunk
    if len(values) < expected:
        raise DatasetError(
            f"{path} is cut short: it holds {len(values):,} of {expected:,} values; copy or download it again."
        )
    if len(values) > expected:
        raise DatasetError(f"{path} holds more than the {expected:,} values it announces; copy or download it again.")
    return values


def _unreadable(path: Path, error: Exception) -> DatasetError:
    return DatasetError(f"{path} cannot be read ({error}); copy or download it again.")
