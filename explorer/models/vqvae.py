"""The VQ-VAE: a residual convolutional encoder, a codebook, and a decoder (van den Oord et al. 2017).

    image (1, S, S) -> [Conv 4, stride 2 -> ReLU] x downsamplings -> blocks -> ReLU -> Conv 1 = latents (D, s, s)
    latents -> the nearest code at each site = codes (s, s)
    vectors of the codes (D, s, s) -> Conv 3 -> blocks -> [ReLU -> twice the size] x downsamplings -> logits (1, S, S)
    block: x + Conv 1(ReLU(Conv 3(ReLU(x))))

Nothing in the decoder mixes far positions, normalisation included: a changed code changes the image
only within `reach` sites of it, so that a page can decode that window alone.
"""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn

from explorer.models.conv_vae import Residual
from explorer.models.quantiser import Quantiser
from explorer.networks import VQVAEConfig


class VQVAEOutput(NamedTuple):
    """What one pass gives.

    Attributes:
        logits: (N, 1, S, S).
        latents: (N, D, s, s), before quantisation.
        codes: int64 (N, s, s).
        commitment: scalar, summed over all.
    """

    logits: Tensor
    latents: Tensor
    codes: Tensor
    commitment: Tensor


class VQVAE(nn.Module):
    """An encoder to a map of codes and a decoder to logits."""

    def __init__(self, config: VQVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = nn.Sequential(*_encoder(config))
        self.quantiser = Quantiser(config.codebook_size, config.code_dim)
        self.decoder = nn.Sequential(*_decoder(config))

    def encode(self, images: Tensor) -> Tensor:
        """Codes (N, s, s) of images (N, 1, S, S) in [0, 1]."""
        return self.quantiser.nearest(self.encoder(images))

    def decode(self, codes: Tensor) -> Tensor:
        """Logits (N, 1, S, S) of codes (N, s, s)."""
        logits: Tensor = self.decoder(self.quantiser.look_up(codes))
        return logits

    def forward(self, images: Tensor) -> VQVAEOutput:
        """Encode, quantise and decode images (N, 1, S, S) in [0, 1]."""
        latents = self.encoder(images)
        codes, vectors, commitment = self.quantiser(latents)
        return VQVAEOutput(self.decoder(vectors), latents, codes, commitment)


def _encoder(config: VQVAEConfig) -> Iterator[nn.Module]:
    widths = _widths(config)
    for before, after in zip((1, *widths), widths, strict=False):
        yield nn.Conv2d(before, after, 4, stride=2, padding=1)
        yield nn.ReLU()
    yield from _blocks(config)
    yield nn.ReLU()
    yield nn.Conv2d(config.hidden_channels, config.code_dim, 1)


def _decoder(config: VQVAEConfig) -> Iterator[nn.Module]:
    yield nn.Conv2d(config.code_dim, config.hidden_channels, 3, padding=1)
    yield from _blocks(config)
    widths = _widths(config)[::-1]
    for before, after in zip(widths, (*widths[1:], 1), strict=True):
        yield nn.ReLU()
        yield nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)


def _widths(config: VQVAEConfig) -> list[int]:
    """Channels after each halving: half as many as inside, and then all."""
    return [config.hidden_channels // 2] + [config.hidden_channels] * (config.downsamplings - 1)


def _blocks(config: VQVAEConfig) -> Iterator[Residual]:
    width = config.hidden_channels
    for _ in range(config.residual_blocks):
        yield Residual(nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1))
