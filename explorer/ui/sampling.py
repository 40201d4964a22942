"""What the Sample page stands on: what is drawn from, the settings that a link names, and the files that leave it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer import support
from explorer.draws import Mixture, draw_noise
from explorer.library import Entry
from explorer.palette import grey_tiles
from explorer.sheets import sheet_png
from explorer.ui.components import save_file
from explorer.ui.model_blob import SCALED, Tensors, model_blob
from explorer.ui.places import Places
from explorer.ui.sampler import FileWish, Settings
from explorer.ui.state import open_latents, open_session

if TYPE_CHECKING:  # imports scikit-learn; the page is drawn first
    from explorer.aggregate import Nearness


@dataclass(frozen=True)
class Health:
    """How the prior and q(z) differ: the share of `draws` of each source beyond the test images, and nats.

    `gain` is that of `aggregate.Aggregate`.
    """

    beyond: Mapping[str, float]
    draws: int
    gain: float


@dataclass(frozen=True)
class Sources:
    """What can be drawn from, by name, the prior first; the rest is None where no or too few latents are stored."""

    distributions: Mapping[str, Mixture]
    nearness: Nearness | None = None
    health: Health | None = None


def open_sources(entry: Entry) -> Sources:
    """The prior, and what was fitted to the stored latents. Raises RunError when these cannot be read."""
    return _sources(str(entry.run.directory), entry.run.version, entry)


def sample_blob(entry: Entry, settings: Settings) -> bytes:
    """The model, what is drawn from, and where the panel starts. Raises RunError when the run cannot be loaded."""
    return _blob(str(entry.run.directory), entry.run.version, settings, entry)


def save(entry: Entry, wish: FileWish) -> None:
    """Hand the browser the sheet as PNG, or its latents as JSON."""
    settings, name = wish.settings, entry.run.directory.name
    distributions = open_sources(entry).distributions
    source = settings.source if settings.source in distributions else "prior"
    size = entry.record.config.latent_dim
    noise = draw_noise(settings.seed, wish.count, size, settings.truncation)
    latents = distributions[source].draw(noise, settings.temperature)
    facts = {"model": name} | asdict(settings) | {"source": source}
    if wish.kind == "png":
        images = grey_tiles(open_session(entry).decode(latents))
        content = sheet_png(images, wish.columns, json.dumps(facts))
    else:
        content = json.dumps(facts | {"latents": latents.tolist()}).encode()
    kind = {"png": "image/png", "json": "application/json"}[wish.kind]
    st.session_state["sheets"] = st.session_state.get("sheets", 0) + 1
    save_file(content, kind, f"{name}-{source}-{settings.seed}.{wish.kind}", key=f"sheet-{st.session_state['sheets']}")


def _read(_: Entry, given: Mapping[str, str]) -> Settings | None:
    try:
        return Settings.parse(asdict(Settings()) | dict(given))
    except ValueError:
        return None


def _write(settings: Settings) -> dict[str, str]:
    values = {name: value for name, value in asdict(settings).items() if value is not None}
    return {name: f"{value:.2f}" if isinstance(value, float) else str(value) for name, value in values.items()}


SETTINGS = Places(
    "sample", ("seed", "temperature", "truncation", "source"), lambda _: Settings(), _read, _write, is_shared=True
)


@st.cache_resource(max_entries=8, show_spinner=False)
def _sources(directory: str, version: int, _entry: Entry) -> Sources:
    prior = Mixture.prior(_entry.record.config.latent_dim)
    if not _entry.run.has_latents:
        return Sources({"prior": prior})
    from explorer.aggregate import DRAWN, Nearness, fit_aggregate

    space = open_latents(_entry)
    aggregate = fit_aggregate(space)
    if aggregate is None:
        return Sources({"prior": prior})
    distributions = {"prior": prior, "gaussian": aggregate.gaussian}
    if aggregate.mixture is not None:
        distributions["mixture"] = aggregate.mixture
    count = len(space.mean)
    nearness = Nearness.of(space, np.linspace(0, count - 1, min(count, SCALED)).astype(np.int64))
    beyond = {name: nearness.share_beyond(distribution) for name, distribution in distributions.items()}
    return Sources(distributions, nearness, Health(beyond, DRAWN, aggregate.gain))


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(directory: str, version: int, settings: Settings, _entry: Entry) -> bytes:
    sources = _sources(directory, version, _entry)
    tensors: Tensors = {}
    for name, mixture in sources.distributions.items():
        if name != "prior":
            parts = asdict(mixture)
            tensors |= {f"{name}.{part}": array for part, array in parts.items()}
    if sources.nearness is not None:
        tensors["between"] = sources.nearness.between
        tensors["between.radius"] = support.scale_of(sources.nearness.radius)
        tensors["between.nearest"] = support.scale_of(sources.nearness.nearest)
    return model_blob(_entry).with_panel(asdict(settings), tensors)
