"""What pages share: the chosen model, its cached session, its images, and the theme."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.datasets.image_set import ImageSet, Split
from explorer.errors import DatasetError
from explorer.latent import LatentSpace
from explorer.library import Broken, Entry, list_runs
from explorer.paths import PROJECT, data_root
from explorer.records import DataRecord
from explorer.runs import Run

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Session

Floats = NDArray[np.float32]

FIRST_MODEL = "mnist-20"
MOST_SESSIONS = 4  # models that stay on the device; the least used leaves once no page holds it
STAND_INS = {"mnist": "digits", "idx": "digits"}  # kinds of data that an embedded set resembles


@dataclass(frozen=True)
class PageImages:
    """The images that a page shows; `stand_in` says in a sentence that they are not the model's own."""

    images: ImageSet
    stand_in: str | None


def pick_model() -> Entry | None:
    """Draw the picker in the sidebar; the entry that it shows, or None when there is no model at all."""
    entries, broken = list_runs()
    entries.sort(key=lambda entry: (entry.record.data.title, not entry.shipped))
    by_key = {entry.key: entry for entry in entries}
    with st.sidebar:
        entry = _picker(by_key) if by_key else None
        _report_broken(broken)
    st.session_state["entry"] = entry
    return entry


def current_entry() -> Entry | None:
    """The entry that the picker shows in this run of the script."""
    entry: Entry | None = st.session_state.get("entry")
    return entry


def require_app() -> None:
    """Start over through app.py when Streamlit ran a page alone.

    It does so once a process, when its first visitor comes by a deep link: it has seen the folder
    `pages/` and not yet a call of `st.navigation`. That call settles it.
    """
    if "page" not in st.session_state:
        pages = [st.Page(path) for path in (PROJECT / "pages").glob("*.py")]
        st.navigation([st.Page(PROJECT / "app.py", default=True), *pages], position="hidden")
        st.rerun()


def note_page(name: str) -> None:
    """Remember which page is drawn, to tell an arrival from a rerun."""
    st.session_state["arrived"] = st.session_state.get("page") != name
    st.session_state["page"] = name


def has_arrived(name: str) -> bool:
    """Whether this run of the script is the first one on page `name`."""
    return bool(st.session_state.get("arrived", True)) and st.session_state.get("page", name) == name


def open_session(entry: Entry) -> Session:
    """The model of `entry`, shared by all browsers. Raises RunError when it cannot be loaded."""
    return _session(str(entry.run.directory), entry.run.version)


def open_latents(entry: Entry) -> LatentSpace:
    """The stored posterior of the test images. Raises RunError when it is missing."""
    return _latents(str(entry.run.directory), entry.run.version)


def open_images(data: DataRecord, image_size: int) -> PageImages:
    """The images a run learned from, or the embedded set that stands in for them.

    Raises DatasetError when neither is there.
    """
    root = str(data_root())
    try:
        return PageImages(_recorded(data.name, data.source, image_size, root), None)
    except DatasetError:
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


def _picker(by_key: dict[str, Entry]) -> Entry:
    # bound to the URL by hand: a bound selectbox would put the labels there, not the keys
    wanted = st.query_params.get("model")
    if st.session_state.get("model") not in by_key:
        first = FIRST_MODEL if FIRST_MODEL in by_key else next(iter(by_key))
        st.session_state["model"] = wanted if wanted in by_key else first
        if wanted is not None and wanted not in by_key:
            st.warning(f"There is no model {wanted!r} here, so this is {first}.")
    key = st.selectbox(
        "Model",
        list(by_key),
        key="model",
        format_func=lambda each: f"{_short(by_key[each].record.data.title)} · {each}" if each in by_key else each,
        help="Shipped models and your own runs, grouped by their images.",
    )
    if st.query_params.get("model") != key:
        st.query_params["model"] = key
    entry = by_key[key]
    st.caption(f"{describe_model(entry)}  \nELBO {entry.record.trained.test.elbo:.1f} nats, test")
    return entry


def describe_model(entry: Entry) -> str:
    """ "VAE 784-400-20 · 28 × 28"."""
    model = entry.record.config.model
    size = model.image_size
    return f"VAE {size * size}-{model.hidden}-{model.latent_dim} · {size} × {size}"


def _report_broken(broken: list[Broken]) -> None:
    for each in broken:
        st.caption(f":material/warning: {each.key} cannot be opened. {each.reason}")


def _short(title: str) -> str:
    return title.split(",")[0].split(" (")[0]


@st.cache_resource(max_entries=MOST_SESSIONS, show_spinner=False)
def _session(directory: str, version: int) -> Session:
    from explorer.inference import Session

    return Session(Run(Path(directory)))


@st.cache_resource(max_entries=16, show_spinner=False)
def _latents(directory: str, version: int) -> LatentSpace:
    return LatentSpace.from_arrays(Run(Path(directory)).read_latents())


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


@st.cache_resource(max_entries=4, show_spinner=False)
def _recorded(name: str, source: str, image_size: int, root: str) -> ImageSet:
    from explorer.datasets.recorded import open_recorded

    record = DataRecord(name=name, title=name, source=source, fingerprint="", counts={})
    return open_recorded(record, image_size, allow_download=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _named(dataset: str, image_size: int, root: str) -> ImageSet:
    from explorer.datasets.catalog import open_dataset

    return open_dataset(DataConfig(dataset=dataset, image_size=image_size))
