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
from explorer.networks import VQVAEConfig
from explorer.paths import data_root
from explorer.records import DataRecord
from explorer.runs import Run

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession
    from explorer.code_maps import CodeMaps
    from explorer.inference import Loaded, Session

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


def open_model(entry: Entry) -> Loaded:
    """The model of `entry`, of either kind, shared by all browsers. Raises RunError when it cannot be loaded."""
    return open_code_session(entry) if entry.record.config.has_codes else open_session(entry)


def open_session(entry: Entry) -> Session:
    """The VAE of `entry`, shared by all browsers. Raises RunError when it cannot be loaded, or is no VAE."""
    return _session(str(entry.run.directory), entry.run.version)


def open_code_session(entry: Entry) -> CodeSession:
    """The VQ-VAE of `entry` and its prior, shared likewise. Raises RunError when it cannot be loaded, or is none."""
    return _code_session(str(entry.run.directory), entry.run.version, entry.run.prior.version)


def open_code_maps(entry: Entry, split: Literal["train", "test"]) -> CodeMaps:
    """The stored code maps of the test images, or of the training images that each epoch evaluates.

    Raises RunError when they are missing or of another model.
    """
    return _code_maps(str(entry.run.directory), entry.run.version, split)


def open_latents(entry: Entry) -> LatentSpace:
    """The stored posterior of the test images. Raises RunError when it is missing or of another model."""
    space = _latents(str(entry.run.directory), entry.run.version)
    expected = entry.record.config.latent_dim
    if space.mean.shape[1] != expected:
        raise RunError(f"{entry.key} has latents of {space.mean.shape[1]} dimensions, its model has {expected}.")
    return space


def open_images(data: DataRecord, image_size: int) -> PageImages:
    """The images a run learned from, or the embedded set that stands in for them.

    Raises DatasetError when neither is there, or when what is there is broken.
    """
    root = str(data_root())
    try:
        images = _recorded(data.name, data.source, data.without, image_size, root)
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


def prior_samples(entry: Entry, count: int, seed: int) -> Floats:
    """Images (count, H, W) in [0, 1] decoded from draws of the prior. Raises RunError when there is no prior."""
    return _samples(str(entry.run.directory), entry.run.version, entry.run.prior.version, count, seed, entry)


def reconstruction_quality(entry: Entry, images: ImageSet, split: Split, seed: int | None) -> dict[str, Floats]:
    """ "mse", "psnr" and "ssim" of each image of `split`, decoded from its codes, its posterior mean or a sample."""
    return _quality(str(entry.run.directory), entry.run.version, images.fingerprint, split, seed, images, entry)


def posterior_means(entry: Entry, images: ImageSet) -> Floats:
    """Where images of this visit are encoded, (N, L)."""
    return _means(str(entry.run.directory), entry.run.version, images.fingerprint, images, entry)


def posterior_noise(entry: Entry, count: int, seed: int | None) -> Floats | None:
    """Standard normal (count, L) of a seed; None for the posterior mean."""
    if seed is None:
        return None
    from explorer.inference import standard_normal

    return standard_normal((count, entry.record.config.latent_dim), seed)


def theme() -> Literal["light", "dark"]:
    """The theme that the browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


@st.cache_resource(max_entries=MOST_SESSIONS, show_spinner=False)
def _session(directory: str, version: int) -> Session:
    from explorer.inference import Session

    return Session(Run(Path(directory)))


@st.cache_resource(max_entries=MOST_SESSIONS, show_spinner=False)
def _code_session(directory: str, version: int, prior_version: int) -> CodeSession:
    from explorer.code_inference import CodeSession

    return CodeSession(Run(Path(directory)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _code_maps(directory: str, version: int, split: Literal["train", "test"]) -> CodeMaps:
    from explorer.code_maps import unpack_codes

    run = Run(Path(directory))
    record = run.read_record()
    if not isinstance(record.config.model, VQVAEConfig):
        raise RunError(f"{run.name} is a VAE and has no codes; choose a VQ-VAE.")
    return unpack_codes(run.read_codes(), split, record.config.model, record.data)


@st.cache_resource(max_entries=16, show_spinner=False)
def _latents(directory: str, version: int) -> LatentSpace:
    run = Run(Path(directory))
    return LatentSpace.from_arrays(run.read_latents(), run.read_record().data)


@st.cache_data(max_entries=16, show_spinner=False)
def _samples(directory: str, version: int, prior_version: int, count: int, seed: int, _entry: Entry) -> Floats:
    return open_model(_entry).sample(count, seed)


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
    return open_model(_entry).quality(subset.images, posterior_noise(_entry, len(subset), seed))


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _means(directory: str, version: int, fingerprint: str, _images: ImageSet, _entry: Entry) -> Floats:
    return open_session(_entry).encode(_images.images)[0]


@st.cache_resource(max_entries=4, show_spinner=False)
def _recorded(name: str, source: str, without: tuple[str, ...], image_size: int, root: str) -> ImageSet:
    from explorer.datasets.recorded import open_recorded

    record = DataRecord(name=name, title=name, source=source, fingerprint="", counts={}, without=without)
    return open_recorded(record, image_size, allow_download=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _named(dataset: str, image_size: int, root: str) -> ImageSet:
    from explorer.datasets.catalog import open_dataset

    return open_dataset(DataConfig(dataset=dataset, image_size=image_size))
