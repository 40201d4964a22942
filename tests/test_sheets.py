"""A sheet of images as one PNG, pixel by pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer.sheets import GAP, LEAST_SIZE, PAPER, sheet_png


def read(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize("size", [8, 64, 256])
def test_images_stand_row_by_row_every_pixel_a_square(size):
    images = np.random.default_rng(0).integers(0, 256, (5, size, size), dtype=np.uint8)
    sheet = read(sheet_png(images, 3))
    scale = -(-LEAST_SIZE // size)
    side = size * scale
    assert sheet.shape == (2 * side + GAP, 3 * side + 2 * GAP)
    for index, image in enumerate(images):
        top, left = index // 3 * (side + GAP), index % 3 * (side + GAP)
        np.testing.assert_array_equal(sheet[top : top + side : scale, left : left + side : scale], image)
        np.testing.assert_array_equal(sheet[top + scale - 1 : top + side : scale, left : left + side : scale], image)
    assert (sheet[:, side : side + GAP] == PAPER).all()
    assert (sheet[side + GAP :, 2 * (side + GAP) :] == PAPER).all()


def test_the_file_says_what_it_is_of():
    content = sheet_png(np.zeros((1, 8, 8), np.uint8), 1, "seed 3, über alles")
    assert Image.open(io.BytesIO(content)).text == {"Description": "seed 3, über alles"}
