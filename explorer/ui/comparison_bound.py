"""The importance-weighted bound of the compared VAEs, on demand: how much of the ELBO is the encoder's fault?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.datasets.image_set import ImageSet
from explorer.errors import ConfigError
from explorer.library import Entry
from explorer.ui.background import Work
from explorer.ui.comparison import aligned, draw_cells
from explorer.ui.layout import section
from explorer.ui.words import loss_unit, plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.importance import Bound

LOOK = 0.5  # seconds from look to look while it is computed
MOST_SCORED = 1000  # test images, spread evenly
SAMPLES = (1, 8, 64, 512)
GREY, BINARISED = FORMS = ("Grey", "Binarised")


class Wish(NamedTuple):
    """What is asked for: runs by their version, images, samples an image, and their form."""

    runs: tuple[tuple[str, int], ...]
    fingerprint: str
    samples: int
    is_binarised: bool


@dataclass(frozen=True)
class Tightened:
    """How far it is, and the bounds that are there, by run."""

    doing: str
    share: float
    found: Mapping[str, Bound]


@dataclass
class Bench:
    """What one visitor asked for last, and who computes it."""

    wish: Wish
    work: Work[Tightened]


def draw_bound(entries: Sequence[Entry], images: ImageSet) -> None:
    """Draw the section: what is asked for, the button, the progress, and the bounds beside the ELBOs."""
    section("How loose is the ELBO?")
    st.caption(
        "The ELBO lies below log p(x) by as much as the encoder's Gaussian misses the true posterior. With k weighted "
        "samples an image the bound comes nearer. A perfect encoder would gain at least as much with the same decoder."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        samples = st.segmented_control("k, samples an image", SAMPLES, default=64, required=True, key="bound-k")
        form = st.segmented_control("Images", FORMS, default=GREY, required=True, key="bound-form")
        start = st.container(width="content")
    able, refusals = _able(entries, is_binarised=form == BINARISED)
    for key, refusal in refusals.items():
        st.caption(f"{plain(key)}: {plain(refusal)}")
    if not able:
        return
    runs = tuple((entry.key, entry.run.version) for entry in able)
    wish = Wish(runs, images.fingerprint, samples, form == BINARISED)
    bench: Bench | None = st.session_state.get("bench")
    is_wanted = bench is not None and bench.wish == wish
    is_working = is_wanted and bench is not None and bench.work.is_alive
    label = f"Tighten the bound of {len(able)} models" if len(able) > 1 else "Tighten the bound"
    if start.button(label, icon=":material/compress:", key="tighten", disabled=is_working):
        if bench is not None:
            bench.work.cancel()
        first = Tightened("Beginning", 0.0, {})
        bench = Bench(wish, Work(tighten(able, images, wish), first))
        st.session_state["bench"] = bench
        st.rerun()
    if is_wanted and bench is not None:
        (_follow if is_working else _draw)(able, bench)


def tighten(entries: Sequence[Entry], images: ImageSet, wish: Wish) -> Iterator[Tightened]:
    """The bounds of the runs one after the other; yields how far it is and those that are there."""
    from explorer.batches import as_tensor
    from explorer.importance import ScoredVAE, binarised, importance_bound

    test = images.select("test").images
    rows = np.linspace(0, len(test) - 1, min(MOST_SCORED, len(test))).astype(np.int64)
    pixels = as_tensor(test[rows])
    given = binarised(pixels) if wish.is_binarised else pixels
    found: dict[str, Bound] = {}
    for place, entry in enumerate(entries):
        for step in importance_bound(ScoredVAE.open(entry.run), given, wish.samples):
            if step.found is not None:
                found = found | {entry.key: step.found}
            yield Tightened(f"Weighing samples of {entry.key}", (place + step.share) / len(entries), found)


@st.fragment(run_every=LOOK)
def _follow(entries: Sequence[Entry], bench: Bench) -> None:
    is_alive = bench.work.is_alive
    _draw(entries, bench)
    if not is_alive:
        st.rerun()


def _draw(entries: Sequence[Entry], bench: Bench) -> None:
    work, is_alive = bench.work, bench.work.is_alive
    so_far = work.look()
    if is_alive:
        st.progress(so_far.share, text=plain(so_far.doing))
        st.button("Cancel", icon=":material/stop:", key="cancel-bound", on_click=work.cancel)
    elif work.end == "failed":
        st.error(plain(work.error or "This stopped; tighten the bound again."), icon=":material/error:")
    elif work.end in ("cancelled", "left"):
        st.caption("This was ended before all bounds were there.")
    if so_far.found:
        _draw_found(entries, bench.wish, so_far.found)


def _draw_found(entries: Sequence[Entry], wish: Wish, found: Mapping[str, Bound]) -> None:
    from explorer.importance import DRAWS, form

    done = [entry for entry in entries if entry.key in found]
    bounds = [found[entry.key] for entry in done]
    units = [loss_unit(entry.record.config) for entry in done]
    table = {
        "model": [entry.key for entry in done],
        "ELBO": aligned([f"{each.elbo:.2f}" for each in bounds]),
        f"bound, k = {wish.samples}": aligned([f"{each.bound:.2f}" for each in bounds]),
        "tighter by, nats": aligned([f"{max(0.0, each.elbo - each.bound):.2f}" for each in bounds]),
        "counted in": units,
    }
    draw_cells(table)
    forms = {form(entry.record.config.objective, is_binarised=wish.is_binarised) for entry in done}
    count = f"{bounds[0].count:,} test images, spread evenly over the set"
    st.caption(plain("; ".join([count, *sorted(forms), DRAWS])) + ".")


def _able(entries: Sequence[Entry], *, is_binarised: bool) -> tuple[list[Entry], dict[str, str]]:
    """The runs that have such a bound, and why the others have none."""
    from explorer.importance import require_bound

    able, refusals = [], {}
    for entry in entries:
        try:
            require_bound(entry.record.config, 1, is_binarised=is_binarised)
        except ConfigError as error:
            refusals[entry.key] = str(error)
        else:
            able.append(entry)
    return able, refusals
