"""The MLP VAE of Kingma and Welling, Auto-Encoding Variational Bayes (2014), appendix C.

    image (1, S, S) -> Linear(S*S, h) -> ReLU [-> Linear(h, h)] -> Linear(h, 2 L) = mean, log variance
    z (L)           -> Linear(L, h)   -> ReLU -> Linear(h, S*S) -> logits (1, S, S)

The two heads are one layer whose output is split: the same function, one product less. With
`projection`, the layer in brackets stands between the hidden units and the heads, as in the brain
slice VAE that `oasis-8` follows.
"""

from torch import nn

from explorer.models.base import VariationalAutoencoder
from explorer.networks import VAEConfig


class MLPVAE(VariationalAutoencoder[VAEConfig]):
    """A VAE whose encoder and decoder have one hidden layer of ReLUs each."""

    @staticmethod
    def build(config: VAEConfig) -> tuple[nn.Sequential, nn.Sequential]:
        """The encoder (N, 1, S, S) -> (N, 2 L) and the decoder (N, L) -> (N, 1, S, S)."""
        size, hidden, latent = config.image_size, config.hidden, config.latent_dim
        projection = [nn.Linear(hidden, hidden)] if config.projection else []
        encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(size * size, hidden),
            nn.ReLU(),
            *projection,
            nn.Linear(hidden, 2 * latent),
        )
        decoder = nn.Sequential(
            nn.Linear(latent, hidden),
            nn.ReLU(),
            nn.Linear(hidden, size * size),
            nn.Unflatten(1, (1, size, size)),
        )
        return encoder, decoder
