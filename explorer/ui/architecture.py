"""The network as a picture: one bar a layer, as tall as the logarithm of its size."""

import math
from html import escape

import streamlit as st

from explorer.config import PixelCNNConfig, RunConfig, TrainingConfig
from explorer.networks import Layout, ModelConfig
from explorer.schedule import PEAK

TALLEST = 96  # pixels


def draw_architecture(config: ModelConfig) -> None:
    """Draw what an image goes through, from the image to the latent and back, with the sizes."""
    st.html(_html(config.layout))
    st.caption(f"{_describe(config)} Bars on a logarithmic scale.")


def objective_latex(config: RunConfig) -> str:
    """The loss as LaTeX, with the weights as they are; sums over pixels, sites and dimensions as they are computed."""
    from explorer.objectives import STRUCTURE  # imports torch; the page is drawn first

    objective = config.objective
    squares = r"\sum_{\text{pixels}} (x - \hat{x})^2"
    error = {
        "bce": r"-\sum_{\text{pixels}} \big[x \log \hat{x} + (1 - x) \log(1 - \hat{x})\big]",
        "mse": squares,
        "ssim": rf"{squares} \\ &+ {STRUCTURE:g} \sum_{{\text{{windows}}}} \big(1 - \mathrm{{SSIM}}(x, \hat{{x}})\big)",
    }[objective.reconstruction]
    if config.has_codes:
        second = rf"{objective.commitment:g} \sum_{{\text{{sites}}}} \lVert z_e - \mathrm{{sg}}(e_k) \rVert^2"
    else:
        epochs = objective.warmup_epochs
        warm = rf"\min(1, \tfrac{{\text{{epoch}}}}{{{epochs:g}}}) \cdot " if epochs else ""
        beta = warm if objective.beta == 1 else rf"{objective.beta:g} \cdot {warm}"
        second = rf"{beta}\tfrac{{1}}{{2}} \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\big)"
    return rf"\begin{{aligned}}\mathcal{{L}} ={{}}& {error} \\ &+ {second}\end{{aligned}}"


def describe_schedule(config: TrainingConfig) -> str:
    """The learning rate over the run, in words."""
    if config.schedule == "onecycle":
        return f"one cycle of the learning rate, up to {PEAK * config.learning_rate:g}"
    return f"learning rate {config.learning_rate:g}"


def describe_prior(config: PixelCNNConfig) -> str:
    """What the prior of a VQ-VAE is, in words."""
    dilations = ", ".join(map(str, config.prior_dilations))
    return (
        f"Gated PixelCNN of {config.prior_layers} layers of {config.prior_channels} channels, dilations {dilations} in "
        f"turn, dropout {config.prior_dropout:g}; batches of {config.prior_batch_size}, Adam, learning rate "
        f"{config.prior_learning_rate:g}."
    )


def _describe(config: ModelConfig) -> str:
    if config.kind == "vae":
        linear = "; the second layer is linear" if config.projection else ""
        return f"{config.parameter_count:,} parameters; ReLU after a hidden layer{linear}."
    if config.kind == "vqvae":
        blocks = f"{config.residual_blocks} residual block{'s' * (config.residual_blocks != 1)}"
        return (
            f"{config.parameter_count:,} parameters; channels over their size, {blocks} in each network, ReLU. "
            f"A codebook of {config.codebook_size:,} vectors of {config.code_dim} numbers."
        )
    blocks = f"{config.encoder_blocks} and {config.decoder_blocks} residual blocks at each smaller size"
    normalised = ", with group normalisation" if config.normalisation == "group" else ""
    return f"{config.parameter_count:,} parameters; channels over their size, {blocks}{normalised}, ReLU."


def _html(layout: Layout) -> str:
    sizes = [math.prod(shape) for _, shape in layout]
    tallest = math.log2(max(sizes) + 1)
    cells = []
    for (name, shape), size in zip(layout, sizes, strict=True):
        height = TALLEST * math.log2(size + 1) / tallest
        strength = 70 if name in {"latent", "codes"} else 20
        title, below = _labels(name, shape)
        cells.append(
            f'<div style="flex:1;min-width:0;text-align:center;font-size:0.8rem;line-height:1.35">'
            f'<div style="height:{TALLEST}px;display:flex;align-items:center;justify-content:center">'
            f'<div style="width:min(2.2rem, 90%);height:{height:.0f}px;border-radius:4px;'
            f'background:color-mix(in srgb, currentColor {strength}%, transparent)"></div></div>'
            f'<div style="font-weight:600;margin-top:0.4rem">{escape(title)}</div>'
            f'<div style="opacity:0.66">{escape(below)}</div></div>'
        )
    arrow = f'<div style="height:{TALLEST}px;display:flex;align-items:center;opacity:0.5">→</div>'
    return f'<div style="display:flex;max-width:36rem">{arrow.join(cells)}</div>'


def _labels(name: str, shape: tuple[int, ...]) -> tuple[str, str]:
    """What stands under a bar: a count and what is counted, or channels and their size."""
    if len(shape) == 1:
        return f"{shape[0]:,}", "mean, variance" if name == "latent" else name
    if len(shape) == 2:
        return f"{shape[0]} × {shape[1]}", name
    channels, height, width = shape
    return f"{channels}", name if name == "image" else f"{height} × {width}"
