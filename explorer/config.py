"""What can be configured: one frozen, validated model per thing, to and from JSON.

A `RunConfig` is all that a run is made from; it is stored in `run.json` and rebuilds the model
alone. Every field name is unique across the sections, so that `--latent-dim 4` needs no prefix.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

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


class DataConfig(Config):
    """Which images, and the square size in pixels that they are brought to."""

    dataset: str = Field("digits", min_length=1, max_length=1000, description="Image set: a name or a folder")
    image_size: int = Field(28, ge=8, le=256, description="Height and width, pixels")


class VAEConfig(Config):
    """An MLP VAE; `models/vae.py` draws it."""

    kind: Literal["vae"] = "vae"
    image_size: int = Field(28, ge=8, le=256, description="Height and width, pixels")
    hidden: int = Field(400, ge=1, le=8192, description="Hidden units")
    latent_dim: int = Field(20, ge=1, le=512, description="Latent dimensions")
    projection: bool = Field(False, description="A linear layer between the hidden units and the two heads")

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        pixels, hidden, latent = self.image_size**2, self.hidden, self.latent_dim
        encoder = (pixels + 1) * hidden + (hidden + 1) * hidden * self.projection + (hidden + 1) * 2 * latent
        return encoder + (latent + 1) * hidden + (hidden + 1) * pixels

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.parameter_count > MAX_PARAMETERS:
            raise ValueError(f"the model would have {self.parameter_count:,} parameters, more than {MAX_PARAMETERS:,}")
        return self


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
    model: VAEConfig = VAEConfig()
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


SECTIONS: dict[str, type[Config]] = {"model": VAEConfig, "objective": ObjectiveConfig, "training": TrainingConfig}

FIELD_SECTIONS: dict[str, str] = {"dataset": ""} | {
    field: section for section, config in SECTIONS.items() for field in config.model_fields if field != "kind"
}


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the configuration"
    message = first["msg"].removeprefix("Value error, ")
    scalar = isinstance(first["input"], str | int | float)
    given = f", not {first['input']!r}" if scalar and first["type"] != "extra_forbidden" else ""
    return f"{field}: {message[:1].lower()}{message[1:]}{given}."
