"""A decoder or an encoder for the browser: a layer table and half-precision weights that `ui/web/net.js` runs.

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
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.batches import generator
from explorer.models.conv_vae import Residual
from explorer.models.vqvae import VQVAE
from explorer.objectives import to_images

Spec = dict[str, Any]  # a layer: its type, its sizes, and the names of its tensors

REFERENCES = 4
REFERENCE_SEED = 1


@dataclass(frozen=True)
class BrowserNet:
    """What net.js runs.

    Attributes:
        layers: the table, in order, the shape of the input first; a layer names its tensors.
        tensors: "<name>.*", f16 weights in torch's layout, and "<name>.reference.input" with
            "<name>.reference.output", f32 of R inputs and outputs, a row each.
        flops: of one input; a product and its sum are two.
    """

    layers: list[Spec]
    tensors: dict[str, NDArray[np.generic]]
    flops: int

    @property
    def bytes(self) -> int:
        """What travels to the browser."""
        return sum(array.nbytes for array in self.tensors.values())


def export_decoder(decoder: nn.Sequential, latent_dim: int) -> BrowserNet:
    """The net "decoder": z (L) to an image (H * W) in [0, 1], by the decoder and the sigmoid after it.

    Raises ValueError for a layer that net.js does not know.
    """
    latents = torch.randn(REFERENCES, latent_dim, generator=generator(REFERENCE_SEED))
    return _export("decoder", decoder, latents, [{"type": "sigmoid"}], to_images)


def export_code_decoder(model: VQVAE, side: int) -> BrowserNet:
    """The net "decoder" of a VQ-VAE: vectors of side × side codes (D, side, side) to an image in [0, 1].

    Raises ValueError for a layer that net.js does not know.
    """
    size = len(model.quantiser.codebook)
    codes = torch.randint(size, (REFERENCES, side, side), generator=generator(REFERENCE_SEED))
    vectors = model.quantiser.look_up(codes.to(model.quantiser.codebook.device))
    return _export("decoder", model.decoder, vectors, [{"type": "sigmoid"}], to_images)


def export_encoder(encoder: nn.Sequential, images: Tensor) -> BrowserNet:
    """The net "encoder": an image (1, H, W) to mean and log variance (2 L); `images` (R, 1, H, W) are its references.

    Raises ValueError for a layer that net.js does not know.
    """
    return _export("encoder", encoder, images, [], Tensor.float)


def _export(
    name: str, net: nn.Sequential, inputs: Tensor, last: list[Spec], finish: Callable[[Tensor], Tensor]
) -> BrowserNet:
    rounded = copy.deepcopy(net).cpu().half().float()
    tensors: dict[str, NDArray[np.generic]] = {
        f"{name}.{key}": value.half().contiguous().numpy() for key, value in rounded.state_dict().items()
    }
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = finish(rounded(inputs.cpu()))
    tensors[f"{name}.reference.input"] = inputs.flatten(1).cpu().contiguous().numpy()
    tensors[f"{name}.reference.output"] = outputs.flatten(1).numpy()
    layers = [{"type": "input", "shape": list(inputs.shape[1:])}, *_table(rounded, name), *last]
    return BrowserNet(layers, tensors, counter.get_total_flops() // len(inputs))


def _table(net: nn.Sequential, name: str) -> list[Spec]:
    return [_spec(layer, f"{name}.{key}") for key, layer in net.named_children()]


def _spec(layer: nn.Module, name: str) -> Spec:
    if type(layer) not in LAYERS:
        raise ValueError(f"net.js has no layer {type(layer).__name__}")
    return LAYERS[type(layer)](layer, name)


def _parameters(name: str) -> Spec:
    return {"weight": f"{name}.weight", "bias": f"{name}.bias"}


def _linear(layer: nn.Linear, name: str) -> Spec:
    return {"type": "linear", "in": layer.in_features, "out": layer.out_features} | _parameters(name)


def _convolution(layer: nn.Conv2d | nn.ConvTranspose2d, name: str) -> Spec:
    """A square kernel, stride and padding; the models have no other."""
    return {
        "type": "conv2d" if isinstance(layer, nn.Conv2d) else "convTranspose2d",
        "in": layer.in_channels,
        "out": layer.out_channels,
        "kernel": layer.kernel_size[0],
        "stride": layer.stride[0],
        "padding": layer.padding[0],
    } | _parameters(name)


def _group_norm(layer: nn.GroupNorm, name: str) -> Spec:
    return {"type": "groupNorm", "groups": layer.num_groups, "eps": layer.eps} | _parameters(name)


def _upsample(layer: nn.Upsample, _name: str) -> Spec:
    return {"type": "upsample", "scale": int(layer.scale_factor)}  # type: ignore[arg-type]


LAYERS: dict[type[nn.Module], Callable[[Any, str], Spec]] = {
    nn.Linear: _linear,
    nn.ReLU: lambda _layer, _name: {"type": "relu"},
    nn.Flatten: lambda _layer, _name: {"type": "flatten"},
    nn.Unflatten: lambda layer, _name: {"type": "reshape", "shape": list(layer.unflattened_size)},
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _convolution,
    nn.GroupNorm: _group_norm,
    nn.Upsample: _upsample,
    Residual: lambda layer, name: {"type": "residual", "layers": _table(layer, name)},
}
