"""A sheet of images as one PNG."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

MOST_IMAGES = 1_000
LEAST_SIZE = 112  # pixels of an image on the sheet
GAP = 4  # pixels between the images
PAPER = 255


def sheet_png(images: NDArray[np.uint8], columns: int, about: str = "") -> bytes:
    """Images (N, H, W), row by row, every pixel a square; `about` goes into the file as text."""
    count, height, width = images.shape
    rows, scale = -(-count // columns), -(-LEAST_SIZE // width)
    tile_height, tile_width = height * scale + GAP, width * scale + GAP
    sheet = np.full((rows * tile_height - GAP, columns * tile_width - GAP), PAPER, np.uint8)
    for index, image in enumerate(images.repeat(scale, axis=1).repeat(scale, axis=2)):
        top, left = index // columns * tile_height, index % columns * tile_width
        sheet[top : top + height * scale, left : left + width * scale] = image
    text = PngInfo()
    if about:
        text.add_itxt("Description", about)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()
