"""A set of images and its note in `run.json`: write the one, find the other again."""

from contextlib import suppress

from explorer.config import DataConfig
from explorer.datasets.catalog import NAMES, open_dataset
from explorer.datasets.image_set import SPLITS, ImageSet
from explorer.errors import MissingDatasetError
from explorer.records import DataRecord


def record_of(images: ImageSet) -> DataRecord:
    """What `run.json` keeps of `images`."""
    return DataRecord(
        name=images.name,
        title=images.title,
        source=images.source,
        fingerprint=images.fingerprint,
        counts={split: images.count(split) for split in SPLITS},
        label_names=images.label_names,
        without=images.left_out,
    )


def learned_part(whole: ImageSet, record: DataRecord) -> ImageSet:
    """Those images of `whole` that a run learned from and was measured on; another set stays whole."""
    if not record.without or not set(record.without) <= set(whole.label_names):
        return whole
    part = whole.without(record.without)
    return part if part.fingerprint == record.fingerprint else whole


def open_recorded(
    record: DataRecord, image_size: int, given: str | None = None, *, whole: bool = False, allow_download: bool = True
) -> ImageSet:
    """The images of a run: at `given`, else where they lay under the data root, else by their name.

    The classes that the run left out are left out here, unless `whole`. Raises MissingDatasetError when
    none of these is there, DatasetError when what is there is broken.
    """
    places = [given] if given is not None else [record.source]
    if given is None and record.name in NAMES and record.name != record.source:
        places.append(record.name)
    without = () if whole else record.without
    configs = [DataConfig(dataset=place, without=without, image_size=image_size) for place in places]
    for config in configs[:-1]:
        with suppress(MissingDatasetError):
            return open_dataset(config, allow_download=allow_download)
    return open_dataset(configs[-1], allow_download=allow_download)
