"""Pictures of code maps, whole or half drawn. No picture shows what is not drawn yet as if it were known.

s is the side of a code map, H the side of an image.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.palette import grey_tiles
from explorer.ui.code_drawing import Codes, Drawing, Mask, Tiles

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession


def filled(codes: Codes, known: Mask) -> Codes:
    """Maps (N, s, s) whose unknown sites repeat the nearest known one: a decoder needs some code at each site."""
    from scipy.ndimage import distance_transform_edt

    if not known.any():
        return np.zeros_like(codes)
    rows, columns = distance_transform_edt(~known, return_distances=False, return_indices=True)
    repeated: Codes = codes[:, rows, columns]
    return repeated


def hatched(images: Tiles, known: Mask) -> Tiles:
    """Images u8 (N, H, H) with stripes where nothing is known; a file has no other way to say it."""
    side = images.shape[1]
    rows, columns = np.indices((side, side))
    step = max(4, side // 16)
    stripes = np.where((rows + columns) % step < max(1, step // 4), 96, 0).astype(np.uint8)
    striped: Tiles = np.where(pixels_of(known, side), images, stripes)
    return striped


def partial_image(session: CodeSession, drawing: Drawing, index: int) -> Tiles:
    """One image of a drawing as it stands, u8 (H, H); what lies at unknown sites means nothing."""
    if drawing.images is None:
        image: Tiles = grey_tiles(session.decode(filled(drawing.codes[[index]], drawing.known)))[0]
    else:
        image = drawing.images[index]
    return image


def process(session: CodeSession, drawing: Drawing, index: int) -> Tiles:
    """One image as it came, u8 (s + 1, H, H): before the first row and after each one; unknown parts have stripes."""
    frames = []
    for rows in range(len(drawing.codes[index]) + 1):
        then = replace(drawing, rows=rows, images=None)
        frames.append(hatched(partial_image(session, then, index)[np.newaxis], then.known)[0])
    return np.stack(frames)


def pixels_of(sites: Mask, side: int) -> Mask:
    """Sites (s, s) as pixels (H, H)."""
    scale = side // len(sites)
    return sites.repeat(scale, axis=0).repeat(scale, axis=1)
