"""The residual convolutional VAE: pre-activation blocks (He et al. 2016) around the bottleneck of a VAE.

    image (1, S, S) -> Conv 3 -> [Conv 3, stride 2 -> blocks] x downsamplings -> Linear = mean, log variance
    z (L) -> Linear -> [blocks -> twice the size] x downsamplings -> ReLU -> Conv 3 -> logits (1, S, S)
    block: x + Conv 3(ReLU(norm(Conv 3(ReLU(norm(x))))))

Channels double wherever the size halves. There are no blocks at full size: they cost most and see
least. The decoder is the narrow half, so that a browser can run it in a frame.
"""

from collections.abc import Iterator
from itertools import chain

from torch import Tensor, nn

from explorer.models.base import VariationalAutoencoder
from explorer.networks import ConvVAEConfig

GROUP = 8  # channels that GroupNorm normalises together


class Residual(nn.Sequential):
    """The sum of its input and what its layers make of it."""

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return features + super().forward(features)  # type: ignore[no-untyped-call, no-any-return]


class ConvVAE(VariationalAutoencoder[ConvVAEConfig]):
    """A VAE whose encoder and decoder are residual convolutional networks."""

    @staticmethod
    def build(config: ConvVAEConfig) -> tuple[nn.Sequential, nn.Sequential]:
        """The encoder (N, 1, S, S) -> (N, 2 L) and the decoder (N, L) -> (N, 1, S, S)."""
        return nn.Sequential(*_encoder(config)), nn.Sequential(*_decoder(config))


def _encoder(config: ConvVAEConfig) -> Iterator[nn.Module]:
    width = config.encoder_channels
    yield nn.Conv2d(1, width, 3, padding=1)
    for _ in range(config.downsamplings):
        yield nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        width *= 2
        yield from _blocks(width, config.encoder_blocks, config)
    yield nn.ReLU()
    yield nn.Flatten()
    yield nn.Linear(width * config.smallest**2, 2 * config.latent_dim)


def _decoder(config: ConvVAEConfig) -> Iterator[nn.Module]:
    width, size = config.decoder_channels << config.downsamplings, config.smallest
    yield nn.Linear(config.latent_dim, width * size**2)
    yield nn.Unflatten(1, (width, size, size))
    for _ in range(config.downsamplings):
        yield from _blocks(width, config.decoder_blocks, config)
        yield from _doubled(width, config)
        width //= 2
    yield nn.ReLU()
    yield nn.Conv2d(width, 1, 3, padding=1)


def _blocks(width: int, count: int, config: ConvVAEConfig) -> Iterator[Residual]:
    for _ in range(count):
        yield Residual(*chain.from_iterable(_normalised_conv(width, config) for _ in range(2)))


def _normalised_conv(width: int, config: ConvVAEConfig) -> Iterator[nn.Module]:
    if config.normalisation == "group":
        yield nn.GroupNorm(width // GROUP, width)
    yield nn.ReLU()
    yield nn.Conv2d(width, width, 3, padding=1)


def _doubled(width: int, config: ConvVAEConfig) -> Iterator[nn.Module]:
    """Layers from `width` channels to half of them at twice the size."""
    if config.upsampling == "transposed":
        yield nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1)
    else:
        yield nn.Upsample(scale_factor=2)
        yield nn.Conv2d(width, width // 2, 3, padding=1)
