"""Where the panel between images stands, and the files that come of it."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.ui.interpolator import Anchor, Walk
from explorer.ui.movie_form import GIF, PNG, WEBP, MovieWish, movie_file

CORNERS = np.array([[2, 0, 0], [0, 1, 0], [0, 0, 3], [0, 1, 1]], np.float32)
SIZE = 4  # pixels a side of what the stand-in draws


class Drawer:
    """A model whose image is as bright as the first number of z."""

    def decode(self, latents: np.ndarray) -> np.ndarray:
        return np.broadcast_to(latents[:, :1, None] / 2, (len(latents), SIZE, SIZE)).astype(np.float32)


def walk(**place: Any) -> Walk:
    return Walk(tuple(Anchor("", tuple(corner)) for corner in CORNERS.tolist()), **place)


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


@pytest.mark.parametrize(
    ("place", "z"),
    [
        ({"t": 0.0}, (2, 0, 0)),
        ({"t": 0.5}, (1, 0.5, 0)),
        ({"t": 0.5, "way": "both"}, (1, 0.5, 0)),
        ({"t": 0.5, "way": "spherical"}, (1.5 / np.sqrt(2), 1.5 / np.sqrt(2), 0)),
        ({"square": True, "u": 1.0, "v": 0.0}, (0, 1, 0)),
        ({"square": True}, (0.5, 0.5, 1)),
    ],
)
def test_the_latent_of_a_place(place, z):
    assert walk(**place).z == pytest.approx(z)


def test_frames_go_from_a_to_b_on_every_way_that_is_shown():
    assert walk().frames(5).shape == (1, 5, 3)
    frames = walk(way="both").frames(5)
    assert frames.shape == (2, 5, 3)
    np.testing.assert_allclose(frames[:, [0, -1]], np.repeat([CORNERS[:2]], 2, axis=0), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(frames[1], axis=1), np.linspace(2, 1, 5), rtol=1e-6)


def test_frames_of_a_square_go_once_around_it_at_an_even_pace():
    (around,) = walk(square=True).frames(9)
    np.testing.assert_allclose(around[::2], CORNERS[[0, 1, 3, 2, 0]], atol=1e-6)
    np.testing.assert_allclose(around[1], CORNERS[:2].mean(0), atol=1e-6)


def test_the_lattice_has_the_anchors_at_its_corners():
    lattice = walk(square=True).lattice(5)
    np.testing.assert_allclose(lattice[[0, 0, -1, -1], [0, -1, 0, -1]], CORNERS, atol=1e-6)
    np.testing.assert_allclose(lattice[2, 2], CORNERS.mean(0), atol=1e-6)


def test_a_strip_has_its_frames_side_by_side_and_the_ways_one_above_the_other():
    strip = pixels(movie_file(Drawer(), walk(way="both"), MovieWish(PNG, frames=3, scale=2)))
    assert strip.shape == (2 * SIZE * 2, 3 * SIZE * 2)
    assert strip[0, [0, 8, 16]].tolist() == [255, 128, 0]
    assert strip[-1, 8] == round(255 * 1.5 / np.sqrt(2) / 2)


def test_the_picture_of_a_square_is_its_lattice():
    lattice = pixels(movie_file(Drawer(), walk(square=True), MovieWish(PNG, scale=1)))
    assert lattice.shape == (9 * SIZE, 9 * SIZE)
    assert (lattice[0, 0], lattice[0, -1], lattice[-1, 0]) == (255, 0, 0)
    assert lattice[0, 4 * SIZE] == 128


@pytest.mark.parametrize("kind", [GIF, WEBP])
@pytest.mark.parametrize(("returns", "count"), [(False, 5), (True, 8)])
def test_a_movie_goes_there_and_on_request_back_without_standing_still(kind, returns, count):
    content = movie_file(Drawer(), walk(), MovieWish(kind, frames=5, scale=1, rate=10, returns=returns))
    movie = Image.open(io.BytesIO(content))
    assert (movie.format.lower(), movie.n_frames) == (MovieWish(kind).suffix, count)
