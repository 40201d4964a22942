"""A selection of the map: its file, and what is said of it."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from explorer.datasets.image_set import ImageSet
from explorer.errors import MissingDatasetError
from explorer.latent import LatentSpace
from explorer.library import Entry
from explorer.maps import dims_map, pca_map
from explorer.paths import PRETRAINED
from explorer.runs import Run
from explorer.ui import selection
from explorer.ui.manifold import MapView
from explorer.ui.selection import kinds_sentence, selection_csv
from explorer.ui.state import PageImages

ROWS = np.array([3, 400, 12])


def entry_of(model: str) -> Entry:
    run = Run(PRETRAINED / model)
    return Entry(model, run, run.read_record(), shipped=True)


def space_of(model: str) -> LatentSpace:
    entry = entry_of(model)
    return LatentSpace.from_arrays(entry.run.read_latents(), entry.record.data)


@pytest.fixture
def no_images(monkeypatch) -> None:
    def missing(*_: Any) -> PageImages:
        raise MissingDatasetError("gone")

    monkeypatch.setattr(selection, "open_images", missing)


def give_images(monkeypatch: pytest.MonkeyPatch, stand_in: str | None) -> None:
    """Images of a training row before each test row; their ids are numbers."""
    count = 1000
    images = ImageSet(
        name="x",
        title="x",
        source="x",
        images=np.zeros((count, 1, 1, 1), np.uint8),
        split=np.array(["train", "test"] * (count // 2)),
        ids=np.array([f"id-{row}" for row in range(count)]),
        fingerprint="x",
    )
    monkeypatch.setattr(selection, "open_images", lambda *_: PageImages(images, stand_in))


def table(content: bytes) -> tuple[list[str], list[list[str]]]:
    head, *lines = csv.reader(io.StringIO(content.decode()))
    return head, lines


@pytest.mark.usefixtures("no_images")
def test_the_file_has_classes_latents_and_places_of_the_map_that_is_shown():
    space = space_of("mnist-20")
    head, lines = table(selection_csv(entry_of("mnist-20"), MapView("dims", (4, 7), "label"), ROWS))
    latents = [f"z{dim + 1}" for dim in range(20)]
    assert head == ["row", "class", *latents, "dims-5-8_x", "dims-5-8_y"]
    assert [int(line[0]) for line in lines] == ROWS.tolist()
    assert [line[1] for line in lines] == [str(label) for label in space.labels[ROWS]]
    numbers = np.array([line[2:] for line in lines], np.float32)
    np.testing.assert_array_equal(numbers[:, :20], space.mean[ROWS])
    np.testing.assert_array_equal(numbers[:, 20:], dims_map(space, 4, 7).points[ROWS])


def test_the_file_has_what_else_is_known_and_the_ids_of_the_model_s_own_images(monkeypatch):
    space = space_of("oasis-8")
    view = MapView("pca", (0, 1), "slice")
    give_images(monkeypatch, stand_in=None)
    head, lines = table(selection_csv(entry_of("oasis-8"), view, ROWS))
    assert head[:2] == ["row", "id"]
    assert set(head[2:4]) == {"slice", "subject"}
    assert head[-2:] == ["pca_x", "pca_y"]
    assert [line[1] for line in lines] == [f"id-{2 * row + 1}" for row in ROWS]
    assert [int(line[head.index("slice")]) for line in lines] == space.metadata["slice"][ROWS].tolist()
    np.testing.assert_allclose(np.array([line[-2:] for line in lines], np.float32), pca_map(space).points[ROWS])

    give_images(monkeypatch, stand_in="Other images.")
    assert "id" not in table(selection_csv(entry_of("oasis-8"), view, ROWS))[0]


def test_the_most_of_several_kinds_is_named():
    counts = np.array([1, 3])
    assert kinds_sentence(["digit 2", "digit 5"], counts, "10 classes") == (
        "75 % are digit 5; 2 of 10 classes are among them."
    )
    assert kinds_sentence(["digit 2"], counts[:1], "10 classes") == "All of them are digit 2."
