"""The one entry to image sets: by name, or by the path of a folder in a known layout."""

from dataclasses import dataclass, replace

from explorer.config import DataConfig
from explorer.datasets import digits, mnist, template_brain
from explorer.datasets.adni import ADNI
from explorer.datasets.idx_folder import IDX, is_complete, is_mnist
from explorer.datasets.image_set import ImageSet
from explorer.datasets.layout import Layout, Place
from explorer.datasets.oasis import OASIS
from explorer.datasets.places import locate, place_at, portable, search
from explorer.errors import DatasetError, MissingDatasetError
from explorer.paths import data_root, is_inside

NAMES = ("digits", "template-brain", "mnist", "oasis", "adni")


@dataclass(frozen=True)
class Choice:
    """A set that can be opened now.

    Attributes:
        dataset: value for `DataConfig.dataset`.
        label: what a picker shows.
        kind: `ImageSet.name` of the set: "digits", "template-brain", "mnist", "idx", "oasis", "adni", "folder".
    """

    dataset: str
    label: str
    kind: str


def open_dataset(config: DataConfig, *, allow_download: bool = True) -> ImageSet:
    """The images that `config` names, all splits, as uint8 (N, 1, image_size, image_size).

    A name is one of `NAMES`; anything else is a folder, absolute or relative to the data root or the
    working folder. `mnist` is downloaded where it is missing and `allow_download` is true. Classes
    that are to be left out are in no split.

    Raises DatasetError, one sentence for the user, if the set is missing, ambiguous or broken.
    """
    image_set = _open(config, allow_download).without(config.without)
    return replace(image_set, notices=(*image_set.notices, *_root_notices()))


def available_datasets() -> list[Choice]:
    """What a picker can offer: the names that work, then the other folders under the data root.

    Reads one header of each set at most.
    """
    places = search()
    mnists = _mnists(places)
    named = [
        Choice("digits", digits.TITLE, "digits"),
        Choice("template-brain", template_brain.TITLE, "template-brain"),
    ]
    others = [place for place in places if not _is_mnist(place)]
    if len(mnists) > 1:  # the name would be ambiguous
        others = mnists + others
    else:
        named.append(Choice("mnist", "MNIST" if mnists else "MNIST (will be downloaded)", "mnist"))
    return named + [_choice(place) for place in others]


def confined(dataset: str) -> str:
    """`dataset` if it is a known name or a folder inside the data root; for text typed into the app.

    Raises DatasetError for any other text, symbolic links followed.
    """
    if dataset in NAMES:
        return dataset
    folder = locate(dataset)
    if folder is None or not is_inside(folder, data_root()):
        raise DatasetError(
            f"{dataset!r} is neither one of {', '.join(NAMES)} nor a folder inside the data root {data_root()}; "
            f"move the images there, or set EXPLORER_DATA to the folder that holds them."
        )
    return dataset


def _open(config: DataConfig, allow_download: bool) -> ImageSet:
    size = config.image_size
    match config.dataset:
        case "digits":
            return digits.read(size)
        case "template-brain":
            return template_brain.read(size)
        case "mnist":
            return _find_mnist(size, allow_download).read(size, "mnist")
        case "oasis":
            place = _find_brains(OASIS, size)
        case "adni":
            place = _find_brains(ADNI, size)
        case path:
            place = _find_path(path)
    return place.read(size, portable(place.folder))


def _find_mnist(image_size: int, allow_download: bool) -> Place:
    places = _mnists(search())
    if not places and allow_download:
        mnist.download(data_root())
        places = _mnists(search())
    if not places:
        raise mnist.missing(data_root(), "were not downloaded")
    return _choose(places, image_size)


def _find_brains(layout: Layout, image_size: int) -> Place:
    places = [place for place in search() if place.layout is layout]
    if not places:
        raise MissingDatasetError(
            f"No brain slices in the {layout.name.upper()} layout were found in the data root "
            f"{data_root()}{_absence()}: put your own copy of {layout.form} "
            f"into a folder there, or give the path of that folder."
        )
    return _choose(places, image_size)


def _find_path(text: str) -> Place:
    folder = locate(text)
    if folder is None:
        raise MissingDatasetError(
            f"There is no image set {text!r}: the names are {', '.join(NAMES)}, and there is no such folder in "
            f"the data root {data_root()}{_absence()} or the working folder."
        )
    return place_at(folder)


def _choose(places: list[Place], image_size: int) -> Place:
    """The only place, else the only one whose images have `image_size`. Raises DatasetError."""
    matching = [place for place in places if place.image_side() == image_size] if len(places) > 1 else places
    if len(matching) != 1:
        candidates = ", ".join(f"{portable(place.folder)} ({_side(place)})" for place in places)
        number = "more than one" if matching else "none"
        raise DatasetError(
            f"The data root {data_root()} holds several such sets, and {number} of them has the image size "
            f"{image_size}: {candidates}; give one of them by its path."
        )
    return matching[0]


def _mnists(places: list[Place]) -> list[Place]:
    """The whole copies of MNIST; what an interrupted download left is none."""
    return [place for place in places if _is_mnist(place) and is_complete(place.folder)]


def _is_mnist(place: Place) -> bool:
    return place.layout is IDX and is_mnist(place.folder)


def _choice(place: Place) -> Choice:
    path = portable(place.folder)
    return Choice(path, f"{place.title}, {_side(place)}, {path}", place.layout.name)


def _side(place: Place) -> str:
    side = place.image_side()
    return f"{side} × {side}" if side else "unreadable"


def _absence() -> str:
    return "" if data_root().is_dir() else " (which does not exist)"


def _root_notices() -> tuple[str, ...]:
    if data_root().is_dir():
        return ()
    return (
        f"The data root {data_root()} does not exist, so that only the embedded sets are there; "
        f"set EXPLORER_DATA to a folder of image sets.",
    )
