"""Configurations and recipes: what they say, what they refuse, and their way through JSON."""

import pytest
import torch
from torch import nn

from explorer.config import FIELD_SECTIONS, SECTIONS, RunConfig, TrainingConfig
from explorer.errors import ConfigError
from explorer.models import build_model, build_vqvae
from explorer.networks import ConvVAEConfig, VAEConfig, VQVAEConfig
from explorer.recipes import RECIPES, find_recipe
from explorer.validation import KINDS, field_path

VAES = [name for name, recipe in RECIPES.items() if not recipe.config.has_codes]
VQVAES = [name for name in RECIPES if name not in VAES]


def widths(net: nn.Sequential) -> list[tuple[int, int] | str]:
    """Linear layers as (in, out), nonlinear ones by name, reshapes left out."""
    return [
        (layer.in_features, layer.out_features) if isinstance(layer, nn.Linear) else type(layer).__name__
        for layer in net
        if not isinstance(layer, nn.Flatten | nn.Unflatten)
    ]


@pytest.mark.parametrize(
    ("recipe", "encoder", "decoder"),
    [
        ("digits-2d", [(784, 256), "ReLU", (256, 2 * 2)], [(2, 256), "ReLU", (256, 784)]),
        ("mnist-20", [(784, 400), "ReLU", (400, 2 * 20)], [(20, 400), "ReLU", (400, 784)]),
        ("mnist-2d", [(784, 400), "ReLU", (400, 2 * 2)], [(2, 400), "ReLU", (400, 784)]),
        ("oasis-8", [(4096, 512), "ReLU", (512, 512), (512, 2 * 8)], [(8, 512), "ReLU", (512, 4096)]),
    ],
)
def test_a_recipe_builds_the_network_that_its_name_promises(recipe, encoder, decoder):
    model = build_model(find_recipe(recipe).config.model)
    assert widths(model.encoder) == encoder
    assert widths(model.decoder) == decoder


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_carries_its_own_name_and_a_summary(recipe):
    assert RECIPES[recipe].name == RECIPES[recipe].config.recipe == recipe
    assert RECIPES[recipe].summary.endswith(".")


@pytest.mark.parametrize("recipe", VAES)
def test_the_objective_is_the_plain_elbo_or_as_name_and_summary_say(recipe):
    kind = "mse" if "-mse-" in recipe else "bce"
    _, is_of_betas, weight = recipe.partition("mnist-beta-")
    beta = float(weight) if is_of_betas else 0.1 if "the KL at a tenth" in RECIPES[recipe].summary else 1.0
    objective = {"reconstruction": kind, "beta": beta, "warmup_epochs": 0.0, "commitment": 0.25}
    assert RECIPES[recipe].config.objective.model_dump() == objective


def test_an_unknown_recipe_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"^There is no recipe 'mnist-3'; choose one of digits-2d, mnist-20, .*\.$"):
        find_recipe("mnist-3")


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_configuration_survives_json(recipe):
    own = {"prior_dilations": "1,3", "commitment": 0.5} if recipe in VQVAES else {"beta": 0.1}
    config = RECIPES[recipe].config.override(learning_rate=3e-4, seed=2**32 - 1, **own)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        find_recipe("mnist-20").config.model.hidden = 1


def test_override_reaches_every_section_by_plain_names_and_as_text():
    config = find_recipe("mnist-20").config.override(dataset="digits", hidden="32", beta="4", schedule="onecycle")
    assert (config.dataset, config.model.hidden) == ("digits", 32)
    assert (config.objective.beta, config.training.schedule) == (4.0, "onecycle")
    assert config.training.epochs == find_recipe("mnist-20").config.training.epochs


def test_field_names_are_unique_so_that_flags_need_no_prefix():
    for kind in SECTIONS["model"]:
        sections = [kind, *SECTIONS["objective"], *SECTIONS["training"], *SECTIONS["prior"]]
        names = [name for config in sections for name in config.model_fields if name != "kind"]
        assert sorted(names) == sorted(set(names))
        assert set(names) | {"dataset"} <= set(FIELD_SECTIONS)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"latent": 4}, r"There is no field 'latent'; the fields are .*latent_dim.*"),
        ({"latent_dim": 0}, r"model\.latent_dim: .*greater than or equal to 1, not 0\."),
        ({"hidden": 10**9}, r"model\.hidden: .*less than or equal to 8192, not 1000000000\."),
        ({"epochs": "many"}, r"training\.epochs: .*valid integer.*, not 'many'\."),
        ({"learning_rate": "nan"}, r"training\.learning_rate: .*finite.*, not 'nan'\."),
        ({"learning_rate": 0}, r"training\.learning_rate: .*greater than 0, not 0\."),
        ({"reconstruction": "l1"}, r"objective\.reconstruction: .*'bce', 'mse' or 'ssim', not 'l1'\."),
        ({"schedule": "cosine"}, r"training\.schedule: .*'constant' or 'onecycle', not 'cosine'\."),
        ({"precision": "fp16"}, r"training\.precision: .*'auto', 'fp32' or 'bf16', not 'fp16'\."),
        ({"dataset": ""}, r"dataset: .*at least 1 character, not ''\."),
        ({"encoder_blocks": 1}, r"model\.encoder_blocks: extra inputs are not permitted\."),
        ({"image_size": 256, "hidden": 8192}, r"model: the model would have .* parameters, more than 100,000,000\."),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_field_and_what_is_allowed(changes, sentence):
    with pytest.raises(ConfigError) as error:
        find_recipe("mnist-20").config.override(**changes)
    assert error.match(f"^{sentence}$")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"image_size": 30}, r"model: an image of 30 pixels cannot be halved 2 times\."),
        ({"decoder_channels": 12}, r"model\.decoder_channels: .*multiple of 8, not 12\."),
    ],
)
def test_a_convolutional_network_that_cannot_be_built_is_refused(changes, sentence):
    with pytest.raises(ConfigError, match=f"^{sentence}$"):
        find_recipe("mnist-conv-20").config.override(**changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"prior_dilations": "1,0"}, r"prior\.prior_dilations\.1: .*greater than or equal to 1, not '0'\."),
        ({"prior_layers": 64, "prior_channels": 512}, r"the configuration: the prior would have .* more than .*\."),
    ],
)
def test_a_prior_that_cannot_be_built_is_refused_before_its_vq_vae_is_trained(changes, sentence):
    with pytest.raises(ConfigError, match=f"^{sentence}$"):
        find_recipe("digits-vqvae").config.override(**changes)


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [
        ("mnist-20", {"commitment": 1}),
        ("mnist-20", {"prior_layers": 3}),
        ("mnist-conv-20", {"prior_dilations": "1"}),
        ("digits-vqvae", {"beta": 2}),
        ("digits-vqvae", {"warmup_epochs": 1}),
    ],
)
def test_a_field_of_another_kind_of_model_is_refused_by_name(recipe, changes):
    (name,) = changes
    with pytest.raises(ConfigError, match=rf"^the configuration: {name} is of another kind of model.*leave it out\.$"):
        find_recipe(recipe).config.override(**changes)


def test_only_a_vae_has_latent_dimensions():
    assert find_recipe("mnist-conv-20").config.latent_dim == 20
    with pytest.raises(ConfigError, match="has a map of codes"):
        _ = find_recipe("digits-vqvae").config.latent_dim


def test_an_unknown_field_in_stored_values_is_named():
    with pytest.raises(ConfigError, match=r"^momentum: extra inputs are not permitted\.$"):
        TrainingConfig.parse({"momentum": 0.9})


@pytest.mark.parametrize(
    "config",
    [
        VAEConfig(image_size=10, hidden=7, latent_dim=3),
        VAEConfig(image_size=10, hidden=7, latent_dim=3, projection=True),
        ConvVAEConfig(),
        ConvVAEConfig(image_size=64, latent_dim=5, downsamplings=3, encoder_channels=8, encoder_blocks=0),
        ConvVAEConfig(normalisation="group", decoder_blocks=2, upsampling="nearest"),
    ],
)
def test_the_parameter_count_is_known_before_the_model_is_built(config):
    assert config.parameter_count == sum(parameter.numel() for parameter in build_model(config).parameters())


@pytest.mark.parametrize(
    "config",
    [VQVAEConfig(), VQVAEConfig(image_size=64, downsamplings=3, codebook_size=7, code_dim=5, residual_blocks=0)],
)
def test_the_parameter_count_of_a_vq_vae_has_its_codebook_in_it(config):
    model = build_vqvae(config)
    weights = sum(parameter.numel() for parameter in model.parameters())
    assert config.parameter_count == weights + model.quantiser.codebook.numel()


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_layout_is_what_an_image_goes_through(recipe):
    config = find_recipe(recipe).config.model
    model, seen = (build_vqvae if recipe in VQVAES else build_model)(config).eval(), []
    for net in (model.encoder, model.decoder):
        for layer in net:
            layer.register_forward_hook(lambda _layer, _inputs, output: seen.append(tuple(output.shape[1:])))
    encoded = model.encode(torch.zeros(1, 1, config.image_size, config.image_size))
    if recipe in VQVAES:
        seen.append(tuple(encoded.shape[1:]))
        model.decode(encoded)
    else:
        model.decode(encoded.mean)
    shapes = [shape if name != "latent" else (2 * shape[0],) for name, shape in config.layout]
    position = -1
    for shape in shapes[1:-1]:  # in this order, whatever stands between
        position = seen.index(shape, position + 1)
    assert seen[-1] == (1, config.image_size, config.image_size)


def test_the_command_line_says_none_for_no_snapshots():
    config = RECIPES["digits-2d"].config
    assert config.training.snapshots == 200
    assert config.override(snapshots="none").training.snapshots == 0
    assert config.override(snapshots="12").training.snapshots == 12
    with pytest.raises(ConfigError, match=r"training\.snapshots: .*integer.*, not 'some'\."):
        config.override(snapshots="some")


def test_a_configuration_from_before_snapshots_were_counted_is_read():
    values = RECIPES["digits-2d"].config.model_dump(mode="json")
    del values["training"]["snapshots"]
    assert RunConfig.parse(values) == RECIPES["digits-2d"].config


def test_the_kind_of_a_model_is_no_field_of_a_place():
    assert set(KINDS) == {kind.model_fields["kind"].default for kind in SECTIONS["model"]}
    assert [field_path(("model", kind, "hidden")) for kind in KINDS] == ["model.hidden"] * len(KINDS)
