"""Which runs are compared: chips, prepared comparisons, their place in the address; and the table of their numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import streamlit as st

from explorer.comparison import (
    COLUMNS,
    MOST,
    NUMBER_BYTES,
    PREPARED,
    Column,
    available,
    best_rows,
    first_choice,
)
from explorer.library import Entry
from explorer.ui.headline import WINDOW
from explorer.ui.words import duration, plain, reconstruction_unit

LEAST = 2  # runs that make a comparison
NONE = "·"
DECODED = {False: "posterior mean", True: "codes"}  # by whether a model has codes
STORED = {False: f"{NUMBER_BYTES} a latent number", True: "a code takes log2 of the codebook's size in bits"}
Value = float | None


@dataclass(frozen=True)
class Reference:
    """PCA with so many components, fitted on the runs' training images, and the columns that it has a number for."""

    components: int
    values: Mapping[str, float]

    @property
    def name(self) -> str:
        """What its rows are called."""
        return f"PCA, {self.components}"


def choose_runs(entries: Sequence[Entry], current: Entry) -> list[Entry]:
    """Draw the prepared comparisons and the chips; the runs that are chosen, in their order."""
    by_key = {entry.key: entry for entry in entries}
    wanted = st.query_params.get("models")
    is_news = wanted is not None and wanted != st.session_state.get("models_in_address")
    if is_news or "compared" not in st.session_state:  # a switch of pages forgets it
        left = st.session_state.get("models_in_address", "")
        asked = [key for key in dict.fromkeys((wanted or left).split(",")) if key]
        missing = [key for key in asked if key not in by_key]
        if missing:
            st.warning(plain(f"There is no model {', '.join(map(repr, missing))} here."))
        st.session_state["compared"] = [key for key in asked if key in by_key] or first_choice(entries, current)
        if len(st.session_state["compared"]) > MOST:
            st.warning(f"The link names more than {MOST} models; these are the first {MOST}.")
    st.session_state["compared"] = [key for key in st.session_state["compared"] if key in by_key][:MOST]
    _offer_prepared(list(by_key))
    chosen = st.multiselect(f"Models, {LEAST} to {MOST}", list(by_key), key="compared", max_selections=MOST)
    address = ",".join(chosen)
    if not chosen:
        st.query_params.pop("models", None)  # else the next run would take it for another wish
    elif wanted != address:
        st.query_params["models"] = address
    st.session_state["models_in_address"] = address
    return [by_key[key] for key in chosen]


def _offer_prepared(keys: Sequence[str]) -> None:
    """The comparisons whose runs are here, and the sentence of the one that is shown."""
    prepared = available(PREPARED, keys)
    with st.container(horizontal=True, gap="small"):
        for each in prepared:
            is_shown = set(each.runs) == set(st.session_state["compared"])
            icon = ":material/check:" if is_shown else None
            st.button(each.title, key=f"prepared-{each.title}", icon=icon, on_click=_choose, args=(each.runs,))
    for each in prepared:
        if set(each.runs) == set(st.session_state["compared"]):
            st.markdown(each.lesson)


def _choose(runs: Sequence[str]) -> None:
    st.session_state["compared"] = list(runs)


def draw_table(entries: Sequence[Entry], references: Sequence[Reference] = ()) -> None:
    """Each run's numbers on its test images, the best of a column bold, and below it how they were measured."""
    units = [reconstruction_unit(entry.record.config.objective) for entry in entries]
    is_mixed = len(set(units)) > 1
    sizes = ["" if entry.record.config.has_codes else f"of {entry.record.config.latent_dim}" for entry in entries]
    table = {"model": [entry.key for entry in entries] + [reference.name for reference in references]}
    for key, column in COLUMNS.items():
        values = [column.value(entry.record) for entry in entries]
        values += [reference.values.get(key) for reference in references]
        if all(value is None for value in values):
            continue
        better = None if key == "reconstruction" and is_mixed else column.better
        cells = aligned([_cell(key, column, value) for value in values], best_rows(values, better))
        title = f"{column.title}, {units[0]}" if key == "reconstruction" and not is_mixed else column.title
        beside = {"active": sizes, "reconstruction": units if is_mixed else []}.get(key, [])
        table[title] = [" ".join(parts).rstrip() for parts in zip_longest(cells, beside, fillvalue="")]
    draw_cells(table)
    st.caption(protocol(entries, references))


def draw_cells(table: Mapping[str, Sequence[str]]) -> None:
    """A table whose first column names the rows; what is wider than the page scrolls within it."""
    first, *others = table
    names = [f"**{plain(name)}**".replace("-", "\N{NON-BREAKING HYPHEN}") for name in table[first]]
    unbroken = {title: [cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in table[title]] for title in others}
    st.table({first: names} | unbroken, border="horizontal", hide_index=True)


def aligned(cells: Sequence[str], bold: Collection[int] = ()) -> list[str]:
    """Cells that end in equally many decimals, one below the other; the rows of `bold` are bold."""
    width = max(map(len, cells))
    marked = (f"**{cell}**" if row in bold else cell for row, cell in enumerate(cells))
    return ["\N{FIGURE SPACE}" * (width - len(cell)) + each for cell, each in zip(cells, marked, strict=True)]


def protocol(entries: Sequence[Entry], references: Sequence[Reference] = ()) -> str:
    """On what, and how, the numbers of the table were measured; `entries` learned from the same images."""
    record, kinds = entries[0].record, sorted({entry.record.config.has_codes for entry in entries})
    drawn = ", of one posterior sample" if False in kinds else ""
    sentences = [
        f"Means over {record.trained.test.count:,} test images of {plain(record.data.title)}, decoded from the "
        f"{' or the '.join(DECODED[kind] for kind in kinds)}; {WINDOW}, PSNR as the mean of per-image values.",
        f"Reconstruction: the first term of the loss{drawn}, summed over pixels.",
        f"Bytes: {'; '.join(STORED[kind] for kind in kinds)}.",
        "Training: until the saved weights, evaluation included, each run on its own machine.",
    ]
    if False in kinds:
        sentences.append("A unit is active when its posterior mean varies over the images by more than 0.01.")
    if len(entries) + len(references) > 1:
        sentences.append("Bold: the best; what a model costs is a choice and is not ranked.")
    if references:
        sentences.append(f"PCA: as many components, fitted on the {record.data.counts['train']:,} training images.")
    return " ".join(sentences)


def _cell(key: str, column: Column, value: Value) -> str:
    if value is None:
        return NONE
    return duration(value) if key == "seconds" else format(value, column.form)
