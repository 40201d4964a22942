"""A first lesson: five steps through the shipped models, each a page with something to do and something to notice."""

from dataclasses import dataclass, field

import streamlit as st

from explorer.ui.layout import section

PARAM = "lesson"  # in the address: the step's number, from 1


@dataclass(frozen=True)
class Step:
    """One step: a page by its name in the address, what is chosen there, and two sentences."""

    title: str
    page: str
    icon: str
    do: str
    notice: str
    params: dict[str, str] = field(default_factory=dict)


STEPS = (
    Step(
        "Reconstruct",
        "reconstruct",
        ":material/compare:",
        "Look down a few columns: a digit, what the model draws of it from twenty numbers, and the difference.",
        "The digit survives. What twenty numbers cannot hold is lost: fine edges and odd strokes.",
        {"model": "mnist-20"},
    ),
    Step(
        "Drag",
        "sliders",
        ":material/tune:",
        "Drag the top slider from one end to the other, then the one below it.",
        "The digit changes smoothly, and in several ways at once: no number stands for one thing alone.",
        {"model": "mnist-20"},
    ),
    Step(
        "Walk",
        "interpolate",
        ":material/timeline:",
        "Press play, or drag along the strip, from a 4 to a 9.",
        "Nobody wrote the digits in between. The curve below shows where the picture changes most.",
        {"model": "mnist-20", "a": "-8", "b": "-11", "at": "0"},
    ),
    Step(
        "Raise beta",
        "compare",
        ":material/compare_arrows:",
        "Go down the rows of images: the same network, with the KL term weighed 0, ¼, 1, 4 and 16 times.",
        "The more the KL costs, the less the latent may say. In the last row, digits come out alike: collapse.",
        {"models": "mnist-beta-0,mnist-beta-0.25,mnist-beta-1,mnist-beta-4,mnist-beta-16"},
    ),
    Step(
        "Sample codes",
        "sample",
        ":material/casino:",
        "Choose a class, and watch the map of codes fill row by row as digits of it are drawn.",
        "Each code depends on those before it, so that strokes join; the decoder only draws what the map says.",
        {"model": "mnist-vqvae"},
    ),
)


def draw_lesson() -> None:
    """All steps, side by side, each with a link to its page."""
    section("A first lesson")
    grid = st.grid(len(STEPS), min_column_width=150)
    for number, step in enumerate(STEPS, 1):
        with grid.container(border=True, height="stretch"):
            _link(number, f"{number} · {step.title}")
            st.caption(step.do)


def draw_step(page: str) -> None:
    """On the page of the step that the address names: what to do there, what to notice, and where to go on."""
    number = st.query_params.get(PARAM, "")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(STEPS):
        return
    step = STEPS[int(number) - 1]
    if step.page != page:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"**A first lesson, {number} of {len(STEPS)}.** {step.do}")
            st.caption(f"Notice: {step.notice}")
        if int(number) < len(STEPS):
            _link(int(number) + 1, f"Next: {STEPS[int(number)].title.lower()}")
        else:
            st.page_link("pages/overview.py", label="Done, to the overview", icon=":material/home:")


def _link(number: int, label: str) -> None:
    step = STEPS[number - 1]
    params = {**step.params, PARAM: str(number)}
    st.page_link(f"pages/{step.page}.py", label=label, icon=step.icon, query_params=params)
