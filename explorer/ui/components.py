"""The browser components as typed functions; what travels between Python and the page is private to this file.

Each component is one entry file of `web/` joined with the modules that it imports, and is declared
once, here, at import. The rest of the app sees arrays, names and indices.
"""

import json
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.types import ComponentRenderer

from explorer.ui.data_url import png_url

WEB = Path(__file__).parent / "web"
PRIOR_MEAN, RANDOM_DRAW, OWN = -1, -2, -3  # starts that are not one of the stored latents (latent.js)
_IMPORT = re.compile(r'^import .* from "\./(\w+)\.js";\n', re.MULTILINE)
_TEXT_IMPORT = re.compile(r'^import (\w+) from "\./(\w+)\.js" with { type: "text" };$', re.MULTILINE)
MOST_WANTED = 256  # latents of one question of the page
_TILE = 56  # CSS pixels: what a tile of an image sheet aims at


@dataclass(frozen=True)
class SliderState:
    """Where the slider panel stands.

    `start` indexes the stored starts, or is PRIOR_MEAN or RANDOM_DRAW, or below them a test image (latent.js).
    `basis` is what the sliders go along, "latent" or "principal" (basis.js).
    """

    z: tuple[float, ...]
    start: int
    basis: str = "latent"


@dataclass(frozen=True)
class MovieWish:
    """A visitor wants a movie of the straight way between two latents (L,); `kind` is "gif" or "webp"."""

    kind: str
    ends: tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class SliderNews:
    """What the slider panel says: where it stands, None before anything was released; and a movie that is wanted."""

    state: SliderState | None
    movie: MovieWish | None


@dataclass(frozen=True)
class SheetRow:
    """One row of an image sheet; `images` is uint8, (N, H, W) grey or (N, H, W, 3) colour."""

    label: str
    detail: str
    images: NDArray[np.uint8]


@dataclass(frozen=True)
class Legend:
    """The key of a colour scale: both ends in words, and the colours from low to high."""

    low: str
    high: str
    colors: tuple[str, ...]


def bundle(entry: str) -> str:
    """Join `web/<entry>.js` with the modules that it imports, each once, into one module's text."""
    return "\n".join(_modules(entry).values())


def stylesheet(entry: str) -> str:
    """The shared styles, and those of every module of `bundle(entry)` that has some beside it."""
    own = [name for name in _modules(entry) if (WEB / f"{name}.css").exists()]
    return "\n".join((WEB / f"{name}.css").read_text(encoding="utf-8") for name in ("base", "controls", *own))


def declare(name: str) -> ComponentRenderer:
    """The component of `web/<name>.js`, once a process: call it at import."""
    return st.components.v2.component(
        f"explorer_{name}", html=f'<div class="panel {name}"></div>', css=stylesheet(name), js=bundle(name)
    )


def _modules(entry: str) -> dict[str, str]:
    """The texts of `web/<entry>.js` and of what it imports, without their imports; what is imported comes first.

    Streamlit takes a component's script as one text. A module's imports are one-line, named and
    from its own folder, so joining is putting them first and dropping the lines.
    """
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in parts:
            source = (WEB / f"{name}.js").read_text(encoding="utf-8")
            for imported in _IMPORT.findall(source):
                add(imported)
            parts[name] = _TEXT_IMPORT.sub(_constant, _IMPORT.sub("", source))

    add(entry)
    return parts


def _constant(text_import: re.Match[str]) -> str:
    """What a worker runs is imported as text, and is a bundle of its own."""
    name, module = text_import.groups()
    return f"const {name} = {json.dumps(bundle(module))};"


@dataclass(frozen=True)
class Letter:
    """A blob on its way to the panel with this key, as the panel's `data`.

    Bytes travel only as the whole value, so what the page has to know stands before the blob: the key, for
    Streamlit tells the page a random one of its own, and a tag that the page's answers repeat.
    """

    key: str
    blob: bytes

    @property
    def tag(self) -> str:
        """Tells one blob from another."""
        return f"{zlib.crc32(self.blob):08x}"

    @property
    def data(self) -> bytes:
        """What is sent."""
        return f"{self.key}\n{self.tag}\n".encode() + self.blob

    def answer(self, sent: dict[str, Any] | None) -> dict[str, Any] | None:
        """What the page sent about this blob; None if it was about the one that stood here before."""
        return sent if sent is not None and sent["tag"] == self.tag else None


_SLIDERS = declare("sliders")
_SHEET = declare("sheet")
_SAVE = declare("save")
_DECODES = declare("decodes")


def latent_sliders(blob: bytes, *, key: str) -> SliderNews:
    """Mount the slider panel of a model: the blob's decoder runs in the page while a slider is dragged.

    `blob` is a safetensors file: the decoder's weights, `starts`, a reference input and output, and
    the metadata `decoder` and `panel`. What `panel` says of z, start and basis counts at the first mount.
    """
    letter = Letter(key, blob)
    result = _SLIDERS(key=key, data=letter.data, on_committed_change=rerun, on_movie_change=rerun)
    committed = letter.answer(result.committed)
    state = None
    if committed is not None:
        state = SliderState(tuple(map(float, committed["z"])), int(committed["start"]), str(committed["basis"]))
    movie: dict[str, Any] | None = result.movie
    if movie is None:
        return SliderNews(state, None)
    start, end = (tuple(map(float, movie[name])) for name in ("from", "to"))
    return SliderNews(state, MovieWish(movie["kind"], (start, end)))


def answer_latents(
    decode: Callable[[NDArray[np.float32]], NDArray[np.uint8]], latent_dim: int, *, panel: str, key: str
) -> None:
    """Mount what carries the latents that a panel without decoder wants to see, and their images back to it.

    `decode` turns latents (N, L) into images (N, H, W). `panel` is the panel's key. Call it in a fragment.
    """

    def images(wanted: dict[str, Any]) -> bytes:
        return decode(np.asarray(wanted["latents"], np.float32)[:MOST_WANTED].reshape(-1, latent_dim)).tobytes()

    answer_page(images, panel=panel, key=key)


def answer_page(reply: Callable[[dict[str, Any]], bytes], *, panel: str, key: str) -> None:
    """Mount what carries the questions of a page, and what `reply` makes of the newest one back to it.

    `panel` is the key of the line that the page asks on (line.js). Call it in a fragment.
    """
    wanted: dict[str, Any] | None = st.session_state.get(key, {}).get("wanted")
    answer = b"\n" if wanted is None else f"{int(wanted['seq'])}\n".encode() + reply(wanted)
    _DECODES(key=key, data=f"{panel}\n".encode() + answer, on_wanted_change=rerun)


def save_file(content: bytes, kind: str, name: str, *, key: str) -> None:
    """Have the browser save a file, once; `kind` is its MIME type. Give every file a `key` of its own."""
    _SAVE(key=key, data=f"{kind}\n{name}\n".encode() + content)


def image_sheet(
    rows: Sequence[SheetRow],
    *,
    key: str,
    scale: int | None = None,
    captions: Sequence[str] = (),
    tooltips: Sequence[str] = (),
    bands: int | None = 1,
    legend: Legend | None = None,
    selectable: bool = False,
) -> int | None:
    """Draw rows of equal images, whole columns only, every pixel a whole number of the screen's.

    Columns that do not fit continue below, in `bands` bands at most (None: as many as it takes), and are
    then left out. `scale` is CSS pixels an
    image pixel; without it tiles are about 56 pixels wide. Captions stand under the columns.
    Rows without label and detail take no room for one. Where `selectable`, returns the index of the
    column that was clicked last: give the sheet another `key` when its columns change their meaning.
    """
    atlas = _atlas(rows)
    columns, height, width = rows[0].images.shape[:3]
    result = _SHEET(
        key=key,
        data={
            "key": key,
            "atlas": png_url(atlas),
            "rows": [{"label": row.label, "detail": row.detail} for row in rows],
            "columns": columns,
            "height": height,
            "width": width,
            "scale": scale or max(1, round(_TILE / width)),
            "captions": list(captions),
            "tooltips": list(tooltips),
            "bands": bands,
            "legend": None if legend is None else asdict(legend),
            "selectable": selectable,
        },
        on_picked_change=rerun,
    )
    picked: dict[str, Any] | None = result.picked
    return None if picked is None or picked["index"] >= columns else int(picked["index"])


def rerun() -> None:
    """Do nothing; a state key that has a callback is readable before its first event."""


def _atlas(rows: Sequence[SheetRow]) -> NDArray[np.uint8]:
    """Rows of tiles side by side: (rows * H, N * W), or with a last axis of 3 if any row is coloured."""
    shapes = {row.images.shape[:3] for row in rows}
    if len(shapes) != 1 or any(row.images.dtype != np.uint8 for row in rows):
        given = ", ".join(f"{row.images.dtype} {row.images.shape}" for row in rows)
        raise ValueError(f"The rows of a sheet are uint8 images of one count and size, not {given}.")
    colored = any(row.images.ndim == 4 for row in rows)
    return np.concatenate([_strip(row.images, colored) for row in rows])


def _strip(images: NDArray[np.uint8], colored: bool) -> NDArray[np.uint8]:
    if colored and images.ndim == 3:
        images = np.repeat(images[..., np.newaxis], 3, axis=3)
    return np.concatenate(list(images), axis=1)  # (N, H, W, ...) -> (H, N * W, ...)
