"""The panel between images: what the browser needs for it, and the walks that a link names."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import streamlit as st

from explorer.latent import Start
from explorer.library import Entry
from explorer.ui.components import OWN, PRIOR_MEAN, RANDOM_DRAW
from explorer.ui.interpolator import ANCHORS, Anchor, Walk, as_way
from explorer.ui.model_blob import model_blob
from explorer.ui.panel import FURTHEST
from explorer.ui.places import Places
from explorer.ui.state import open_latents

LETTERS = "abcd"  # names of the anchors in the link
TEST_IMAGES = -4  # and below: a test image, by its row; latent.js has the same
OPENING = (0.35, 0.85, 0.15, 0.65)  # which of the kinds the first four anchors are, from first to last
DRAWS_SEED = 0


def walk_blob(entry: Entry, walk: Walk, starts: Sequence[Start]) -> bytes:
    """The model, where its panel starts, and what this visit can start from beside the stored starts."""
    return _blob(str(entry.run.directory), entry.run.version, walk, tuple(starts), entry)


def _opening(entry: Entry) -> tuple[Anchor, ...]:
    if not entry.run.has_latents:
        size = entry.record.config.latent_dim
        draws = np.random.default_rng(DRAWS_SEED).standard_normal((ANCHORS, size))
        return tuple(Anchor("random draw", tuple(draw.tolist()), RANDOM_DRAW) for draw in draws)
    starts = open_latents(entry).starts(entry.record.data)
    groups = list(dict.fromkeys(start.group for start in starts))
    chosen = [groups[int(share * len(groups))] for share in OPENING]
    # where there are fewer kinds than anchors, every anchor is another one of its kind
    rows = [[row for row, start in enumerate(starts) if start.group == group] for group in chosen]
    return tuple(_stored(starts[own[i % len(own)]], own[i % len(own)]) for i, own in enumerate(rows))


def _stored(start: Start, index: int) -> Anchor:
    return Anchor(start.label, tuple(start.latent.tolist()), index)


def _read(entry: Entry, link: Mapping[str, str]) -> Walk | None:
    if not {"a", "b", "at"} <= set(link):
        return None
    opening = _opening(entry)
    try:
        given = [_anchor(entry, link[name]) for name in LETTERS if name in link]
        at = [float(share) for share in link["at"].split("_")]
    except ValueError:
        return None
    if len(given) != 2 * len(at) or not all(0 <= share <= 1 for share in at):
        return None
    anchors = (*given, *opening[len(given) :])
    if len(at) == 2:
        return Walk(anchors, square=True, u=at[0], v=at[1])
    return Walk(anchors, way=as_way(link.get("way", "")), t=at[0])


def _anchor(entry: Entry, token: str) -> Anchor:
    """The anchor of "12", a start, or of "z0.5_-1.2". Raises ValueError when it is none of this model."""
    size = entry.record.config.latent_dim
    if token.startswith("z"):
        z = tuple(float(part) for part in token[1:].split("_"))
        if len(z) != size or not all(abs(value) <= FURTHEST for value in z):
            raise ValueError(f"{token} is no latent of {size} dimensions")
        return Anchor("from the link", z)
    start = int(token)
    if start == PRIOR_MEAN:
        return Anchor("prior mean", (0.0,) * size, start)
    if not entry.run.has_latents:
        raise ValueError("this run stored no latents")
    space = open_latents(entry)
    if start <= TEST_IMAGES:
        row = TEST_IMAGES - start
        if row < len(space.mean):
            return Anchor(_name(entry, row), tuple(space.mean[row].tolist()), start)
    starts = space.starts(entry.record.data)
    if 0 <= start < len(starts):
        return _stored(starts[start], start)
    raise ValueError(f"there is no start {start}")


def _name(entry: Entry, row: int) -> str:
    kinds = open_latents(entry).kinds(entry.record.data)
    kind = "" if kinds is None else f"{kinds.names[kinds.of[row]]}, "
    return f"{kind}test image {row}"


def _token(anchor: Anchor) -> str:
    """What `_anchor` reads: the number that other visits know it by, or z itself."""
    if anchor.start in (OWN, RANDOM_DRAW):
        return "z" + "_".join(f"{value:.3g}" for value in anchor.z)
    return str(anchor.start)


def _write(walk: Walk) -> dict[str, str]:
    if walk.square:
        return dict(zip(LETTERS, map(_token, walk.anchors), strict=True)) | {"at": f"{walk.u:.3f}_{walk.v:.3f}"}
    a, b, *_ = map(_token, walk.anchors)
    return {"a": a, "b": b, "way": walk.way, "at": f"{walk.t:.3f}"}


WALKS = Places("interpolate", (*LETTERS, "way", "at"), lambda entry: Walk(_opening(entry)), _read, _write)


@st.cache_resource(max_entries=8, show_spinner=False)
def _blob(directory: str, version: int, walk: Walk, starts: tuple[Start, ...], _entry: Entry) -> bytes:
    return model_blob(_entry).with_panel(asdict(walk), starts=starts)
