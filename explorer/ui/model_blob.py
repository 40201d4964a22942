"""What the browser gets of a model, once: its nets, its stored latents, and where one can start.

Every panel's blob is these tensors and facts and a few of its own, as one safetensors file. Its
metadata are JSON: `model` (below), `decoder` and `encoder` (tables of layers), `panel` (the panel's own). A net
that is too large for the page, or has layers that net.js does not know, stays away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from safetensors.numpy import save

from explorer import support
from explorer.latent import DEAD_KL, LatentSpace, Start
from explorer.library import Entry
from explorer.ui.state import open_latents, open_session

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.browser_net import BrowserNet

PRIOR_REACH = 3.0  # standard deviations of the prior that a slider spans where no latents are stored
MOST_LATENTS = 10_000
DIGITS = tuple("0123456789")  # classes that a visitor draws
CENTRED = "mnist"  # the set whose images have their centre of mass in the middle
MOST_BYTES = 8_000_000  # of a net's weights
MOST_FLOPS = {
    "decoder": 50_000_000,  # at every move of the pointer
    "encoder": 150_000_000,  # when somebody draws or rests
}
SCALED = 2_000  # test images whose distances make up a scale
ROUND_TRIPS = 256  # of them those that are decoded and encoded again
Tensors = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class ModelBlob:
    """The part of a panel's blob that is the model's.

    Attributes:
        tensors: "decoder.*" and "encoder.*" of `browser_net.py`, of the nets that the page runs; "starts" f32 (S, L);
            where latents are stored, "latents" f16 (N, L), their "rows" i32 (N,) in the test split and "labels" i32
            (N,) where there are classes and "kinds" i32 (N,) where kinds are known, the rows of "axes" f32 (L, L),
            the principal axes; "scale.radius", "scale.nearest", "scale.round_trip" f32 (201,) of `support.py`.
        facts: metadata; `model` names the run, the image's shape, and kl, low and high of each dimension.
    """

    tensors: Tensors
    facts: dict[str, str]

    @property
    def has_decoder(self) -> bool:
        """Whether the page decodes; else the server has to."""
        return "decoder" in self.facts

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
    nets, left_out = nets_for_page({"decoder": session.browser_decoder, "encoder": session.browser_encoder})
    size, kl = _entry.record.config.model.image_size, _entry.record.trained.kl_per_dim
    tensors: Tensors = {name: array for net in nets.values() for name, array in net.tensors.items()}
    model: dict[str, Any] = {"run": f"{directory}@{version}", "image": [1, size, size], "dead_below": DEAD_KL}
    model |= {"left_out": left_out, "centred": _entry.record.data.name == CENTRED}
    model |= {"handwritten": _entry.record.data.label_names == DIGITS}
    starts: list[Start] = []
    if _entry.run.has_latents:
        space = open_latents(_entry)
        starts = space.starts(_entry.record.data)
        model |= {name: getattr(space, name).tolist() for name in ("kl", "low", "high")}
        model |= {"range": "test images", "labels": list(_entry.record.data.label_names)}
        tensors |= _latents(space) | _scales(_entry, space)
        axes, kinds = space.principal_axes(), space.kinds(_entry.record.data)
        tensors["axes"] = axes.axes
        model["axes"] = {name: getattr(axes, name).tolist() for name in ("share", "between", "low", "high", "dead")}
        if kinds is not None:
            model["kinds"] = kinds.names
            tensors["kinds"] = kinds.of[tensors["rows"]].astype(np.int32)
    else:
        model |= {"kl": kl, "low": [-PRIOR_REACH] * len(kl), "high": [PRIOR_REACH] * len(kl), "range": "prior"}
    model["starts"] = [{"label": start.label, "group": start.group} for start in starts]
    tensors["starts"] = np.array([start.latent for start in starts], np.float32).reshape(len(starts), len(kl))
    tables = {name: json.dumps(net.layers) for name, net in nets.items()}
    return ModelBlob(tensors, tables | {"model": json.dumps(model)})


def nets_for_page(exports: Mapping[str, Callable[[], BrowserNet]]) -> tuple[dict[str, BrowserNet], dict[str, str]]:
    """The nets that the page runs, and why it does not run the others."""
    nets, left_out = {}, {}
    for name, export in exports.items():
        try:
            net = export()
        except ValueError as error:
            left_out[name] = f"cannot run in the page ({error})"
            continue
        if net.flops > MOST_FLOPS[name]:
            left_out[name] = f"takes {net.flops / 1e6:,.0f} million operations an image"
        elif net.bytes > MOST_BYTES:
            left_out[name] = f"has {net.bytes / 1e6:,.1f} MB of weights"
        else:
            nets[name] = net
    return nets, left_out


def _latents(space: LatentSpace) -> Tensors:
    rows = _spread(len(space.mean), MOST_LATENTS)
    tensors: Tensors = {"latents": space.mean[rows].astype(np.float16), "rows": rows.astype(np.int32)}
    if space.labels is not None:
        tensors["labels"] = space.labels[rows].astype(np.int32)
    return tensors


def _scales(entry: Entry, space: LatentSpace) -> Tensors:
    """Those of `support.py`. The page looks for the nearest of the latents that it has, so these do too."""
    known = _spread(len(space.mean), MOST_LATENTS)
    rows, subjects = _spread(len(known), SCALED), space.metadata.get("subject")
    draws, owners = space.sample(known[rows]), None if subjects is None else subjects[known]
    is_alone = len(known) == 1
    distances = {
        "radius": support.radius(draws),
        "nearest": np.zeros(1, np.float32)
        if is_alone
        else support.nearest_other(draws, space.mean[known], rows, owners),
        "round_trip": open_session(entry).round_trip(draws[_spread(len(draws), ROUND_TRIPS)]),
    }
    return {f"scale.{name}": support.scale_of(values) for name, values in distances.items()}


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """At most so many rows of `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)
