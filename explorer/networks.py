"""What can be configured of the networks: how wide and how deep, their parameters, and the shapes on the way."""

from abc import ABC, abstractmethod
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from explorer.validation import Config

MAX_PARAMETERS = 100_000_000  # a run.json that asks for more is refused before anything is allocated

Layout = list[tuple[str, tuple[int, ...]]]  # (what it is, shape without the batch), image to image


class NetworkConfig(Config, ABC):
    """What the configurations of all models have in common."""

    image_size: int = Field(28, ge=8, le=256, description="Height and width, pixels")

    @property
    @abstractmethod
    def parameter_count(self) -> int:
        """Number of weights and biases."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """The shapes that an image goes through, and the latent among them."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.parameter_count > MAX_PARAMETERS:
            raise ValueError(f"the model would have {self.parameter_count:,} parameters, more than {MAX_PARAMETERS:,}")
        return self


class VAEConfig(NetworkConfig):
    """An MLP VAE; `models/vae.py` draws it."""

    kind: Literal["vae"] = "vae"
    hidden: int = Field(400, ge=1, le=8192, description="Hidden units")
    latent_dim: int = Field(20, ge=1, le=512, description="Latent dimensions")
    projection: bool = Field(False, description="A linear layer between the hidden units and the two heads")

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        pixels, hidden, latent = self.image_size**2, self.hidden, self.latent_dim
        encoder = (pixels + 1) * hidden + (hidden + 1) * hidden * self.projection + (hidden + 1) * 2 * latent
        return encoder + (latent + 1) * hidden + (hidden + 1) * pixels

    @property
    def layout(self) -> Layout:
        """The widths of the network."""
        hidden = [("hidden", (self.hidden,))]
        image = [("image", (self.image_size**2,))]
        return [*image, *hidden * (1 + self.projection), ("latent", (self.latent_dim,)), *hidden, *image]


class ConvVAEConfig(NetworkConfig):
    """A residual convolutional VAE; `models/conv_vae.py` draws it."""

    kind: Literal["conv"] = "conv"
    latent_dim: int = Field(20, ge=1, le=512, description="Latent dimensions")
    downsamplings: int = Field(2, ge=1, le=5, description="Times that the encoder halves the image")
    encoder_channels: int = Field(24, ge=8, le=256, multiple_of=8, description="Encoder channels at full size")
    encoder_blocks: int = Field(2, ge=0, le=8, description="Residual blocks of the encoder at each smaller size")
    decoder_channels: int = Field(16, ge=8, le=256, multiple_of=8, description="Decoder channels at full size")
    decoder_blocks: int = Field(1, ge=0, le=8, description="Residual blocks of the decoder at each smaller size")
    normalisation: Literal["none", "group"] = Field("none", description="Of a residual block's inputs")
    upsampling: Literal["transposed", "nearest"] = Field("transposed", description="How the decoder doubles a size")

    @property
    def smallest(self) -> int:
        """Height and width of the innermost feature maps."""
        return self.image_size >> self.downsamplings

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        inner = self.smallest**2
        taps = {"transposed": 16, "nearest": 9}[self.upsampling]
        encoder, decoder = 10 * self.encoder_channels, 9 * self.decoder_channels + 1
        for level in range(self.downsamplings):
            narrow, wide = self.encoder_channels << level, self.encoder_channels << level + 1
            encoder += (9 * narrow + 1) * wide + self.encoder_blocks * self._block_parameters(wide)
            narrow, wide = self.decoder_channels << level, self.decoder_channels << level + 1
            decoder += (taps * wide + 1) * narrow + self.decoder_blocks * self._block_parameters(wide)
        encoder += (inner * (self.encoder_channels << self.downsamplings) + 1) * 2 * self.latent_dim
        decoder += (self.latent_dim + 1) * inner * (self.decoder_channels << self.downsamplings)
        return encoder + decoder

    @property
    def layout(self) -> Layout:
        """The feature maps of the network, (channels, height, width)."""
        size, levels = self.image_size, range(self.downsamplings + 1)
        image = [("image", (1, size, size))]
        down = [("features", (self.encoder_channels << level, size >> level, size >> level)) for level in levels]
        up = [("features", (self.decoder_channels << level, size >> level, size >> level)) for level in levels]
        return [*image, *down, ("latent", (self.latent_dim,)), *reversed(up), *image]

    def _block_parameters(self, width: int) -> int:
        return 2 * (9 * width + 1) * width + 4 * width * (self.normalisation == "group")

    @model_validator(mode="after")
    def _halvable(self) -> Self:
        if self.image_size % 2**self.downsamplings:
            raise ValueError(f"an image of {self.image_size} pixels cannot be halved {self.downsamplings} times")
        return self


class VQVAEConfig(NetworkConfig):
    """A VQ-VAE; `models/vqvae.py` draws it."""

    kind: Literal["vqvae"] = "vqvae"
    downsamplings: int = Field(2, ge=2, le=3, description="Times that the encoder halves the image")
    codebook_size: int = Field(256, ge=2, le=4096, description="Codes in the codebook")
    code_dim: int = Field(32, ge=1, le=512, description="Numbers in a code's vector")
    hidden_channels: int = Field(64, ge=8, le=512, multiple_of=8, description="Channels inside the two networks")
    residual_blocks: int = Field(2, ge=0, le=8, description="Residual blocks of each network")

    @property
    def map_size(self) -> int:
        """Height and width of the code map, sites."""
        return self.image_size >> self.downsamplings

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases, the codebook among them."""
        width, dim, deeper = self.hidden_channels, self.code_dim, self.downsamplings - 1
        narrow = width // 2
        between = 16 * narrow * width + 16 * width * width * (deeper - 1)  # weights of the convolutions 4 x 4
        blocks = 2 * self.residual_blocks * (10 * width * width + 2 * width)
        encoder = 16 * narrow + narrow + between + width * deeper + (width + 1) * dim
        decoder = (9 * dim + 1) * width + between + width * (deeper - 1) + narrow + 16 * narrow + 1
        return encoder + decoder + blocks + self.codebook_size * dim

    @property
    def layout(self) -> Layout:
        """The feature maps of the network, (channels, height, width)."""
        size, side = self.image_size, self.map_size
        image, codes = [("image", (1, size, size))], [("codes", (side, side))]
        levels = range(1, self.downsamplings + 1)
        features = [
            ("features", (self.hidden_channels >> (level == 1), size >> level, size >> level)) for level in levels
        ]
        return [*image, *features, *codes, *reversed(features), *image]

    @model_validator(mode="after")
    def _halvable(self) -> Self:
        if self.image_size % 2**self.downsamplings:
            raise ValueError(f"an image of {self.image_size} pixels cannot be halved {self.downsamplings} times")
        return self


ModelConfig = Annotated[VAEConfig | ConvVAEConfig | VQVAEConfig, Field(discriminator="kind")]
