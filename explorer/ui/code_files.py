"""What a visitor takes away of a drawing: its sheet, its codes, and a movie of how one image came."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.library import Entry
from explorer.movies import gif, webp
from explorer.sheets import sheet_png
from explorer.ui.code_drawing import Drawing, Tiles
from explorer.ui.code_pictures import process

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession

SIDE = 256  # pixels that a movie's frame aims at
LENGTH = 4.0  # seconds that a movie aims at
REST = 1.0  # seconds that it shows the finished image
Writer = Callable[[Tiles, int, float], bytes]


def draw_files(entry: Entry, session: CodeSession, drawing: Drawing, index: int) -> None:
    """Draw a button for each file; a file is made when its button is pressed."""
    name = f"{entry.run.directory.name}-{drawing.wish.seed}"
    with st.container(horizontal=True):
        st.download_button(
            "Sheet, PNG",
            data=partial(sheet_file, entry, drawing),
            file_name=f"{name}.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
            key="save-sheet",
        )
        for kind, write in (("GIF", gif), ("WebP", webp)):
            st.download_button(
                f"Process, {kind}",
                data=partial(process_file, session, drawing, index, write),
                file_name=f"{name}-{index + 1}.{kind.lower()}",
                mime=f"image/{kind.lower()}",
                icon=":material/download:",
                on_click="ignore",
                key=f"save-{kind}",
                help=f"Image {index + 1}, row by row",
            )


def sheet_file(entry: Entry, drawing: Drawing) -> bytes:
    """The images as one PNG that says what draws them again."""
    wish = drawing.wish
    facts: dict[str, object] = {"model": entry.run.directory.name, "seed": wish.seed, "temperature": wish.temperature}
    facts |= {"top_k": wish.top_k, "class": _class(entry, wish.label)}
    if wish.image is not None:
        hole = wish.image.hole
        facts |= {"test_image": wish.image.row, "erased": [hole.top, hole.bottom, hole.left, hole.right]}
    assert drawing.images is not None
    return sheet_png(drawing.images, math.ceil(math.sqrt(wish.count)), json.dumps(facts))


def process_file(session: CodeSession, drawing: Drawing, index: int, write: Writer) -> bytes:
    """How one image came, row by row; the movie rests on the whole one."""
    frames = process(session, drawing, index)
    rate = len(frames) / LENGTH
    frames = np.concatenate([frames, frames[-1:].repeat(math.ceil(REST * rate), axis=0)])
    return write(frames, max(1, SIDE // frames.shape[1]), rate)


def _class(entry: Entry, label: int | None) -> str | None:
    return None if label is None else entry.record.data.label_names[label]
