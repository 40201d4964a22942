"""What the time machine gets, once: the pictures of a run's stored epochs and where its test images were encoded.

The blob is a safetensors file:
    reconstructions, samples  u8 (E, R, H, W)
    originals                 u8 (R, H, W), where the images are here
    points                    f16 (E, N, 2), aligned
    values                    i32 (N,), what the points are coloured by
and its metadata `machine` is JSON, as evolution.js reads it.
"""

import json
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import save

from explorer.evolution import Evolution, PointValues, Tiles
from explorer.palette import TILE_DIVERGING
from explorer.records import EpochLine, RunRecord
from explorer.ui.model_blob import Tensors
from explorer.ui.words import loss_unit


def machine_blob(
    evolution: Evolution,
    values: PointValues | None,
    originals: Tiles | None,
    history: Sequence[EpochLine],
    record: RunRecord,
) -> bytes:
    """The whole blob; `originals` (R, H, W) are the images that the reconstructions are of."""
    tensors: Tensors = {"reconstructions": evolution.reconstructions}
    if evolution.samples is not None:
        tensors["samples"] = evolution.samples
    if originals is not None:
        tensors["originals"] = originals
    if evolution.plane:
        tensors["points"] = evolution.plane.points.astype(np.float16)
        if values:
            tensors["values"] = values.values
    lines = {line.epoch: line for line in history}
    facts = {
        "epochs": evolution.epochs,
        "numbers": [_numbers(lines.get(epoch), record) for epoch in evolution.epochs],
        "curve": [(line.epoch, round(line.test.ssim, 4)) for line in lines.values()],
        "coloring": values and {"title": values.title, "unit": values.unit, "names": values.names},
        "size": record.config.model.image_size,
        "decoded": "from its codes" if record.config.has_codes else "from the mean",
        "stops": TILE_DIVERGING,
    }
    return save(tensors, {"machine": json.dumps(facts)})


def _numbers(line: EpochLine | None, record: RunRecord) -> str:
    """What was measured at an epoch."""
    if line is None:
        return ""
    test, config = line.test, record.config
    facts = [f"test loss {test.total:,.1f} {loss_unit(config)}", f"PSNR {test.psnr:.1f} dB"]
    if line.active_units is not None:
        facts.append(f"{line.active_units} of {config.latent_dim} units active")
    if test.perplexity is not None:
        facts.append(f"perplexity {test.perplexity:,.0f}")
    return " · ".join(facts)
