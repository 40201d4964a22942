"""The state that training goes on from, as named arrays: weights and Adam's moments."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim import Adam

from explorer.errors import RunError

WEIGHT, MEAN, SQUARE, STEPS = "weight.", "exp_avg.", "exp_avg_sq.", "adam_step."
Arrays = dict[str, NDArray[np.generic]]


def weights_of(model: nn.Module) -> Arrays:
    """The state dict of `model` as arrays on the CPU."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}


def load_weights(model: nn.Module, weights: Mapping[str, NDArray[np.generic]]) -> None:
    """Put `weights` into `model`, which keeps its device and float type. Raises RunError if they do not fit."""
    tensors = {name: torch.from_numpy(np.asarray(array)) for name, array in weights.items()}
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise RunError(f"The weights do not fit the model that run.json describes: {reason[:300]}") from error


def pack(model: nn.Module, optimizer: Adam) -> Arrays:
    """Weights and moments under prefixed names."""
    arrays = {WEIGHT + name: array for name, array in weights_of(model).items()}
    for name, parameter in model.named_parameters():
        state = optimizer.state.get(parameter)
        if state:
            arrays[MEAN + name] = state["exp_avg"].cpu().numpy()
            arrays[SQUARE + name] = state["exp_avg_sq"].cpu().numpy()
            arrays[STEPS + name] = state["step"].cpu().numpy()
    return arrays


def unpack(arrays: Mapping[str, NDArray[np.generic]], model: nn.Module, optimizer: Adam) -> None:
    """The reverse of `pack`. Raises RunError if the arrays do not fit the model."""
    load_weights(model, {name.removeprefix(WEIGHT): a for name, a in arrays.items() if name.startswith(WEIGHT)})
    for name, parameter in model.named_parameters():
        if MEAN + name in arrays:
            optimizer.state[parameter] = {
                "step": torch.from_numpy(np.asarray(arrays[STEPS + name])).to(parameter.device),
                "exp_avg": _like(parameter, arrays[MEAN + name]),
                "exp_avg_sq": _like(parameter, arrays[SQUARE + name]),
            }


def _like(parameter: nn.Parameter, array: NDArray[np.generic]) -> torch.Tensor:
    """The array on the device and in the memory format of `parameter`: the fused Adam walks through both alike."""
    return torch.empty_like(parameter, requires_grad=False).copy_(torch.from_numpy(np.asarray(array)))


def is_finite(model: nn.Module) -> bool:
    """Whether every weight is a finite number."""
    return all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters())
