"""Scoring images beside the page: what a model has scored, for all visitors, and how far it is with the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from explorer.calibration import Calibration
from explorer.datasets.image_set import ImageSet
from explorer.library import Entry
from explorer.ui.background import Work
from explorer.ui.state import open_model
from explorer.ui.words import plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.inference import Loaded

LOOK = 0.5  # seconds from look to look while images are scored
PROMPT = 2.0  # seconds that the page waits for scores before it says that it does
MOST_PARTS = 32  # sets whose scores a model keeps
BATCH = {True: 16, False: 100}  # images a step, of models with codes and others: a step can be cancelled after it
Floats = NDArray[np.float32]
Scores = Mapping[str, Floats]


@dataclass(frozen=True)
class Part:
    """Images that are scored together.

    Attributes:
        key: names them among all images that a model scores.
        title: what a person calls them: "test images of MNIST".
        images: in the order in which they are scored.
        own: int64 (N,), their rows among the run's test images (`anomaly.own_rows`).
    """

    key: str
    title: str
    images: ImageSet
    own: NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """How far it is, and the scores of the first images, each (n,)."""

    doing: str
    share: float
    scores: Scores


class Desk:
    """Where the images of one model are scored, once for all visitors.

    Attributes:
        calibration: what its scores are on its own held-out images; None until that is measured.
    """

    def __init__(self, calibration: Calibration | None) -> None:
        self.calibration = calibration
        self._works: dict[str, Work[Scored]] = {}
        self._lock = Lock()

    def work(self, part: Part, begin: Callable[[], Iterator[Scored]]) -> Work[Scored]:
        """The work on `part`, which begins now unless somebody asked for it before and looked until its end."""
        with self._lock:
            found = self._works.pop(part.key, None)
            if found is None or found.end == "left":
                found = Work(begin(), Scored("Beginning", 0.0, {}))
            self._works[part.key] = found  # the newest is last
            for key in list(self._works)[:-MOST_PARTS]:
                self._works.pop(key).cancel()
            return found

    def begun(self, key: str) -> Work[Scored] | None:
        """The newest work on the part of this key; None where there is none."""
        return self._works.get(key)

    def drop(self, work: Work[Scored]) -> None:
        """End it and forget it: who asks again begins anew."""
        work.cancel()
        with self._lock:
            self._works = {key: each for key, each in self._works.items() if each is not work}


def desk_of(entry: Entry) -> Desk:
    """The desk of the weights that `entry` has now. Raises RunError when its calibration is broken."""
    return _desk(str(entry.run.directory), entry.run.version, entry.run.prior.version, entry)


def draw_scoring(entry: Entry, parts: Sequence[Part], learned: ImageSet | None) -> list[Scores] | None:
    """The scores of each of `parts`; draws how far it is and returns None until all of them are there.

    Where a visitor ended it, those of the first images alone. `learned` are the images that the run learned from,
    where they are here: a run that was never calibrated is so with them.
    """
    desk, model, found = desk_of(entry), open_model(entry), []
    _turn_to(desk, parts)
    for part in parts:
        work = desk.work(part, lambda part=part: scoring(entry, model, desk, part, learned))  # type: ignore[misc]
        if work.is_alive:
            work.wait(PROMPT)
        if work.is_alive:
            _follow(work, part)
            return None
        scored = work.look()
        if work.end == "failed":
            st.error(plain(work.error or "This stopped; score again."), icon=":material/error:")
        if work.end in ("failed", "cancelled"):
            _offer_again(desk, work, part, scored)
        if not scored.scores:
            return None
        found.append(scored.scores)
    return found


def scoring(entry: Entry, model: Loaded, desk: Desk, part: Part, learned: ImageSet | None) -> Iterator[Scored]:
    """Calibrate the model unless that is done, then score `part`; yields how far it is.

    Raises DatasetError where the model has no calibration and its own images are not here, RunError without memory.
    """
    from explorer.anomaly import Scorer
    from explorer.errors import DatasetError
    from explorer.held_out import calibrating

    if desk.calibration is None:
        if learned is None:
            raise DatasetError(
                f"{entry.key} was never calibrated, and {entry.record.data.title}, which that needs, is not on this "
                "machine; put it into the data root, or choose a shipped model."
            )
        for step in calibrating(model, entry.run, learned):  # type: ignore[arg-type]
            if isinstance(step, Calibration):
                desk.calibration = step
            else:
                yield Scored("Measuring the model's own held-out images", step, {})
    pieces, total = [], len(part.images)
    doing = f"Scoring {total:,} {part.title}"
    batch = BATCH[entry.record.config.has_codes]
    for piece in Scorer(model, entry.run).pieces(part.images.images, part.own, batch=batch):  # type: ignore[arg-type]
        pieces.append(piece.scores)
        scores = {name: np.concatenate([each[name] for each in pieces]) for name in piece.scores}
        yield Scored(doing, piece.rows.stop / total, scores)


def _turn_to(desk: Desk, parts: Sequence[Part]) -> None:
    """Leave what this visitor watched before and does not watch now; it may be what another one watches."""
    watched = [(desk, part.key) for part in parts]
    for before, key in st.session_state.get("scoring", []):
        work = before.begun(key)
        if work is not None and (before, key) not in watched:
            work.leave()
    st.session_state["scoring"] = watched


@st.fragment(run_every=LOOK)
def _follow(work: Work[Scored], part: Part) -> None:
    is_alive = work.is_alive
    so_far = work.look()
    if not is_alive:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(so_far.share, text=plain(so_far.doing))
        st.button("Cancel", icon=":material/stop:", key=f"cancel-{part.key}", on_click=work.cancel)


def _offer_again(desk: Desk, work: Work[Scored], part: Part, scored: Scored) -> None:
    count = len(next(iter(scored.scores.values()), ()))
    with st.container(horizontal=True, vertical_alignment="center"):
        if work.end == "cancelled":
            st.caption(f"This was ended after {count:,} of {len(part.images):,} {plain(part.title)}.")
        st.button("Score all", icon=":material/replay:", key=f"again-{part.key}", on_click=desk.drop, args=(work,))


@st.cache_resource(max_entries=8, show_spinner=False)
def _desk(directory: str, version: int, prior_version: int, _entry: Entry) -> Desk:  # noqa: ARG001, the key
    from explorer.held_out import calibration_of

    return Desk(calibration_of(_entry.run, _entry.record))
