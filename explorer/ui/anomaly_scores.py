"""The scores of images in words: what each is called and counted in, and what it says."""

from dataclasses import dataclass

import numpy as np

from explorer.config import RunConfig
from explorer.ui.words import loss_unit, reconstruction_unit

SAYS = {
    "elbo": "what the model pays for the image in all, one posterior sample",
    "reconstruction": "how far the image is from what the model draws of it",
    "kl": "how much the encoder says about the image beyond the prior",
    "latent_distance": "how far its latent is from that of the nearest test image",
    "quantisation": "how far the encoder's vectors are from the codes that stand for them",
    "bits_per_code": "what its codes cost under the prior, no class given",
    "intensity": "the mean grey value, 0 to 1: the trivial score, which needs no model",
}
LABELS = {
    "elbo": "Negative ELBO",
    "reconstruction": "Reconstruction",
    "kl": "KL",
    "latent_distance": "Latent distance",
    "quantisation": "Quantisation",
    "bits_per_code": "Bits per code",
    "intensity": "Intensity",
}
SHORT = {"nats", "bits"}


@dataclass(frozen=True)
class Score:
    """A score of `explorer/anomaly.py`: its key there, its name on the page, its unit, and what it says."""

    key: str
    label: str
    unit: str
    says: str

    def describe(self, value: float) -> str:
        """ "104.2 nats"; of a unit that is not a short word the value alone."""
        unit = self.unit if self.unit in SHORT else ""
        return f"{spell(value)}\N{NO-BREAK SPACE}{unit}".rstrip()


def scores_of(config: RunConfig, *, has_prior: bool) -> tuple[Score, ...]:
    """Those of a model, the trivial one last."""
    keys = ("reconstruction", "quantisation", *(("bits_per_code",) if has_prior else ()))
    if not config.has_codes:
        keys = ("elbo", "reconstruction", "kl", "latent_distance")
    units = {
        "elbo": loss_unit(config),
        "reconstruction": reconstruction_unit(config.objective),
        "kl": "nats",
        "bits_per_code": "bits",
    }
    return tuple(Score(key, LABELS[key], units.get(key, ""), SAYS[key]) for key in (*keys, "intensity"))


def spell(value: float) -> str:
    """A value in four digits: "1,204", "104.2" or "0.0312"."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return np.format_float_positional(value, precision=4, fractional=False, trim="-")


def spell_percentile(percentile: float) -> str:
    """ "99.4 %"; "> 99.9 %" for what no held-out image reaches."""
    if percentile >= 100:
        return ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"
    return f"{min(percentile, 99.9):.1f}\N{NO-BREAK SPACE}%"
