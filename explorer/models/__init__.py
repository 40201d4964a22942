"""Models by the `kind` of their config. A new model is one file, one config and one line here."""

import torch

from explorer.config import ModelConfig
from explorer.models.base import VAE
from explorer.models.conv_vae import ConvVAE
from explorer.models.vae import MLPVAE

MODELS: dict[str, type[VAE]] = {"vae": MLPVAE, "conv": ConvVAE}


def build_model(config: ModelConfig) -> VAE:
    """An untrained model on the CPU, its weights drawn from torch's global generator.

    Convolutions have their weights channels last: 1.1 to 1.6 times as fast, on CPUs and GPUs.
    """
    return MODELS[config.kind](config).to(memory_format=torch.channels_last)
