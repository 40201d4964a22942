"""The network as a picture: one bar a layer, as tall as the logarithm of its width."""

import math
from html import escape

import streamlit as st

from explorer.config import ObjectiveConfig, TrainingConfig, VAEConfig
from explorer.schedule import PEAK

TALLEST = 96  # pixels
LATENT = "mean, variance"


def draw_architecture(config: VAEConfig) -> None:
    """Draw image, hidden units, latent, hidden units, image, with their sizes."""
    pixels = config.image_size**2
    hidden = [("hidden", config.hidden)] * (1 + config.projection)
    layers = [
        ("image", pixels),
        *hidden,
        (LATENT, config.latent_dim),
        ("hidden", config.hidden),
        ("image", pixels),
    ]
    st.html(_html(layers))


def objective_latex(config: ObjectiveConfig) -> str:
    """The loss as LaTeX, with the value of beta; sums over pixels and dimensions as they are computed."""
    terms = {
        "bce": r"-\sum_{\text{pixels}} \big[x \log \hat{x} + (1 - x) \log(1 - \hat{x})\big]",
        "mse": r"\sum_{\text{pixels}} (x - \hat{x})^2",
    }
    warm = rf"\min(1, \tfrac{{\text{{epoch}}}}{{{config.warmup_epochs:g}}}) \cdot " if config.warmup_epochs else ""
    beta = warm if config.beta == 1 else rf"{config.beta:g} \cdot {warm}"
    return (
        rf"\begin{{aligned}}\mathcal{{L}} ={{}}& {terms[config.reconstruction]} \\"
        rf" &+ {beta}\tfrac{{1}}{{2}} \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\big)\end{{aligned}}"
    )


def describe_schedule(config: TrainingConfig) -> str:
    """The learning rate over the run, in words."""
    if config.schedule == "onecycle":
        return f"one cycle of the learning rate, up to {PEAK * config.learning_rate:g}"
    return f"learning rate {config.learning_rate:g}"


def _html(layers: list[tuple[str, int]]) -> str:
    tallest = math.log2(max(size for _, size in layers) + 1)
    cells = []
    for name, size in layers:
        height = TALLEST * math.log2(size + 1) / tallest
        strength = 70 if name == LATENT else 20
        cells.append(
            f'<div style="flex:1;min-width:0;text-align:center;font-size:0.8rem;line-height:1.35">'
            f'<div style="height:{TALLEST}px;display:flex;align-items:center;justify-content:center">'
            f'<div style="width:2.2rem;height:{height:.0f}px;border-radius:4px;'
            f'background:color-mix(in srgb, currentColor {strength}%, transparent)"></div></div>'
            f'<div style="font-weight:600;margin-top:0.4rem">{size:,}</div>'
            f'<div style="opacity:0.66">{escape(name)}</div></div>'
        )
    arrow = f'<div style="height:{TALLEST}px;display:flex;align-items:center;opacity:0.5">→</div>'
    return f'<div style="display:flex;max-width:36rem">{arrow.join(cells)}</div>'
