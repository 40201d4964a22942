"""What pages share between reruns and browsers: models on their device, images, latents; and the theme."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.datasets.image_set import ImageSet, Split
from explorer.errors import MissingDatasetError, RunError
from explorer.latent import LatentSpace
from explorer.library import Entry
from explorer.paths import data_root
from explorer.records import DataRecord
from explorer.runs import Run

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Session

Floats = NDArray[np.float32]

MOST_SESSIONS = 4  # models that stay on the device; the least used leaves once no page holds it
OTHER_IMAGES = "These are not the images that the model was trained on, so the numbers here are not the model's."
STAND_INS = {  # kinds of data that an embedded set resembles
    "mnist": "digits",
    "idx": "digits",
    "oasis": "template-brain",
    "adni": "template-brain",
}


@dataclass(frozen=True)
class PageImages:
    """The images that a page shows; `stand_in` says in a sentence that they are not the model's own."""

    images: ImageSet
    stand_in: str | None


def open_session(entry: Entry) -> Session:
    """The model of `entry`, shared by all browsers. Raises RunError when it cannot be loaded."""
    return _session(str(entry.run.directory), entry.run.version)


def open_latents(entry: Entry) -> LatentSpace:
    """The stored posterior of the test images. Raises RunError when it is missing or of another model."""
    space = _latents(str(entry.run.directory), entry.run.version)
    expected = entry.record.config.model.latent_dim
    if space.mean.shape[1] != expected:
        raise RunError(f"{entry.key} has latents of {space.mean.shape[1]} dimensions, its model has {expected}.")
    return space


def open_images(data: DataRecord, image_size: int) -> PageImages:
    """The images a run learned from, or the embedded set that stands in for them.

    Raises DatasetError when neither is there, or when what is there is broken.
    """
    root = str(data_root())
    try:
        images = _recorded(data.name, data.source, image_size, root)
        return PageImages(images, None if images.fingerprint == data.fingerprint else OTHER_IMAGES)
    except MissingDatasetError:
        if data.name not in STAND_INS:
            raise
    images = _named(STAND_INS[data.name], image_size, root)
    return PageImages(
        images,
        f"{data.title} is not on this machine. {images.title} stands in, framed like the training set; "
        "its numbers are not the model's.",
    )


def reconstruction_quality(entry: Entry, images: ImageSet, split: Split, seed: int | None) -> dict[str, Floats]:
    """ "mse", "psnr" and "ssim" of each image of `split`, from the posterior mean or from samples of a seed."""
    return _quality(str(entry.run.directory), entry.run.version, images.fingerprint, split, seed, images, entry)


def posterior_means(entry: Entry, images: ImageSet) -> Floats:
    """Where images of this visit are encoded, (N, L)."""
    return _means(str(entry.run.directory), entry.run.version, images.fingerprint, images, entry)


def posterior_noise(entry: Entry, count: int, seed: int | None) -> Floats | None:
    """Standard normal (count, L) of a seed; None for the posterior mean."""
    if seed is None:
        return None
    from explorer.inference import standard_normal

    return standard_normal((count, entry.record.config.model.latent_dim), seed)


def describe_image(images: ImageSet, row: int, quality: dict[str, Floats]) -> str:
    """What is known of one image, and how well it was reconstructed."""
    facts = [str(images.ids[row])]
    if images.labels is not None:
        facts.append(f"class {images.label_names[images.labels[row]]}")
    facts += [f"{name} {column[row]}" for name, column in images.metadata.items()]
    facts += [f"{name.upper()} {quality[name][row]:.3g}" for name in ("ssim", "psnr", "mse")]
    return ", ".join(facts)


def theme() -> Literal["light", "dark"]:
    """The theme that the browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


@st.cache_resource(max_entries=MOST_SESSIONS, show_spinner=False)
def _session(directory: str, version: int) -> Session:
    from explorer.inference import Session

    return Session(Run(Path(directory)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _latents(directory: str, version: int) -> LatentSpace:
    run = Run(Path(directory))
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


@st.cache_data(max_entries=16, show_spinner=False)
def _quality(
    directory: str,
    version: int,
    fingerprint: str,
    split: Split,
    seed: int | None,
    _images: ImageSet,
    _entry: Entry,
) -> dict[str, Floats]:
    subset = _images.select(split)
    return open_session(_entry).quality(subset.images, posterior_noise(_entry, len(subset), seed))


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _means(directory: str, version: int, fingerprint: str, _images: ImageSet, _entry: Entry) -> Floats:
    return open_session(_entry).encode(_images.images)[0]


@st.cache_resource(max_entries=4, show_spinner=False)
def _recorded(name: str, source: str, image_size: int, root: str) -> ImageSet:
    from explorer.datasets.recorded import open_recorded

    record = DataRecord(name=name, title=name, source=source, fingerprint="", counts={})
    return open_recorded(record, image_size, allow_download=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _named(dataset: str, image_size: int, root: str) -> ImageSet:
    from explorer.datasets.catalog import open_dataset

    return open_dataset(DataConfig(dataset=dataset, image_size=image_size))
