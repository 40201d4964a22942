"""The form that starts a run: a recipe, its images, the fields that matter, and what it will cost."""

from typing import Any

import streamlit as st

from explorer.config import FIELD_SECTIONS, RunConfig
from explorer.datasets.catalog import available_datasets, confined
from explorer.errors import ExplorerError
from explorer.jobs import Job, start_training
from explorer.library import list_runs
from explorer.recipes import RECIPES, Recipe
from explorer.ui.architecture import describe_prior, draw_architecture
from explorer.ui.charts import BARE
from explorer.ui.layout import section
from explorer.ui.pace import has_pace, seconds_at_pace
from explorer.ui.run_actions import attempt
from explorer.ui.runs_list import draw_runs
from explorer.ui.state import theme
from explorer.ui.words import duration, plain
from explorer.validation import Config

OF_LATENT = ("epochs", "latent_dim", "beta", "reconstruction")
MAIN = {
    "vae": OF_LATENT,
    "conv": OF_LATENT,
    "vqvae": ("epochs", "prior_epochs", "codebook_size", "downsamplings", "reconstruction"),
}
NETWORK = {
    "vae": ("hidden",),
    "conv": ("normalisation", "encoder_channels", "encoder_blocks", "decoder_channels", "decoder_blocks"),
    "vqvae": ("code_dim", "hidden_channels", "residual_blocks"),
}
FURTHER = ("batch_size", "learning_rate", "schedule", "augmentation", "seed", "snapshots")
WEIGHING = {"vae": ("warmup_epochs",), "conv": ("warmup_epochs",), "vqvae": ("commitment",)}
PRIOR = (
    "prior_layers",
    "prior_channels",
    "prior_dropout",
    "prior_augmented_epochs",
    "prior_batch_size",
    "prior_learning_rate",
)


def draw_form(jobs: list[Job]) -> None:
    """Draw the form and every run at the left, the cost at the right; starts the run and follows it."""
    form, cost = st.columns([5, 4], gap="large")
    with form:
        name = st.selectbox("Recipe", list(RECIPES), key="recipe", bind="query-params", on_change=_forget_fields)
        recipe = RECIPES[name]
        st.caption(recipe.summary)
        kind = recipe.config.model.kind
        changes = _dataset_field(recipe) | _fields(recipe, MAIN[kind])
        with st.expander("More"):
            changes |= _fields(recipe, NETWORK[kind] + FURTHER + WEIGHING[kind])
        if recipe.config.has_codes:
            with st.expander("The prior, trained after it"):
                changes |= _fields(recipe, PRIOR)
        config = _validated(recipe, changes)
        if st.button("Start training", type="primary", icon=":material/play_arrow:", disabled=config is None):
            _start(recipe, changes)
        draw_runs(jobs)
    if config:
        with cost:
            _draw_cost(recipe, config)


def _dataset_field(recipe: Recipe) -> dict[str, Any]:
    choices = {choice.dataset: choice.label for choice in available_datasets()}
    options = list(choices)
    usual = recipe.config.dataset
    if usual not in choices:
        options.append(usual)
    dataset = st.selectbox(
        "Images",
        options,
        index=options.index(usual),
        key=f"dataset-{recipe.name}",
        persist_state="session",
        accept_new_options=True,
        format_func=lambda value: choices.get(value, value),
        help="A set that was found, or type the path of a folder inside the data root.",
    )
    return {"dataset": dataset}


def _fields(recipe: Recipe, names: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    config = recipe.config
    sections: list[Config] = [config.model, config.objective, config.training, config.prior]
    for columns in (names[i : i + 2] for i in range(0, len(names), 2)):
        for place, name in zip(st.columns(2), columns, strict=False):
            owner = next(each for each in sections if name in type(each).model_fields)
            with place:
                values[name] = _field(recipe, owner, name)
    return values


def _field(recipe: Recipe, owner: Config, name: str) -> Any:
    """The widget of one field: its kind, bounds and help follow from the configuration."""
    schema = type(owner).model_json_schema()["properties"][name]
    label = name.replace("_", " ").replace(" dim", " dimensions").capitalize()
    key, value = f"{name}-{recipe.name}", getattr(owner, name)
    if "enum" in schema:
        choices = schema["enum"]
        return st.segmented_control(
            label,
            choices,
            default=value,
            required=True,
            key=key,
            persist_state="session",
            help=schema["description"],
            format_func=_spell,
        )
    whole = schema["type"] == "integer"
    kind = int if whole else float
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 2**31))
    return st.number_input(
        label,
        min_value=kind(low),
        max_value=kind(min(high, 2**31)),
        value=kind(value),
        step=1 if whole else float(value) / 2 or 1.0,
        format=None if whole else "%g",
        key=key,
        persist_state="session",
        help=schema["description"],
    )


def _forget_fields() -> None:
    """A recipe that is picked begins with its defaults; without a pick the form keeps what was set."""
    for name in FIELD_SECTIONS:
        st.session_state.pop(f"{name}-{st.session_state['recipe']}", None)


def _spell(choice: str) -> str:
    return {"bce": "BCE", "mse": "MSE", "ssim": "SSIM", "onecycle": "One cycle"}.get(choice, choice.capitalize())


def _validated(recipe: Recipe, changes: dict[str, Any]) -> RunConfig | None:
    try:
        confined(changes["dataset"] or "")
        return recipe.config.override(**changes)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def _start(recipe: Recipe, changes: dict[str, Any]) -> None:
    def start() -> None:
        st.query_params["run"] = start_training(recipe.name, changes).name

    if attempt(start):
        st.rerun()


def _draw_cost(recipe: Recipe, config: RunConfig) -> None:
    with st.container(border=True):
        section("What will be trained")
        draw_architecture(config.model)
        if config.has_codes:
            st.caption(f"Then a prior over its codes. {describe_prior(config.prior)}")
        past = [
            entry for entry in list_runs()[0] if entry.record.config.recipe == recipe.name and has_pace(entry.record)
        ]
        if past:
            time = duration(seconds_at_pace(past[0].record, config))
            st.caption(f"About {time} at the pace of {plain(past[0].key)} ({plain(past[0].record.hardware)}).")
    if past:
        from explorer.figures import loss_curves

        with st.container(border=True):
            section(f"How {past[0].key} learned")
            st.plotly_chart(loss_curves(past[0].run.read_history(), theme()), key="past", config=BARE)
