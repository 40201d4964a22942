"""What can be configured: one frozen, validated model per thing, to and from JSON.

A `RunConfig` is all that a run is made from; it is stored in `run.json` and rebuilds the model
alone. Every field name is unique across the sections, so that `--latent-dim 4` needs no prefix.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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
    without: tuple[str, ...] = Field((), max_length=1000, description="Classes that are left out, by name")
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


class ObjectiveConfig(Config):
    """Reconstruction summed over pixels + beta KL, averaged over the batch, in nats for BCE.

    A VQ-VAE has no KL to weigh; its second term is the squared distance of the encoder's vectors to
    their codes, summed over sites and numbers, times `commitment`.
    """

    reconstruction: Literal["bce", "mse", "ssim"] = Field("bce", description="Reconstruction term")
    beta: float = Field(1.0, ge=0, le=1000, description="Weight of the KL term")
    warmup_epochs: float = Field(0.0, ge=0, le=10_000, description="Epochs over which beta grows from 0")
    commitment: float = Field(0.25, ge=0, le=1000, description="Weight of a VQ-VAE's commitment term")


class TrainingConfig(Config):
    """How the objective is minimised."""

    epochs: int = Field(10, ge=1, le=10_000, description="Passes over the training images")
    batch_size: int = Field(128, ge=1, le=65_536, description="Images a step")
    learning_rate: float = Field(1e-3, gt=0, le=1, description="Step size of Adam")
    schedule: Literal["constant", "onecycle"] = Field("constant", description="Learning rate over the run")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of weights, shuffle and noise")
    augmentation: Literal["none", "scans"] = Field(
        "none", description="scans: small shifts, rotations, sizes and contrasts, and mirror images"
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="auto: bf16 where a short timing shows a gain"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: the GPU when there is one")
    threads: int = Field(0, ge=0, le=1024, description="CPU threads; 0: one core fewer than there are")
    snapshots: int = Field(200, ge=0, le=10_000, description="Snapshots that are kept, at most; 0 or none keeps none")

    @field_validator("snapshots", mode="before")
    @classmethod
    def _counted(cls, value: object) -> object:
        """The command line gives "none"."""
        return 0 if value == "none" else value


class PixelCNNConfig(Config):
    """A gated PixelCNN over a code map, and how it is trained; `models/pixelcnn.py` draws it."""

    prior_layers: int = Field(12, ge=1, le=64, description="Gated layers of the prior")
    prior_channels: int = Field(64, ge=8, le=512, multiple_of=8, description="Channels of the prior")
    prior_dilations: tuple[int, ...] = Field(
        (1, 2, 4), min_length=1, max_length=8, description="Dilations that the prior's layers take in turn, 1,2,4"
    )
    prior_dropout: float = Field(0.2, ge=0, lt=1, description="Share of the prior's activations dropped in training")
    prior_epochs: int = Field(30, ge=1, le=10_000, description="Passes of the prior over the training images")
    prior_augmented_epochs: int = Field(
        0, ge=0, le=10_000, description="Of these the first ones, with augmented scans; later they are as they are"
    )
    prior_batch_size: int = Field(16, ge=1, le=65_536, description="Code maps a step of the prior")
    prior_learning_rate: float = Field(1e-3, gt=0, le=1, description="Step size of the prior's Adam")

    @field_validator("prior_dilations", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """The command line gives "1,2,4"."""
        return value.split(",") if isinstance(value, str) else value


VAE_FIELDS = {"beta", "warmup_epochs"}
VQVAE_FIELDS = {"commitment", *PixelCNNConfig.model_fields}


class RunConfig(Config):
    """Everything that a run is made from."""

    recipe: str = Field(max_length=200)
    dataset: str = Field("digits", min_length=1, max_length=1000, description="Image set: a name or a folder")
    without: tuple[str, ...] = Field(
        (), max_length=1000, description="Classes that the run never sees, to be found strange later: 4,9"
    )
    model: ModelConfig = VAEConfig()
    objective: ObjectiveConfig = ObjectiveConfig()
    training: TrainingConfig = TrainingConfig()
    prior: PixelCNNConfig = PixelCNNConfig()

    @field_validator("without", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """The command line gives "4,9"."""
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _all_is_used(self) -> Self:
        """A field that this kind of model has no use for keeps its default; else somebody expects something of it."""
        ours = "a VQ-VAE" if self.has_codes else "a VAE"
        for section in (self.objective, self.prior):
            for name, field in type(section).model_fields.items():
                is_idle = name in VAE_FIELDS if self.has_codes else name in VQVAE_FIELDS
                if is_idle and getattr(section, name) != field.default:
                    raise ValueError(f"{name} is of another kind of model, and this is {ours}; leave it out")
        return self

    @property
    def latent_dim(self) -> int:
        """Latent dimensions of a VAE. Raises ConfigError for a VQ-VAE, whose latent is a map of codes."""
        if isinstance(self.model, VQVAEConfig):
            raise ConfigError("A VQ-VAE has a map of codes, and no latent numbers; choose a VAE.")
        return self.model.latent_dim

    @property
    def has_codes(self) -> bool:
        """Whether this is a VQ-VAE, which is trained in two stages."""
        return isinstance(self.model, VQVAEConfig)

    @property
    def data(self) -> DataConfig:
        """The images that this run learns from."""
        return DataConfig(dataset=self.dataset, without=self.without, image_size=self.model.image_size)

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
    "model": (VAEConfig, ConvVAEConfig, VQVAEConfig),
    "objective": (ObjectiveConfig,),
    "training": (TrainingConfig,),
    "prior": (PixelCNNConfig,),
}

KINDS = {kind.model_fields["kind"].default for kind in SECTIONS["model"]}

FIELD_SECTIONS: dict[str, str] = {"dataset": "", "without": ""} | {
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
