"""Images on their way to the page, within JSON."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def png_url(pixels: NDArray[np.uint8]) -> str:
    """The address of a PNG that holds its own bytes; grey (H, W) or colour (H, W, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
