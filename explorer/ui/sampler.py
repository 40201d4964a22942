"""The panel of samples as a typed function: sheets of draws that follow temperature and truncation in the page."""

import math
from dataclasses import dataclass
from typing import Any, Self

from explorer.draws import LEAST_TRUNCATION, MOST_SEED, MOST_TEMPERATURE
from explorer.sheets import MOST_IMAGES
from explorer.ui.components import Letter, declare, rerun

SOURCES = ("prior", "gaussian", "mixture")  # sources.js has the same
FILES = ("png", "json")


@dataclass(frozen=True)
class Settings:
    """What decides over a sheet: the seed, what is drawn from, and how; no truncation is None."""

    seed: int = 0
    temperature: float = 1.0
    truncation: float | None = None
    source: str = SOURCES[-1]

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Self:
        """From what a link or the page says. Raises ValueError when it is out of range."""
        truncation = given.get("truncation")
        settings = cls(
            int(given["seed"]),
            float(given["temperature"]),
            None if truncation is None else float(truncation),
            str(given["source"]),
        )
        bounded = 0 <= settings.seed <= MOST_SEED and 0 <= settings.temperature <= MOST_TEMPERATURE
        truncated = settings.truncation is None or LEAST_TRUNCATION <= settings.truncation < math.inf
        if not (bounded and truncated and settings.source in SOURCES):
            raise ValueError(f"{given} is out of range")
        return settings


@dataclass(frozen=True)
class Picked:
    """The latent (L,) that was clicked last; `label` says what it is."""

    z: tuple[float, ...]
    label: str


@dataclass(frozen=True)
class FileWish:
    """A visitor wants the first `count` samples as a file, "png" in so many columns or "json"."""

    kind: str
    settings: Settings
    count: int
    columns: int


@dataclass(frozen=True)
class SamplerNews:
    """What the panel says: where it stands and what was clicked, None before that; and a file that is wanted."""

    settings: Settings | None
    picked: Picked | None
    wish: FileWish | None


_SAMPLER = declare("sampler")


def sampler(blob: bytes, *, key: str) -> SamplerNews:
    """Mount the panel: the blob's decoder runs in the page while a slider is dragged.

    `blob` is what `sampling.sample_blob` makes. What its metadata `panel` says counts at the first mount.
    """
    letter = Letter(key, blob)
    result = _SAMPLER(key=key, data=letter.data, on_committed_change=rerun, on_wish_change=rerun)
    committed = letter.answer(result.committed)
    wish = None if result.wish is None else _file_wish(result.wish)
    if committed is None:
        return SamplerNews(None, None, wish)
    picked = committed["picked"]
    clicked = None if picked is None else Picked(tuple(map(float, picked["z"])), str(picked["label"]))
    return SamplerNews(Settings.parse(committed), clicked, wish)


def _file_wish(given: dict[str, Any]) -> FileWish:
    count, columns = int(given["count"]), int(given["columns"])
    if given["kind"] not in FILES or not 1 <= columns <= count <= MOST_IMAGES:
        raise ValueError(f"{given} is no file of samples")
    return FileWish(given["kind"], Settings.parse(given), count, columns)
