"""Bring your own weights: the dialog that makes a run of an uploaded state dict, and what was found on reading it."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer.datasets.catalog import available_datasets, confined
from explorer.errors import ConfigError, RunError
from explorer.library import NAME, key_of
from explorer.paths import runs_root
from explorer.recipes import RECIPES, Recipe
from explorer.records import ImportRecord, RunRecord
from explorer.runs import Run
from explorer.ui.layout import section
from explorer.ui.run_actions import attempt
from explorer.ui.words import plain

SUFFIXES = ("safetensors", "pt", "pth")
MAX_MEGABYTES = 100
USUAL = "mnist-20"  # what most tutorials train


@st.dialog("Bring your own weights", width="medium")
def import_dialog() -> None:
    """Take a file, say which network it is, import it, and show the run."""
    from explorer.importing import suggested_name

    file = st.file_uploader("State dict", SUFFIXES, key="import-file", max_upload_size=MAX_MEGABYTES)
    st.caption(
        "Only tensors are read, nothing in the file is run. The layer names of the usual tutorials are known, and "
        "shapes give the sizes."
    )
    recipe = _recipe_field()
    dataset = _dataset_field(recipe)
    name = st.text_input(
        "Name of the run",
        suggested_name(file.name) if file else "",
        key=f"import-name-{file.file_id if file else ''}",
        max_chars=100,
    )
    with st.expander("If its layers are called otherwise"):
        renames = st.text_area(
            "Rename tensors",
            key="import-map",
            placeholder="backbone.first=fc1",
            help="A line each, old=new: a tensor, or what its name begins with up to a dot. As --map does.",
        )
    if st.button("Import", type="primary", icon=":material/upload:", disabled=file is None) and file:
        with st.spinner("Reading, and measuring on the images"):
            is_done = attempt(lambda: _import(file, recipe, dataset, name, renames))
        if is_done:
            st.query_params["model"] = key_of(Run(runs_root() / name))
            st.rerun()


def draw_import(record: RunRecord, imported: ImportRecord) -> None:
    """Where the weights came from, what was found on reading them, and what should be looked at."""
    from explorer.importing import report

    section("Where the weights come from")
    for notice in imported.notices:
        st.warning(plain(notice), icon=":material/search:")
    facts = (f"**{name.capitalize()}** · {plain(fact)}" for name, fact in report(record).items())
    st.caption("  \n".join(facts))


def _recipe_field() -> Recipe:
    names = [name for name, recipe in RECIPES.items() if not recipe.config.has_codes]
    name = st.selectbox(
        "Like the recipe",
        names,
        index=names.index(USUAL),
        key="import-recipe",
        help="The recipe with this kind of network, and with the objective to measure by.",
    )
    return RECIPES[name]


def _dataset_field(recipe: Recipe) -> str:
    choices = {recipe.config.dataset: recipe.config.dataset}
    choices |= {choice.dataset: choice.label for choice in available_datasets()}
    return st.selectbox(
        "Images to measure it on",
        list(choices),
        key=f"import-dataset-{recipe.name}",
        format_func=lambda value: choices.get(value, value),
        help="Best those that it was trained on: all numbers are of these.",
    )


def _import(file: UploadedFile, recipe: Recipe, dataset: str, name: str, renames: str) -> None:
    from explorer.importing import import_weights
    from explorer.state_dicts import read_bytes
    from explorer.tensor_names import parse_renames

    if not NAME.fullmatch(name):
        raise ConfigError("A run's name is of letters a to z, digits, '-', '_' and '.', up to 100; choose another one.")
    run = Run(runs_root() / name)
    if run.directory.exists():
        raise RunError(f"There is a run {name} already; choose another name.")
    given = read_bytes(file.getvalue(), file.name)
    import_weights(given, recipe, run, renames=parse_renames(renames.splitlines()), dataset=confined(dataset))
