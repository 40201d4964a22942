"""Strips and movies, read back: every grey level, the order, how long they last, that they go on."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from explorer.movies import gif, strip_png, webp

MOVIES = {"GIF": gif, "WEBP": webp}


def all_greys(count: int = 5) -> np.ndarray:
    """Images (count, 16, 16) that hold every grey level each, in an order of their own."""
    rng = np.random.default_rng(0)
    return np.stack([rng.permutation(256).reshape(16, 16) for _ in range(count)]).astype(np.uint8)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def frames(content: bytes) -> np.ndarray:
    """The images of a movie (N, H, W), grey in all three channels."""
    colors = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened(content))])
    assert (colors == colors[..., :1]).all()
    return colors[..., 0]


def durations(content: bytes) -> list[int]:
    """Milliseconds of each frame as stored."""
    return [(frame.load(), frame.info["duration"])[1] for frame in ImageSequence.Iterator(opened(content))]


def test_a_strip_is_the_images_side_by_side_each_pixel_a_square():
    images = all_greys(3)[:, :4, :6]
    strip = np.asarray(opened(strip_png(images, 3)))
    assert strip.shape == (12, 54)
    for index, image in enumerate(images):
        np.testing.assert_array_equal(strip[:, index * 18 : (index + 1) * 18], np.kron(image, np.ones((3, 3))))


@pytest.mark.parametrize("kind", MOVIES)
def test_a_movie_keeps_every_grey_level_at_every_scale(kind):
    images = all_greys()
    content = MOVIES[kind](images, 2, 10)
    assert opened(content).format == kind
    np.testing.assert_array_equal(frames(content), np.kron(images, np.ones((1, 2, 2))))


@pytest.mark.parametrize("kind", MOVIES)
def test_a_movie_loops_for_ever_at_the_rate_that_was_asked(kind):
    content = MOVIES[kind](all_greys(30), 1, 15)
    assert opened(content).info["loop"] == 0
    assert sum(durations(content)) == 2000
    assert all(abs(duration - 1000 / 15) < 10 for duration in durations(content))


@pytest.mark.parametrize("kind", MOVIES)
def test_one_image_is_a_movie_too_and_equal_ones_last_as_long_as_they_should(kind):
    assert frames(MOVIES[kind](all_greys(1), 1, 10)).shape == (1, 16, 16)
    still = np.repeat(all_greys(2), 4, axis=0)
    assert sum(durations(MOVIES[kind](still, 1, 10))) == 800


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4)), np.zeros((4, 4), np.uint8), np.zeros((0, 4, 4), np.uint8)])
def test_what_is_no_sequence_of_images_is_refused(images):
    for write in (gif, webp):
        with pytest.raises(ValueError, match="uint8 images"):
            write(images, 1, 10)
    with pytest.raises(ValueError, match="uint8 images"):
        strip_png(images, 1)


@pytest.mark.parametrize("rate", [0, -1, 51])
def test_a_rate_that_viewers_would_not_keep_is_refused(rate):
    with pytest.raises(ValueError, match="up to 50 images a second"):
        gif(all_greys(), 1, rate)
