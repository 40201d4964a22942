"""The network as a picture: one bar a layer, as tall as the logarithm of its width."""

import math
from html import escape

import streamlit as st

from explorer.config import ObjectiveConfig, VAEConfig

BAR, GAP, TOP, TALLEST = 34, 62, 22, 96  # SVG units


def draw_architecture(config: VAEConfig) -> None:
    """Draw image, hidden units, latent, hidden units, image, with their sizes."""
    pixels = config.image_size**2
    hidden = [("hidden", config.hidden)] * (1 + config.projection)
    layers = [
        ("image", pixels),
        *hidden,
        ("mean, variance", config.latent_dim),
        ("hidden", config.hidden),
        ("image", pixels),
    ]
    st.html(_svg(layers))


def objective_latex(config: ObjectiveConfig) -> str:
    """The loss as LaTeX, with the value of beta; sums over pixels and dimensions as they are computed."""
    terms = {
        "bce": r"-\sum_{\text{pixels}} \big[x \log \hat{x} + (1 - x) \log(1 - \hat{x})\big]",
        "mse": r"\sum_{\text{pixels}} (x - \hat{x})^2",
    }
    beta = "" if config.beta == 1 else rf"{config.beta:g} \cdot "
    return (
        rf"\begin{{aligned}}\mathcal{{L}} ={{}}& {terms[config.reconstruction]} \\"
        rf" &+ {beta}\tfrac{{1}}{{2}} \sum_j \big(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\big)\end{{aligned}}"
    )


def _svg(layers: list[tuple[str, int]]) -> str:
    tallest = math.log2(max(size for _, size in layers) + 1)
    width = len(layers) * BAR + (len(layers) - 1) * GAP + 2 * TOP
    parts = []
    for place, (name, size) in enumerate(layers):
        height = TALLEST * math.log2(size + 1) / tallest
        x, y = TOP + place * (BAR + GAP), TOP + (TALLEST - height) / 2
        latent = name.startswith("mean")
        parts.append(
            f'<rect x="{x}" y="{y:.1f}" width="{BAR}" height="{height:.1f}" rx="4" fill="currentColor" '
            f'fill-opacity="{0.75 if latent else 0.22}"/>'
            f'<text x="{x + BAR / 2}" y="{TOP + TALLEST + 18}" text-anchor="middle" font-weight="600">{size:,}</text>'
            f'<text x="{x + BAR / 2}" y="{TOP + TALLEST + 33}" text-anchor="middle" opacity=".66">{escape(name)}</text>'
        )
        if place:
            left, middle = x - GAP + 8, TOP + TALLEST / 2
            parts.append(
                f'<path d="M{left} {middle}h{GAP - 18}m-5 -4l5 4l-5 4" fill="none" stroke="currentColor" opacity=".5"/>'
            )
    label = ", ".join(f"{name} {size}" for name, size in layers)
    return (
        f'<svg viewBox="0 0 {width} {TOP + TALLEST + 40}" width="100%" style="max-width:{width}px" role="img" '
        f'aria-label="{escape(label)}" font-size="12" fill="currentColor">{"".join(parts)}</svg>'
    )
