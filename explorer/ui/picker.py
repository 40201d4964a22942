"""Which model, and which page: the picker in the sidebar, its place in the address, arrivals on a page."""

import math
from typing import Any

import streamlit as st

from explorer.library import Broken, Entry, list_runs
from explorer.paths import PROJECT
from explorer.ui.background import Work
from explorer.ui.words import loss_unit, plain

FIRST_MODEL = "mnist-20"


def pick_model() -> Entry | None:
    """Draw the picker in the sidebar; the entry that it shows, or None when there is no model at all."""
    entries, broken = list_runs()
    entries.sort(key=lambda entry: (entry.record.data.title, not entry.shipped))
    by_key = {entry.key: entry for entry in entries}
    with st.sidebar:
        entry = _picker(by_key, broken) if by_key else None
        _report_broken(broken)
    st.session_state["entry"] = entry
    return entry


def current_entry() -> Entry | None:
    """The entry that the picker shows in this run of the script."""
    entry: Entry | None = st.session_state.get("entry")
    return entry


def require_app() -> None:
    """Start over through app.py when Streamlit ran a page alone.

    It does so once a process, when its first visitor comes by a deep link: it has seen the folder
    `pages/` and not yet a call of `st.navigation`. That call settles it.
    """
    if "page" not in st.session_state:
        pages = [st.Page(path) for path in (PROJECT / "pages").glob("*.py")]
        st.navigation([st.Page(PROJECT / "app.py", default=True), *pages], position="hidden")
        st.rerun()


def note_page(name: str) -> None:
    """Remember which page is drawn, to tell an arrival from a rerun; leave what went on beside the last one."""
    st.session_state["arrived"] = st.session_state.get("page") != name
    st.session_state["page"] = name
    if st.session_state["arrived"] and "beside" in st.session_state:
        st.session_state.pop("beside").leave()


def leave_with_page(work: Work[Any]) -> None:
    """Leave `work` once this visitor opens another page; say so whenever the page is drawn."""
    st.session_state["beside"] = work


def has_arrived(name: str) -> bool:
    """Whether this run of the script is the first one on page `name`."""
    return bool(st.session_state.get("arrived", True)) and st.session_state.get("page", name) == name


def _picker(by_key: dict[str, Entry], broken: list[Broken]) -> Entry:
    # bound to the URL by hand: a bound selectbox would put the labels there, not the keys
    wanted = st.query_params.get("model")
    is_news = wanted != st.session_state.get("model_in_address")  # a link, or the browser's way back
    if wanted in by_key and (is_news or "model" not in st.session_state):  # a switch of pages forgets it
        st.session_state["model"] = wanted
    chosen = st.session_state.get("model")
    if chosen not in by_key:
        first = FIRST_MODEL if FIRST_MODEL in by_key else next(iter(by_key))
        st.session_state["model"] = first
        asked = wanted if is_news or chosen is None else chosen  # chosen on a page, or gone since
        if asked is not None:
            is_broken = asked in {each.key for each in broken}
            what = f"The model {asked!r} cannot be opened" if is_broken else f"There is no model {asked!r} here"
            st.warning(plain(f"{what}, so this is {first}."))
    key = st.selectbox(
        "Model",
        list(by_key),
        key="model",
        format_func=lambda each: f"{each} · {_short(by_key[each].record.data.title)}" if each in by_key else each,
        help="Shipped models and your own runs, grouped by their images.",
    )
    if wanted != key:
        st.query_params["model"] = key
    st.session_state["model_in_address"] = key
    entry = by_key[key]
    st.caption(f"{describe_model(entry)}  \n{_describe_fit(entry)}, test")
    return entry


def describe_model(entry: Entry) -> str:
    """ "VAE 784-400-20 · 28 × 28", the widths of the encoder, "Conv VAE, latent 20 · 28 × 28" or "VQ-VAE, ..."."""
    model = entry.record.config.model
    size = _square(model.image_size)
    if model.kind == "vqvae":
        return f"VQ-VAE, {_square(model.map_size)} codes of {model.codebook_size} · {size}"
    if model.kind == "conv":
        return f"Conv VAE, latent {model.latent_dim} · {size}"
    names = [name for name, _ in model.layout]
    widths = [str(math.prod(shape)) for _, shape in model.layout[: names.index("latent") + 1]]
    return f"VAE {'-'.join(widths)} · {size}"


def _describe_fit(entry: Entry) -> str:
    """The number that a model of this kind is known by: "ELBO 104.2 nats", "SSIM 0.953, 4.12 bits per code"."""
    test, prior = entry.record.trained.test, entry.record.prior
    if test.elbo is not None:
        return f"ELBO {test.elbo:.1f} {loss_unit(entry.record.config)}"
    bits = f", {prior.test:.2f} bits per code" if prior else ""
    return f"SSIM {test.ssim:.3f}{bits}"


def _square(side: int) -> str:
    return f"{side}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{side}"


def _report_broken(broken: list[Broken]) -> None:
    for each in broken:
        st.caption(f":material/warning: {plain(each.key)} cannot be opened. {plain(each.reason)}")


def _short(title: str) -> str:
    name, without, classes = title.partition(" without ")
    return name.split(",")[0].split(" (")[0] + without + classes
