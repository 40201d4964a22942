"""What the map's panel gets beside the model: every test image's latent, where maps put them, and numbers of each."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer import support
from explorer.errors import ExplorerError
from explorer.latent import LatentSpace, Start
from explorer.library import Entry
from explorer.lift import LinearLift
from explorer.maps import Map, dims_map, pca_map, umap_map
from explorer.stored_maps import StoredMap, stored_maps
from explorer.ui.manifold import MapView
from explorer.ui.model_blob import MOST_LATENTS, SCALED, Tensors, model_blob
from explorer.ui.state import Floats, open_images, open_latents, reconstruction_quality

ERROR = "error"  # the column that is computed when it is asked for
KINDS = ("subject", "scan")  # columns whose numbers are names
UNITS = {"age": "years"}


@dataclass(frozen=True)
class Column:
    """Something known of every test image. `isKind`: its numbers are names. Spelled as the page reads it."""

    name: str
    title: str
    unit: str
    isKind: bool = False  # noqa: N815


def run_of(entry: Entry) -> str:
    """The model and its version, as its blob calls it."""
    return f"{entry.run.directory}@{entry.run.version}"


def columns_of(entry: Entry) -> list[Column]:
    """What the points can be coloured by, beside their classes. Raises RunError when the latents cannot be read."""
    own = [
        Column(name, name.capitalize(), UNITS.get(name, ""), name in KINDS)
        for name in sorted(open_latents(entry).metadata)
    ]
    own.sort(key=lambda column: column.isKind)
    return [*own, Column("kl", "KL", "nats"), Column(ERROR, "Error", "MSE of intensities 0 to 1")]


def maps_of(entry: Entry, stored: Sequence[StoredMap]) -> dict[str, Map]:
    """The maps of a model by name, beside those of two dimensions. Raises RunError when its latents cannot be read."""
    space, found = open_latents(entry), {}
    for each in stored:
        points = each.read()
        if points is not None and len(points) == len(space.mean):
            config = each.config
            found[f"umap-{config.neighbours}-{config.min_dist:g}-{config.seed}"] = umap_map(space, points, config)
    return {"pca": pca_map(space)} | found


def shown_map(entry: Entry, view: MapView) -> Map:
    """The map of a view; the principal plane where it is gone. Raises RunError when the latents cannot be read."""
    if view.map == "dims":
        return dims_map(open_latents(entry), *view.dims)
    maps = maps_of(entry, stored_maps(entry.run))
    return maps.get(view.map, maps["pca"])


def short_name(name: str, count: int) -> str:
    """What a map is called on its button: with its parameters where there are several of its kind."""
    kind, *parameters = name.split("-")
    return kind.upper() + (f" {', '.join(parameters[:2])}" if count > 2 and parameters else "")


def map_blob(entry: Entry, view: MapView, starts: Sequence[Start], *, with_error: bool) -> bytes:
    """The model, its maps, and what this visit brought; `with_error`: reconstruction errors too, if they can be had.

    Raises RunError when the run cannot be loaded.
    """
    return _blob(entry, view, tuple(starts), with_error, tuple(stored_maps(entry.run)))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={Entry: run_of, StoredMap: lambda stored: stored.key})
def _blob(
    entry: Entry, view: MapView, starts: tuple[Start, ...], with_error: bool, stored: tuple[StoredMap, ...]
) -> bytes:
    space, columns = open_latents(entry), columns_of(entry)
    tensors, closed = _points(entry, space) | _numbers(space) | _support(space), {}
    if with_error:
        try:
            tensors[f"column.{ERROR}"] = _errors(entry)
        except ExplorerError as error:
            closed[ERROR] = {"title": "Error", "why": str(error)}
            columns = [column for column in columns if column.name != ERROR]
    drawn = maps_of(entry, stored)
    for name, each in drawn.items():
        if isinstance(each.lift, LinearLift):
            tensors[f"map.{name}.axes"] = np.ascontiguousarray(each.lift.axes.T)
        else:
            tensors[f"map.{name}.points"] = each.points
    maps = [
        {"name": name, "short": short_name(name, len(drawn)), "title": each.title, "axes": list(each.axes)}
        for name, each in drawn.items()
    ]
    shown = asdict(view)
    panel = {
        "view": {name: shown[name] for name in ("map", "dims", "color", "behind", "at")},
        "pins": shown["pins"],
        "base": view.base,
        "maps": maps,
        "columns": [asdict(column) for column in columns],
        "closed": closed,
    }
    return model_blob(entry).with_panel(panel, tensors, starts)


def _points(entry: Entry, space: LatentSpace) -> Tensors:
    """The mean of all latents; and all of them, where the model's part of the blob has only some."""
    tensors: Tensors = {"map.mean": space.mean.mean(0)}
    if len(space.mean) > MOST_LATENTS:
        tensors["map.latents"] = space.mean.astype(np.float16)
        tensors["map.rows"] = np.arange(len(space.mean), dtype=np.int32)
        if space.labels is not None:
            tensors["map.labels"] = space.labels.astype(np.int32)
        kinds = space.kinds(entry.record.data)
        if kinds is not None:
            tensors["map.kinds"] = kinds.of.astype(np.int32)
    return tensors


def _support(space: LatentSpace) -> Tensors:
    """The scales of distances: places are compared with posterior means, as they are without a posterior's noise."""
    from explorer.aggregate import Nearness

    count = len(space.mean)
    nearness = Nearness.of(space, np.linspace(0, count - 1, min(count, SCALED)).astype(np.int64))
    return {
        "between": nearness.between,
        "between.radius": support.scale_of(nearness.radius),
        "between.nearest": support.scale_of(nearness.nearest),
    }


def _numbers(space: LatentSpace) -> Tensors:
    columns: Mapping[str, NDArray[np.int64]] = space.metadata
    tensors: Tensors = {f"column.{name}": column.astype(np.int32) for name, column in columns.items()}
    variance = np.exp(space.log_variance)
    kl = 0.5 * (np.square(space.mean) + variance - space.log_variance - 1).sum(1)
    return tensors | {"column.kl": kl.astype(np.float32)}


def _errors(entry: Entry) -> Floats:
    """The mean squared error of each test image (N,). Raises DatasetError or RunError when it cannot be had."""
    page = open_images(entry.record.data, entry.record.config.model.image_size)
    if page.stand_in:
        raise ExplorerError(page.stand_in)
    return reconstruction_quality(entry, page.images, "test", None)["mse"]
