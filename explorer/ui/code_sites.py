"""What may stand at one site of a code map, as pictures: each likely code in its place, decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.palette import grey_tiles
from explorer.ui.code_drawing import Drawing, Tiles
from explorer.ui.code_pictures import filled

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession

MOST_LIKELY = 8  # codes of a site that are shown
AROUND = 1  # codes around a site that are in its patch


@dataclass(frozen=True)
class Candidates:
    """What may stand at one site, given the sites before it.

    Attributes:
        site: row, column.
        codes: the likeliest, first the likeliest.
        probabilities: theirs.
        patches: u8 (C, h, h), the decoded surroundings of the site with each of them in it.
        drawn: the code that stands there, with its probability; None where none does yet.
        entropy: of the whole distribution, bits.
    """

    site: tuple[int, int]
    codes: tuple[int, ...]
    probabilities: tuple[float, ...]
    patches: Tiles
    drawn: tuple[int, float] | None
    entropy: float


def candidates(session: CodeSession, drawing: Drawing, index: int, site: tuple[int, int]) -> Candidates | None:
    """What may stand at `site` of a map, at the temperature of the drawing; None before its turn has come."""
    known, side, wish = drawing.known, drawing.codes.shape[1], drawing.wish
    row, column = site
    if not known.ravel()[: row * side + column].all():
        return None
    codes = filled(drawing.codes[index : index + 1], known)
    found = session.site_distribution(codes[0], site, label=wish.label, temperature=wish.temperature, top_k=wish.top_k)
    likeliest = [int(code) for code in (-found).argsort(kind="stable")[:MOST_LIKELY] if found[code] > 0]
    maps = codes.repeat(len(likeliest), axis=0)
    maps[:, row, column] = likeliest
    images = grey_tiles(session.decode(maps))
    rows, columns = (_window(place, side, images.shape[1] // side) for place in site)
    positive = found[found > 0]
    return Candidates(
        site,
        tuple(likeliest),
        tuple(float(found[code]) for code in likeliest),
        images[:, rows, columns],
        (int(codes[0, row, column]), float(found[codes[0, row, column]])) if known[site] else None,
        float(-(positive * np.log2(positive)).sum()),
    )


def _window(place: int, side: int, scale: int) -> slice:
    """The pixels of a site and those around it along one axis, moved inwards at an edge."""
    length = min(side, 2 * AROUND + 1)
    start = min(max(place - AROUND, 0), side - length)
    return slice(start * scale, (start + length) * scale)
