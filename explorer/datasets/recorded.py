"""A set of images and its note in `run.json`: write the one, find the other again."""

from explorer.config import DataConfig
from explorer.datasets.catalog import open_dataset
from explorer.datasets.image_set import SPLITS, ImageSet
from explorer.errors import DatasetError
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
    )


def open_recorded(record: DataRecord, image_size: int, given: str | None = None) -> ImageSet:
    """The images of a run: at `given`, else where they lay under the data root, else by their name.

    Raises DatasetError when none of these is there.
    """
    if given is not None:
        return open_dataset(DataConfig(dataset=given, image_size=image_size))
    try:
        return open_dataset(DataConfig(dataset=record.source, image_size=image_size))
    except DatasetError:
        if record.name == record.source:
            raise
        return open_dataset(DataConfig(dataset=record.name, image_size=image_size))
