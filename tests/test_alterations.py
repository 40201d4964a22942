"""Known changes: where they are, how large, and the same for the same seed."""

import numpy as np
import pytest

from explorer.alterations import inversion, lesion, noise, occlusion, random_places, same_places

GREY = np.full((3, 1, 33, 33), 100, np.uint8)
CENTRE = same_places(GREY, (0.5, 0.5))


def discs(count: int = 50) -> np.ndarray:
    """A bright disc on black, in another place each."""
    source, grid = np.random.default_rng(0), np.arange(32)
    centres = source.integers(8, 24, (count, 2))
    distance = np.hypot(grid[:, None] - centres[:, 0, None, None], grid - centres[:, 1, None, None])
    return np.where(distance <= 5, 200, 0).astype(np.uint8)[:, np.newaxis]


def test_a_random_place_is_in_the_foreground_and_not_always_the_same():
    images = discs()
    places = random_places(images, seed=3)
    assert (images[np.arange(50), 0, places[:, 0], places[:, 1]] == 200).all()
    assert len(np.unique(places - random_places(images, seed=4), axis=0)) > 1


def test_a_place_depends_on_the_seed_and_the_row_alone():
    images = discs()
    np.testing.assert_array_equal(random_places(images, 3)[:7], random_places(images[:7], 3))


def test_a_place_may_be_a_share_of_the_image():
    assert same_places(GREY, (0, 1)).tolist() == [[0, 32]] * 3
    assert CENTRE.tolist() == [[16, 16]] * 3


@pytest.mark.parametrize(("contrast", "peak"), [(0.4, 202), (-0.2, 49), (-1.0, 0), (1.0, 255)])
def test_a_lesion_has_its_contrast_at_its_place(contrast, peak):
    altered = lesion(GREY, CENTRE, size=8, contrast=contrast)
    assert altered.shape == GREY.shape
    assert altered.dtype == np.uint8
    assert (altered[:, 0, 16, 16] == peak).all()
    assert (altered[:, 0, 0, 0] == 100).all()


def test_a_lesion_is_half_as_strong_at_half_its_size():
    altered = lesion(GREY, CENTRE, size=8, contrast=0.4).astype(int) - 100
    assert (altered[:, 0, 16, 20] == 51).all()
    assert (altered[:, 0, 12, 16] == 51).all()


@pytest.mark.parametrize("size", [1, 4, 7])
def test_an_occlusion_is_a_square_of_its_size(size):
    altered = occlusion(GREY, CENTRE, size=size, grey=1.0)
    covered = (altered == 255)[0, 0]
    rows, columns = np.nonzero(covered)
    assert covered.sum() == size**2
    assert np.ptp(rows) == np.ptp(columns) == size - 1
    assert covered[16, 16]
    assert (altered[0, 0][~covered] == 100).all()


def test_noise_has_its_standard_deviation():
    images = np.full((20, 1, 64, 64), 128, np.uint8)
    difference = noise(images, sigma=0.1).astype(float) - 128
    assert difference.std() / 255 == pytest.approx(0.1, rel=0.01)
    assert abs(difference.mean()) < 0.2


def test_noise_depends_on_the_seed_and_the_row_alone():
    np.testing.assert_array_equal(noise(GREY, sigma=0.1, seed=2)[:2], noise(GREY[:2], sigma=0.1, seed=2))
    assert (noise(GREY, sigma=0.1, seed=2) != noise(GREY, sigma=0.1, seed=3)).any()


def test_inversion_is_its_own_inverse():
    images = discs()
    np.testing.assert_array_equal(inversion(inversion(images)), images)
    assert inversion(images).max() == 255
