"""A decoder for the browser: a layer table and half-precision weights that `ui/web/net.js` runs.

The export is a walk over an `nn.Sequential` of known layers; a new layer is one entry of `LAYERS`
here and one in net.js. Reference outputs are computed by torch from the same rounded weights, so
that the page can check itself against them.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from explorer.batches import generator
from explorer.objectives import to_images

REFERENCES = 4
REFERENCE_SEED = 1


@dataclass(frozen=True)
class BrowserNet:
    """What net.js runs.

    Attributes:
        layers: the table, in order; a layer names its tensors.
        tensors: "net.*", f16 weights in torch's layout, and "reference.input" (R, L) with
            "reference.output" (R, H * W), f32, images in [0, 1].
    """

    layers: list[dict[str, Any]]
    tensors: dict[str, NDArray[np.generic]]


def export_decoder(decoder: nn.Sequential, latent_dim: int, references: int = REFERENCES) -> BrowserNet:
    """The decoder (N, L) -> logits and the sigmoid after it.

    Raises ValueError for a layer that net.js does not know.
    """
    rounded = copy.deepcopy(decoder).cpu().half().float()
    layers: list[dict[str, Any]] = []
    tensors: dict[str, NDArray[np.generic]] = {}
    for name, layer in rounded.named_children():
        if type(layer) not in LAYERS:
            raise ValueError(f"net.js has no layer {type(layer).__name__}")
        layers.append(LAYERS[type(layer)](layer, f"net.{name}"))
        tensors |= {f"net.{name}.{key}": value.half().numpy() for key, value in layer.state_dict().items()}
    layers.append({"type": "sigmoid"})
    with torch.inference_mode():
        latents = torch.randn(references, latent_dim, generator=generator(REFERENCE_SEED))
        images = to_images(rounded(latents)).flatten(1)
    tensors |= {"reference.input": latents.numpy(), "reference.output": images.numpy()}
    return BrowserNet(layers, tensors)


def _linear(layer: nn.Linear, name: str) -> dict[str, Any]:
    return {
        "type": "linear",
        "in": layer.in_features,
        "out": layer.out_features,
        "weight": f"{name}.weight",
        "bias": f"{name}.bias",
    }


LAYERS: dict[type[nn.Module], Callable[[Any, str], dict[str, Any]]] = {
    nn.Linear: _linear,
    nn.ReLU: lambda _layer, _name: {"type": "relu"},
    nn.Unflatten: lambda layer, _name: {"type": "reshape", "shape": list(layer.unflattened_size)},
}
