"""Which images are looked at for what is strange: the run's own test images, other ones, a visitor's, changed ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.datasets.catalog import available_datasets, confined, open_dataset
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import learned_part
from explorer.library import Entry
from explorer.paths import data_root
from explorer.records import RunRecord
from explorer.ui.access import is_readonly
from explorer.ui.anomaly_scoring import Floats, Part
from explorer.ui.facts import describe_image
from explorer.ui.state import PageImages, open_images

MOST = 2000  # images that are scored at once
SEED = 0  # of those that are chosen where there are more
OUTSIDE = -1  # as in `anomaly.py`, which imports torch


@dataclass(frozen=True)
class OwnImages:
    """The test images of a run, with the classes that it left out, or others in their place.

    Attributes:
        part: at most `MOST` of them, chosen and ordered at random.
        learned: those that the run learned from, all splits; None where they are not here.
        page: all of them, and whose they are if not the run's own.
    """

    part: Part
    learned: ImageSet | None
    page: PageImages

    @property
    def slices(self) -> NDArray[np.int64] | None:
        """The slice numbers of `part`, (N,), where they are those of the run's own images."""
        return None if self.learned is None else self.part.images.metadata.get("slice")


@dataclass(frozen=True)
class Pool:
    """Scored images side by side.

    Attributes:
        images: uint8 (N, 1, H, W).
        names: what is known of each, N of them.
        slices: (N,), their slice numbers, where these mean what they do in the run's own images.
        scores: of each score (N,).
        is_anomalous: (N,) bool; None where nobody says what is normal.
        groups: what normal and anomalous images are called.
    """

    images: NDArray[np.uint8]
    names: Sequence[str]
    slices: NDArray[np.int64] | None
    scores: Mapping[str, Floats]
    is_anomalous: NDArray[np.bool_] | None
    groups: tuple[str, str]


def own_images(entry: Entry) -> OwnImages:
    """Those of `entry`. Raises DatasetError when neither they nor something like them is here."""
    whole = entry.record.data.model_copy(update={"without": ()})
    page = open_images(whole, entry.record.config.model.image_size)
    place = str(entry.run.directory), entry.run.version
    return _own(*place, page.images.fingerprint, page.images.image_size, page, entry.record)


def choose_others(entry: Entry) -> Part | None:
    """Draw the choice of another image set; the test images of it, or all where it has no splits; None without any.

    Raises DatasetError when they cannot be opened.
    """
    data = entry.record.data
    choices = {
        choice.dataset: choice.label
        for choice in available_datasets()
        if choice.dataset not in (data.name, data.source)
    }
    dataset = st.selectbox(
        "Other images",
        list(choices),
        key="others",
        bind="query-params",
        accept_new_options=not is_readonly(),
        format_func=lambda value: choices.get(value, value),
        help="A set that was found, or type the path of a folder inside the data root.",
        width=420,
    )
    if not dataset:
        return None
    images = _others(confined(dataset), entry.record.config.model.image_size, str(data_root()))
    images = images.select("test") if images.count("test") else images
    return _part(f"others {images.fingerprint}", f"images of {images.title}", images)


def own_upload(images: ImageSet) -> Part:
    """A visitor's images."""
    return _part(f"upload {images.fingerprint}", "uploaded images", images)


def pooled(
    parts: Sequence[Part], scores: Sequence[Mapping[str, Floats]], record: RunRecord, normal: Sequence[str] = ()
) -> Pool:
    """The images of one or two parts that are scored by now.

    Of two the first are normal, the second anomalous; of one those are normal that are of a class in `normal`.
    """
    counts = [len(next(iter(each.values()))) for each in scores]
    scored = [part.images.take(np.arange(count)) for part, count in zip(parts, counts, strict=True)]
    are_alike = all(each.name == record.data.name and "slice" in each.metadata for each in scored)
    return Pool(
        images=np.concatenate([each.images for each in scored]),
        names=[describe_image(each, row) for each in scored for row in range(len(each))],
        slices=np.concatenate([each.metadata["slice"] for each in scored]) if are_alike else None,
        scores={name: np.concatenate([each[name] for each in scores]) for name in scores[0]},
        is_anomalous=np.repeat([False, True], counts) if len(parts) > 1 else _marked(scored[0], normal),
        groups=(parts[0].title, parts[1].title) if len(parts) > 1 else ("the normal classes", "the others"),
    )


def _marked(images: ImageSet, normal: Sequence[str]) -> NDArray[np.bool_] | None:
    """Which of labelled images are of no class in `normal`; None where all are, or none is."""
    if images.labels is None:
        return None
    marks = ~np.isin(images.labels, [images.label_names.index(name) for name in normal])
    return None if marks.all() or not marks.any() else marks


def _part(key: str, title: str, images: ImageSet) -> Part:
    chosen = images.take(_chosen(len(images)))
    return Part(key, title, chosen, np.full(len(chosen), OUTSIDE))


def _chosen(count: int) -> NDArray[np.int64]:
    """Rows in a random order: what a visitor ends early is then as good a sample as what is scored to its end."""
    return np.random.default_rng(SEED).permutation(count)[:MOST]


@st.cache_resource(max_entries=4, show_spinner=False)
def _own(
    directory: str,  # noqa: ARG001, this and what follows are the key
    version: int,  # noqa: ARG001
    fingerprint: str,
    image_size: int,  # noqa: ARG001
    _page: PageImages,
    _record: RunRecord,
) -> OwnImages:
    from explorer.anomaly import own_rows

    whole = _page.images
    learned: ImageSet | None = learned_part(whole, _record.data)
    if learned is not None and learned.fingerprint == _record.data.fingerprint:
        page = PageImages(whole, None)
    else:
        learned, page = None, _page
    test = whole.select("test")
    test = test.take(_chosen(len(test)))
    title = f"test images of {whole.title}"
    return OwnImages(Part(f"own {fingerprint}", title, test, own_rows(test, whole, _record)), learned, page)


@st.cache_resource(max_entries=4, show_spinner=False)
def _others(dataset: str, image_size: int, root: str) -> ImageSet:  # noqa: ARG001, another root has others
    return open_dataset(DataConfig(dataset=dataset, image_size=image_size), allow_download=False)
