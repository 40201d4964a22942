"""Words on pages: text from outside as it stands, durations, and the units of a loss."""

import re

from explorer.config import ObjectiveConfig, RunConfig

CURVES = "Solid: test. Dotted: train, averaged over the epoch while the weights moved."
BITS = (
    "Solid: images that the prior does not learn from. Dotted: train, with dropout. The weights of the epoch with the "
    "lowest solid figure are kept."
)


def plain(text: str) -> str:
    """`text` for a place that renders Markdown, so that it shows as it is: a run's title may come from anyone."""
    return re.sub(r"([\\`*_{}\[\]<>()#|~$:!])", r"\\\1", text)


def duration(seconds: float) -> str:
    """ "41 s", "3 min 20 s" or "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def file_size(count: int) -> str:
    """ "12 kB", "3.4 MB" or "1.2 GB" of so many bytes."""
    if count < 1e5:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"


def signed(value: float, digits: int = 1) -> str:
    """ "+1.2" or "−1.2"."""
    return f"{value:+.{digits}f}".replace("-", "−")


def loss_unit(config: RunConfig) -> str:
    """What the loss is counted in; a squared error is nats only up to a constant."""
    unit = reconstruction_unit(config.objective)
    if config.has_codes:
        return f"{unit} + commitment"
    return unit if unit == "nats" else f"{unit} + nats"


def reconstruction_unit(objective: ObjectiveConfig) -> str:
    """What the first term of the loss is counted in."""
    return {"bce": "nats", "mse": "squared error", "ssim": "structural error"}[objective.reconstruction]
