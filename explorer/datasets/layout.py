"""What is known about one way to lay a set of images out in folders."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets.image_set import ImageSet
from explorer.errors import DatasetError


@dataclass(frozen=True)
class Layout:
    """A layout of folders and how to read it.

    Attributes:
        name: "oasis", "adni", "idx", "folder".
        form: what it looks like, for messages.
        title: what a person calls the set in a home.
        home: the folder of the set that a folder is, or is a split of; None if it has another layout.
        image_side: larger side in pixels of a first image of a home. Raises DatasetError or OSError.
        read: the set in (home, image size, portable source). Raises DatasetError or OSError.
    """

    name: str
    form: str
    title: Callable[[Path], str]
    home: Callable[[Path], Path | None]
    image_side: Callable[[Path], int]
    read: Callable[[Path, int, str], ImageSet]


@dataclass(frozen=True)
class Place:
    """A folder that holds a set in a known layout."""

    layout: Layout
    folder: Path

    @property
    def title(self) -> str:
        """What a person calls the set."""
        return self.layout.title(self.folder)

    def image_side(self) -> int | None:
        """Larger side in pixels of a first image, None if none can be read."""
        try:
            return self.layout.image_side(self.folder)
        except (DatasetError, OSError):
            return None

    def read(self, image_size: int, source: str) -> ImageSet:
        """The set at `image_size`, recorded as coming from `source`. Raises DatasetError."""
        try:
            return self.layout.read(self.folder, image_size, source)
        except OSError as error:
            raise DatasetError(
                f"{self.folder} cannot be read ({error.strerror}); check that you may read it and its folders."
            ) from error
