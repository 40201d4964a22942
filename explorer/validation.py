"""The base of all that is configured or recorded in JSON, and what is wrong with a piece of it in one sentence."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from explorer.errors import ConfigError

KINDS = ("vae", "conv", "vqvae")  # of models: pydantic names the kind in a place, though it is no field


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
