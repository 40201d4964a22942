"""The Sample page of a VQ-VAE: code maps that fill row by row, the images that they decode to, and files of them.

A thread draws; the page looks at what it has several times a second. Every change of a setting draws anew,
with the same noise at every site, so that what changes is what the setting does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.library import Entry
from explorer.networks import VQVAEConfig
from explorer.ui.background import Work
from explorer.ui.code_controls import code_controls
from explorer.ui.code_drawing import Codes, Drawing, TrainingImages, Wish, draw
from explorer.ui.code_files import draw_files
from explorer.ui.code_pictures import partial_image
from explorer.ui.code_sheet import draw_sheet
from explorer.ui.code_sites import Candidates, candidates
from explorer.ui.code_writer import Page, Site, code_writer, picked_site
from explorer.ui.layout import empty_state, explained_errors, page_head
from explorer.ui.picker import has_arrived, leave_with_page
from explorer.ui.prior_health import draw_prior_health
from explorer.ui.state import open_code_maps, open_code_session
from explorer.ui.words import plain

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.code_inference import CodeSession

LOOK = 0.25  # seconds from look to look while something is drawn
HINT = "Click a site of either picture, or go there with the arrow keys: which codes may stand there?"
NOT_YET = "The sites before this one are not drawn yet, so what may stand here is open."


@dataclass(frozen=True)
class Visit:
    """What this visitor watches: the drawing under way, its number in this visit, and whose it is."""

    work: Work[Drawing]
    wish: Wish
    number: int
    model: tuple[str, int, int]


def draw_code_sampling(entry: Entry) -> None:
    """Draw the whole page."""
    page_head(
        "Sample",
        "The prior writes a code map, top to bottom; the decoder turns it into an image. "
        "Change a setting and watch it being written anew.",
        r"A VQ-VAE turns an image into a map of codes $c_1 \dots c_n$, each one of $K$ vectors. A PixelCNN learned how "
        r"codes follow each other, $p(c) = \prod_i p(c_i \mid c_1, \dots, c_{i-1}, \mathrm{class})$, row by row. To "
        "sample is to draw one code after the other. The *temperature* divides the logits: below 1 the likely codes "
        "become likelier. *Top-k* draws among the $k$ likeliest. Each site has its own noise, fixed by the seed, so a "
        "change of a setting changes no more than it has to. To complete an image is to keep some of its codes and "
        "draw the others: they follow what is kept above and to the left of them, as the prior has not read further.",
    )
    if not entry.run.prior.has_weights:
        empty_state(
            ":material/model_training:",
            "The prior is not trained yet",
            "This VQ-VAE has codes and nothing that draws them. Resume the run: its second stage is the prior.",
            link=("pages/train.py", "Go to Train"),
        )
        return
    with explained_errors(), st.skeleton(height=620):
        session = open_code_session(entry)
        test, training = open_code_maps(entry, "test"), training_images(entry)
    model = entry.record.config.model
    assert isinstance(model, VQVAEConfig)
    wish = code_controls(entry, model, test)
    visit = _visit(entry, wish, session, test.codes, training)
    leave_with_page(visit.work)
    (_follow if visit.work.is_alive else _stand)(entry, session, visit)
    draw_prior_health(entry, session, training)


def training_images(entry: Entry) -> TrainingImages:
    """Those of `entry`, shared by all browsers. Raises RunError when their codes are missing."""
    return _training_images(str(entry.run.directory), entry.run.version, entry)


@st.cache_resource(max_entries=2, show_spinner=False)
def _training_images(directory: str, version: int, _entry: Entry) -> TrainingImages:  # noqa: ARG001, the key
    return TrainingImages(open_code_session(_entry), open_code_maps(_entry, "train").codes)


def _visit(entry: Entry, wish: Wish, session: CodeSession, test: Codes, training: TrainingImages) -> Visit:
    """The drawing of this wish: the one that is watched already, or one that begins now in its place."""
    model = entry.key, entry.run.version, entry.run.prior.version
    last: Visit | None = st.session_state.get("code_visit")
    is_wanted = st.session_state.pop("draw_anew", False) or (has_arrived("sample") and last and last.work.end == "left")
    if last is not None:
        if (last.wish, last.model) == (wish, model) and not is_wanted:
            return last
        last.work.cancel()
    drawing = Drawing.begin(wish, test)
    number = 0 if last is None else last.number + 1
    visit = Visit(Work(draw(session, drawing, training), drawing), wish, number, model)
    st.session_state["code_visit"] = visit
    return visit


@st.fragment(run_every=LOOK)
def _follow(entry: Entry, session: CodeSession, visit: Visit) -> None:
    """Follow the drawing; draw the page anew when it has ended."""
    is_alive = visit.work.is_alive
    _draw_visit(entry, session, visit)
    if not is_alive:
        st.rerun()


@st.fragment
def _stand(entry: Entry, session: CodeSession, visit: Visit) -> None:
    _draw_visit(entry, session, visit)


@explained_errors()
def _draw_visit(entry: Entry, session: CodeSession, visit: Visit) -> None:
    drawing = visit.work.look()
    _status(entry, visit, drawing)
    above = st.container()
    index = draw_sheet(entry, drawing, key=f"samples-{entry.key}-{visit.number}")
    with above:
        _writer(entry, session, visit, drawing, index)
    if drawing.images is not None:
        draw_files(entry, session, drawing, index)


def _status(entry: Entry, visit: Visit, drawing: Drawing) -> None:
    side, work = len(drawing.known), visit.work
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", height=56, border=False
    ):
        if work.is_alive:
            st.progress(drawing.rows / side, text=_progress(drawing, side))
            st.button("Cancel", icon=":material/stop:", key="cancel-drawing", on_click=work.cancel)
        elif work.end == "finished":
            st.caption(_describe(entry, drawing))
        elif work.end == "failed":
            st.error(plain(work.error or "This stopped; draw again."), icon=":material/error:")
        else:
            st.caption(f"Cancelled after {drawing.rows} of {side} rows.")
            if st.button("Draw", icon=":material/play_arrow:", key="draw-anew"):
                st.session_state["draw_anew"] = True
                st.rerun()  # of the whole page: this is within a fragment


def _progress(drawing: Drawing, side: int) -> str:
    if drawing.images is None:
        return f"Row {min(drawing.rows + 1, side)} of {side}"
    done = 0 if drawing.ssim is None else len(drawing.ssim)
    return f"Looking for the nearest training images: {done} of {len(drawing.images)}"


def _describe(entry: Entry, drawing: Drawing) -> str:
    """What was drawn, with the settings that draw it again."""
    wish, side = drawing.wish, len(drawing.known)
    names = entry.record.data.label_names
    facts = [f"{wish.count} code maps of {side} × {side}", f"temperature {wish.temperature:g}"]
    facts.append(f"the {wish.top_k} likeliest codes" if wish.top_k else "all codes")
    if names:
        facts.append("any class" if wish.label is None else f"class {names[wish.label]}")
    facts.append(f"seed {wish.seed}")
    return plain(", ".join(facts)) + "."


def _writer(entry: Entry, session: CodeSession, visit: Visit, drawing: Drawing, index: int) -> None:
    key = f"writer-{entry.key}"
    known, site, model = drawing.known, picked_site(key), session.model.config
    site = site if site is not None and max(site) < len(known) else None
    answer = None if site is None else _answer(session, visit, drawing, index, site)
    which = f"image {index + 1} of {drawing.wish.count}"
    code_writer(
        Page(
            codes=drawing.codes[index],
            codebook=model.codebook_size,
            image=partial_image(session, drawing, index),
            known=known,
            kept=drawing.wish.kept(len(known)),
            progress=f"{which} · {known.sum()} of {known.size} codes",
            decoded=f"{model.image_size} × {model.image_size} pixels",
            hint=HINT if site is None else NOT_YET,
            site=site,
            answer=answer,
        ),
        key=key,
    )


def _answer(session: CodeSession, visit: Visit, drawing: Drawing, index: int, site: Site) -> Candidates | None:
    """What may stand at the site; found once its turn has come, and again when all around it is drawn."""
    asked = visit.number, drawing.images is None, index, site
    last: tuple[object, Candidates | None] = st.session_state.get("site_answer", (None, None))
    if last[0] != asked or last[1] is None:
        last = asked, candidates(session, drawing, index, site)
        st.session_state["site_answer"] = last
    return last[1]
