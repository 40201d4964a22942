"""Models by the `kind` of their config. A new model is one file, one config and one line here."""

from explorer.config import VAEConfig
from explorer.models.base import VariationalAutoencoder
from explorer.models.vae import MLPVAE

MODELS: dict[str, type[VariationalAutoencoder]] = {"vae": MLPVAE}


def build_model(config: VAEConfig) -> VariationalAutoencoder:
    """An untrained model on the CPU, its weights drawn from torch's global generator."""
    return MODELS[config.kind](config)
