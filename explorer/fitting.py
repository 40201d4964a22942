"""Somebody's weights as those of a recipe's network: matched by name, sized and checked by shape."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.checkpoint import Arrays
from explorer.config import RunConfig
from explorer.errors import RunError
from explorer.models import build_model
from explorer.recipes import Recipe
from explorer.state_dicts import StateDict
from explorer.tensor_names import Sources, describe_missing, listed, match_mlp, match_own, renamed

FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


@dataclass(frozen=True)
class Fitted:
    """Weights that fit a network: its config, our arrays, where each came from, and what was left over."""

    config: RunConfig
    weights: Arrays
    sources: Sources
    unused: tuple[str, ...]


def fit(given: StateDict, recipe: Recipe, renames: Mapping[str, str]) -> Fitted:
    """Match `given` to the network of `recipe`, whose sizes follow the shapes. Raises RunError, ConfigError."""
    names = renamed(given.tensors, renames)
    tensors = {name: given.tensors[original] for name, original in names.items()}
    config, network = recipe.config, recipe.config.model
    if network.kind == "vae":
        match = match_mlp(names, projection=network.projection)
    else:
        match = match_own(names, _shapes(config))
    used = [name for parts in match.sources.values() for name in parts]
    left = [name for name in names if name not in used]
    if match.missing:
        raise RunError(f"{given.file} is not like {recipe.name}: {describe_missing(match.missing, left)}")
    sources = {ours: tuple(names[name] for name in parts) for ours, parts in match.sources.items()}
    floats = {name: _as_float(tensors[name], names[name]) for name in used}
    joined = {ours: _joined([floats[name] for name in parts], sources[ours]) for ours, parts in match.sources.items()}
    config = _sized(config, joined, sources)
    _check_shapes(config, joined, sources)
    weights = {ours: tensor.numpy() for ours, tensor in joined.items()}
    return Fitted(config, weights, sources, (*(names[name] for name in left), *given.set_aside))


def _shapes(config: RunConfig) -> dict[str, tuple[int, ...]]:
    """What the network of `config` holds; nothing is allocated."""
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in build_model(config.model).state_dict().items()}


def _as_float(tensor: Tensor, name: str) -> Tensor:
    if tensor.dtype not in FLOATS or not tensor.ndim:
        what = tensor.dtype if tensor.ndim else "a single number"
        raise RunError(f"{name} holds {what}, not the floating-point numbers of a layer; convert it, or give --map.")
    numbers = tensor.detach().float()
    if not torch.isfinite(numbers).all():
        raise RunError(f"{name} holds NaN or infinite numbers; take an earlier checkpoint.")
    return numbers.contiguous()


def _joined(parts: list[Tensor], names: tuple[str, ...]) -> Tensor:
    """The parts one above the other: the two heads of a tutorial are one layer here."""
    if len({part.shape for part in parts}) > 1:
        shapes = " and ".join(f"{name} is {list(part.shape)}" for name, part in zip(names, parts, strict=True))
        raise RunError(f"{shapes}: the mean and the log variance have equal sizes; give --map old=new.")
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _sized(config: RunConfig, tensors: Mapping[str, Tensor], sources: Sources) -> RunConfig:
    """`config` with the sizes that the shapes of our tensors tell."""
    _, latent_dim = _matrix("decoder.0.weight", tensors, sources)
    if config.model.kind == "conv":
        return config.override(latent_dim=latent_dim)
    hidden, pixels = _matrix("encoder.1.weight", tensors, sources)
    side = math.isqrt(pixels)
    if side**2 != pixels:
        raise RunError(
            f"{sources['encoder.1.weight'][0]} is [{hidden}, {pixels}]: {pixels:,} inputs are no square grey image, "
            "and no other images are known here."
        )
    return config.override(
        image_size=side, hidden=hidden, latent_dim=latent_dim, projection="encoder.4.weight" in tensors
    )


def _matrix(ours: str, tensors: Mapping[str, Tensor], sources: Sources) -> tuple[int, int]:
    shape = tensors[ours].shape
    if len(shape) != 2:
        raise RunError(f"{sources[ours][0]} is {list(shape)}, expected the weights of a linear layer; give --map.")
    return shape[0], shape[1]


def _check_shapes(config: RunConfig, tensors: Mapping[str, Tensor], sources: Sources) -> None:
    for ours, expected in _shapes(config).items():
        shape, parts = list(tensors[ours].shape), len(sources[ours])
        if shape != list(expected):
            given, wanted = ([size[0] // parts, *size[1:]] for size in (shape, list(expected)))
            raise RunError(
                f"{listed(sources[ours])} is {given}, expected {wanted} in a network like {config.recipe}; "
                "give --map old=new if another tensor is meant, or another --like."
            )
