"""What the browser gets of a model, once: its nets, its stored latents, and where one can start.

Every panel's blob is these tensors and facts and a few of its own, as one safetensors file. Its
metadata are JSON: `model` (below), `decoder` and `encoder` (tables of layers), `panel` (the panel's own).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from safetensors.numpy import save

from explorer import support
from explorer.latent import DEAD_KL, LatentSpace, Start
from explorer.library import Entry
from explorer.ui.state import open_latents, open_session

PRIOR_REACH = 3.0  # standard deviations of the prior that a slider spans where no latents are stored
MOST_LATENTS = 10_000
SCALED = 2_000  # test images whose distances make up a scale
ROUND_TRIPS = 256  # of them those that are decoded and encoded again
Tensors = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class ModelBlob:
    """The part of a panel's blob that is the model's.

    Attributes:
        tensors: "decoder.*" and "encoder.*" of `browser_net.py`; "starts" f32 (S, L); where latents are
            stored, "latents" f16 (N, L), their "rows" i32 (N,) in the test split and "labels" i32 (N,) where
            there are classes; "scale.radius", "scale.nearest", "scale.round_trip" f32 (201,) of `support.py`.
        facts: metadata; `model` names the run, the image's shape, and kl, low and high of each dimension.
    """

    tensors: Tensors
    facts: dict[str, str]

    def with_panel(self, panel: dict[str, Any], tensors: Tensors | None = None, starts: Sequence[Start] = ()) -> bytes:
        """The whole blob of a panel that was left as `panel` says, with tensors of its own.

        `starts` of this visit follow after the stored ones, whose numbers stay as they are.
        """
        more = [{"label": start.label, "group": start.group, "z": start.latent.tolist()} for start in starts]
        return save(self.tensors | (tensors or {}), self.facts | {"panel": json.dumps(panel | {"starts": more})})


def model_blob(entry: Entry) -> ModelBlob:
    """The model's part, made once a model. Raises RunError when the run cannot be loaded."""
    return _blob(str(entry.run.directory), entry.run.version, entry)


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(directory: str, version: int, _entry: Entry) -> ModelBlob:
    session = open_session(_entry)
    decoder, encoder = session.browser_decoder(), session.browser_encoder()
    size, kl = _entry.record.config.model.image_size, _entry.record.trained.kl_per_dim
    tensors = decoder.tensors | encoder.tensors
    model: dict[str, Any] = {"run": f"{directory}@{version}", "image": [1, size, size], "dead_below": DEAD_KL}
    starts: list[Start] = []
    if _entry.run.has_latents:
        space = open_latents(_entry)
        starts = space.starts(_entry.record.data)
        model |= {name: getattr(space, name).tolist() for name in ("kl", "low", "high")}
        model |= {"range": "test images", "labels": list(_entry.record.data.label_names)}
        tensors |= _latents(space) | _scales(_entry, space)
    else:
        model |= {"kl": kl, "low": [-PRIOR_REACH] * len(kl), "high": [PRIOR_REACH] * len(kl), "range": "prior"}
    model["starts"] = [{"label": start.label, "group": start.group} for start in starts]
    tensors["starts"] = np.array([start.latent for start in starts], np.float32).reshape(len(starts), len(kl))
    tables = {"decoder": json.dumps(decoder.layers), "encoder": json.dumps(encoder.layers)}
    return ModelBlob(tensors, tables | {"model": json.dumps(model)})


def _latents(space: LatentSpace) -> Tensors:
    rows = _spread(len(space.mean), MOST_LATENTS)
    tensors: Tensors = {"latents": space.mean[rows].astype(np.float16), "rows": rows.astype(np.int32)}
    if space.labels is not None:
        tensors["labels"] = space.labels[rows].astype(np.int32)
    return tensors


def _scales(entry: Entry, space: LatentSpace) -> Tensors:
    rows = _spread(len(space.mean), SCALED)
    again = space.mean[_spread(len(space.mean), ROUND_TRIPS)]
    distances = {
        "radius": support.radius(space.mean),
        "nearest": support.nearest_other(space.mean, rows) if len(space.mean) > 1 else np.zeros(1, np.float32),
        "round_trip": open_session(entry).round_trip(again),
    }
    return {f"scale.{name}": support.scale_of(values) for name, values in distances.items()}


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """At most so many rows of `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)
