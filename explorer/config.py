"""What can be configured: one frozen, validated model per thing, to and from JSON.

A `RunConfig` is all that a run is made from; it is stored in `run.json` and rebuilds the model
alone. Every field name is unique across the sections, so that `--latent-dim 4` needs no prefix.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from explorer.errors import ConfigError

MAX_PARAMETERS = 100_000_000  # a run.json that asks for more is refused before anything is allocated


class Config(BaseModel):
    """Base of everything configurable: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate `values`. Raises ConfigError naming the first field that is wrong."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from error


Layout = list[tuple[str, tuple[int, ...]]]  # (what it is, shape without the batch), image to image


class DataConfig(Config):
    """Which images, and the square size in pixels that they are brought to."""

    dataset: str = Field("digits", min_length=1, max_length=1000, description="Image set: a name or a folder")
    image_size: int = Field(28, ge=8, le=256, description="Height and width, pixels")


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


ModelConfig = Annotated[VAEConfig | ConvVAEConfig, Field(discriminator="kind")]


class ObjectiveConfig(Config):
    """Reconstruction summed over pixels + beta KL, averaged over the batch, in nats for BCE."""

    reconstruction: Literal["bce", "mse"] = Field("bce", description="Reconstruction term")
    beta: float = Field(1.0, ge=0, le=1000, description="Weight of the KL term")
    warmup_epochs: float = Field(0.0, ge=0, le=10_000, description="Epochs over which beta grows from 0")


class TrainingConfig(Config):
    """How the objective is minimised."""

    epochs: int = Field(10, ge=1, le=10_000, description="Passes over the training images")
    batch_size: int = Field(128, ge=1, le=65_536, description="Images a step")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Step size of Adam")
    schedule: Literal["constant", "onecycle"] = Field("constant", description="Learning rate over the run")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of weights, shuffle and noise")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="auto: bf16 where a short timing shows a gain"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: the GPU when there is one")
    threads: int = Field(0, ge=0, le=1024, description="CPU threads; 0: one core fewer than there are")


class RunConfig(Config):
    """Everything that a run is made from."""

    recipe: str = Field(max_length=200)
    dataset: str = Field("digits", min_length=1, max_length=1000, description="Image set: a name or a folder")
    model: ModelConfig = VAEConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    training: TrainingConfig = TrainingConfig()

    @property
    def data(self) -> DataConfig:
        """The images that this run learns from."""
        return DataConfig(dataset=self.dataset, image_size=self.model.image_size)

    def override(self, **changes: Any) -> Self:
        """A copy with fields of any section changed by their plain names.

        Raises ConfigError for a field that does not exist or a value out of range.
        """
        values = self.model_dump()
        for name, value in changes.items():
            if name not in FIELD_SECTIONS:
                raise ConfigError(f"There is no field {name!r}; the fields are {', '.join(sorted(FIELD_SECTIONS))}.")
            section = FIELD_SECTIONS[name]
            (values[section] if section else values)[name] = value
        return self.parse(values)


SECTIONS: dict[str, tuple[type[Config], ...]] = {
    "model": (VAEConfig, ConvVAEConfig),
    "objective": (ObjectiveConfig,),
    "training": (TrainingConfig,),
}

KINDS = {kind.model_fields["kind"].default for kind in SECTIONS["model"]}

FIELD_SECTIONS: dict[str, str] = {"dataset": ""} | {
    field: section
    for section, kinds in SECTIONS.items()
    for config in kinds
    for field in config.model_fields
    if field != "kind"
}


def field_path(location: tuple[int | str, ...]) -> str:
    """Where pydantic found something, "model.hidden": without the kind of model, which is no field."""
    return ".".join(str(part) for part in location if part not in KINDS)


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = field_path(first["loc"]) or "the configuration"
    message = first["msg"].removeprefix("Value error, ")
    scalar = isinstance(first["input"], str | int | float)
    given = f", not {first['input']!r}" if scalar and first["type"] != "extra_forbidden" else ""
    return f"{field}: {message[:1].lower()}{message[1:]}{given}."
