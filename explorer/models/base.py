"""The contract of a model: its config in, named results out, and nothing of devices or files.

Images are float (N, 1, H, W) in [0, 1]. Decoders end in logits; `objectives.to_images` is the one
place that squashes them. Encoders and decoders are `nn.Sequential`s of plain layers and residual
blocks, because the browser runs them (`browser_net.py`).
"""

from abc import ABC, abstractmethod
from typing import Any, Generic, NamedTuple, TypeVar

from torch import Tensor, nn

from explorer.networks import ModelConfig

ConfigT = TypeVar("ConfigT", bound=ModelConfig)


class Posterior(NamedTuple):
    """A diagonal Gaussian q(z|x); both tensors are (N, L)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """mean + sigma * noise, the reparameterisation of Kingma and Welling (2014); (N, L)."""
        return self.mean + (0.5 * self.log_variance).exp() * noise


class VAEOutput(NamedTuple):
    """What one pass gives: logits (N, 1, H, W), the posterior, and the latent (N, L) that was decoded."""

    logits: Tensor
    posterior: Posterior
    latent: Tensor


class VariationalAutoencoder(nn.Module, ABC, Generic[ConfigT]):
    """An encoder to a diagonal Gaussian and a decoder to logits."""

    encoder: nn.Sequential
    decoder: nn.Sequential

    def __init__(self, config: ConfigT) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = self.build(config)

    @staticmethod
    @abstractmethod
    def build(config: ConfigT) -> tuple[nn.Sequential, nn.Sequential]:
        """The encoder (N, 1, H, W) -> (N, 2 L) and the decoder (N, L) -> (N, 1, H, W)."""

    def encode(self, images: Tensor) -> Posterior:
        """The posterior of images (N, 1, H, W) in [0, 1]."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return Posterior(mean, log_variance)

    def decode(self, latent: Tensor) -> Tensor:
        """Logits (N, 1, H, W) of latents (N, L)."""
        logits: Tensor = self.decoder(latent)
        return logits

    def forward(self, images: Tensor, noise: Tensor) -> VAEOutput:
        """Encode, draw one latent with standard normal `noise` (N, L), and decode it."""
        posterior = self.encode(images)
        latent = posterior.sample(noise)
        return VAEOutput(self.decode(latent), posterior, latent)


VAE = VariationalAutoencoder[Any]
