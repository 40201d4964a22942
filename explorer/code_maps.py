"""The code maps of a run's images, as `codes.safetensors` keeps them.

test.codes, train.codes    u8 or u16 (N, s, s): of all test images, and of the training images that
                           are evaluated each epoch
test.labels, train.labels  i16 (N,), where there are classes; further i32 columns for the metadata
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint import Arrays
from explorer.datasets.image_set import ImageSet
from explorer.errors import RunError
from explorer.networks import VQVAEConfig
from explorer.records import DataRecord

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class CodeMaps:
    """Code maps of images and what is known of each.

    Attributes:
        codes: int64 (N, s, s).
        labels: int64 (N,), or None.
        metadata: further integer columns (N,), "scan", "slice".
    """

    codes: Codes
    labels: NDArray[np.int64] | None
    metadata: Mapping[str, NDArray[np.int64]]


def pack_codes(codes: Codes, images: ImageSet, split: str, codebook_size: int) -> Arrays:
    """The arrays of one split: maps (N, s, s) of `images`, in the fewest bytes."""
    kind = np.uint8 if codebook_size <= 256 else np.uint16
    arrays: Arrays = {f"{split}.codes": codes.astype(kind)}
    if images.labels is not None:
        arrays[f"{split}.labels"] = images.labels.astype(np.int16)
    return arrays | {f"{split}.{name}": column.astype(np.int32) for name, column in images.metadata.items()}


def unpack_codes(
    arrays: Mapping[str, NDArray[np.generic]], split: str, model: VQVAEConfig, data: DataRecord
) -> CodeMaps:
    """The reverse. Raises RunError when the arrays do not belong together, or to this model and data."""
    columns = {
        name.removeprefix(f"{split}."): array.astype(np.int64)
        for name, array in arrays.items()
        if name.startswith(f"{split}.")
    }
    if "codes" not in columns:
        raise RunError(f"codes.safetensors has no {split}.codes; the run is incomplete.")
    codes, labels = columns.pop("codes"), columns.pop("labels", None)
    maps = CodeMaps(codes, labels, columns)
    side, count = model.map_size, len(codes)
    fits = (
        count > 0
        and codes.shape == (count, side, side)
        and int(codes.max()) < model.codebook_size
        and all(column.shape == (count,) for column in (*columns.values(), *([] if labels is None else [labels])))
        and (labels is None or bool(((labels >= 0) & (labels < len(data.label_names))).all()))
    )
    if not fits:
        raise RunError("codes.safetensors holds arrays that do not belong together, or to another model.")
    return maps
