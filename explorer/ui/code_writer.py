"""The writer as a typed function: a code map as it fills, the decoded image beside it, what may stand at a site."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.ui.code_drawing import Codes, Mask, Tiles
from explorer.ui.code_sites import Candidates
from explorer.ui.components import declare, rerun
from explorer.ui.data_url import png_url

_WRITER = declare("writer")
Site = tuple[int, int]


@dataclass(frozen=True)
class Page:
    """What the writer shows.

    Attributes:
        codes: int64 (s, s); those of unknown sites do not matter.
        codebook: how many codes there are.
        image: u8 (H, H), decoded.
        known: bool (s, s), which sites are drawn or kept; the others are hatched in both pictures.
        kept: bool (s, s), which are kept of an image; they are outlined.
        progress: what of the map is there.
        decoded: what the image is.
        hint: what stands where the likeliest codes would be, while there are none.
        site: row and column that are marked.
        answer: what may stand there.
    """

    codes: Codes
    codebook: int
    image: Tiles
    known: Mask
    kept: Mask
    progress: str
    decoded: str
    hint: str
    site: Site | None = None
    answer: Candidates | None = None


def picked_site(key: str) -> Site | None:
    """The site that was clicked last in the writer of this key."""
    picked: dict[str, Any] | None = st.session_state.get(key, {}).get("picked")
    return None if picked is None else (int(picked["row"]), int(picked["column"]))


def code_writer(page: Page, *, key: str) -> None:
    """Draw the page; `picked_site` says what was clicked."""
    answer = page.answer
    _WRITER(
        key=key,
        data={
            "key": key,
            "side": len(page.known),
            "size": len(page.image),
            "codes": page.codes.ravel().tolist(),
            "codebook": page.codebook,
            "image": png_url(page.image),
            "known": _digits(page.known),
            "kept": _digits(page.kept),
            "progress": page.progress,
            "decoded": page.decoded,
            "hint": page.hint,
            "site": None if page.site is None else list(page.site),
            "answer": None if answer is None else _answer(answer),
        },
        on_picked_change=rerun,
    )


def _answer(answer: Candidates) -> dict[str, Any]:
    row, column = answer.site
    drawn = "" if answer.drawn is None else f" · drawn: {-np.log2(max(answer.drawn[1], 1e-9)):.1f} bits"
    return {
        "codes": answer.codes,
        "probabilities": answer.probabilities,
        "drawn": None if answer.drawn is None else answer.drawn[0],
        "title": f"Row {row + 1}, column {column + 1}",
        "detail": f"{answer.entropy:.1f} bits open{drawn}",
        "patches": png_url(np.concatenate(list(answer.patches), axis=1)),
    }


def _digits(sites: Mask) -> str:
    return "".join("1" if site else "0" for site in sites.ravel())
