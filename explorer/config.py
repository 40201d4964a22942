"""What a run is made from: one frozen, validated model per thing, to and from JSON.

A `RunConfig` is all of it; it is stored in `run.json` and rebuilds the model alone. `networks.py` says what
can be chosen of the networks. Every field name is unique across the sections, so that `--latent-dim 4`
needs no prefix.
"""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from explorer.errors import ConfigError
from explorer.networks import MAX_PARAMETERS, ModelConfig, VAEConfig, VQVAEConfig
from explorer.validation import Config


class DataConfig(Config):
    """Which images, and the square size in pixels that they are brought to."""

    dataset: str = Field("digits", min_length=1, max_length=1000, description="Image set: a name or a folder")
    without: tuple[str, ...] = Field((), max_length=1000, description="Classes that are left out, by name")
    image_size: int = Field(28, ge=8, le=256, description="Height and width, pixels")


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
    prior_dilations: tuple[Annotated[int, Field(ge=1, le=64)], ...] = Field(
        (1, 2, 4), min_length=1, max_length=8, description="Dilations that the prior's layers take in turn, 1,2,4"
    )
    prior_dropout: float = Field(0.2, ge=0, lt=1, description="Share of the prior's activations dropped in training")
    prior_epochs: int = Field(30, ge=1, le=10_000, description="Passes of the prior over the training images")
    prior_augmented_epochs: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Of these the first ones, with scans moved as well; later they are varied in contrast alone",
    )
    prior_batch_size: int = Field(16, ge=1, le=65_536, description="Code maps a step of the prior")
    prior_learning_rate: float = Field(1e-3, gt=0, le=1, description="Step size of the prior's Adam")

    @field_validator("prior_dilations", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """The command line gives "1,2,4"."""
        return value.split(",") if isinstance(value, str) else value

    def parameter_count(self, model: VQVAEConfig) -> int:
        """Number of weights and biases of the prior of `model`, but for what each class adds."""
        width, codes = self.prior_channels, model.codebook_size
        first = (codes + model.map_size**2 + 1) * width + 24 * width**2  # embeddings of codes and sites, two stacks
        layer = 25 * width**2 + 4 * width
        head = 2 * width**2 + 2 * width + (2 * width + 1) * codes
        return first + self.prior_layers * layer + head


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

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        """The model bounds itself; its prior is as large as both say."""
        if isinstance(self.model, VQVAEConfig):
            count = self.prior.parameter_count(self.model)
            if count > MAX_PARAMETERS:
                raise ValueError(f"the prior would have {count:,} parameters, more than {MAX_PARAMETERS:,}")
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
    "model": get_args(get_args(ModelConfig)[0]),
    "objective": (ObjectiveConfig,),
    "training": (TrainingConfig,),
    "prior": (PixelCNNConfig,),
}

FIELD_SECTIONS: dict[str, str] = {"dataset": "", "without": ""} | {
    field: section
    for section, kinds in SECTIONS.items()
    for config in kinds
    for field in config.model_fields
    if field != "kind"
}
