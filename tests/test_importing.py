"""Somebody's weights become a run: by any usual name, with the same images, or one sentence that says why not."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets_files import opened
from safetensors.torch import save
from small_runs import ignore, train_small
from torch import nn

from explorer import state_dicts
from explorer.errors import ConfigError, ExplorerError, MissingDatasetError, RunError
from explorer.exporting import export_run
from explorer.importing import import_weights, report, suggested_name
from explorer.inference import Session
from explorer.models.base import VariationalAutoencoder
from explorer.recipes import find_recipe
from explorer.runs import Run
from explorer.state_dicts import read_bytes, read_file
from explorer.tensor_names import parse_renames
from explorer.training import resume, train

SIDE, HIDDEN, LATENT = 12, 9, 3
FLAT = {"fc1": "fc1", "mean": "fc21", "log_variance": "fc22", "fc3": "fc3", "fc4": "fc4"}
SPELLINGS = {
    "pytorch-examples": FLAT,
    "fc_mu": FLAT | {"mean": "fc_mu", "log_variance": "fc_logvar", "fc3": "fc2", "fc4": "fc3"},
    "mu": FLAT | {"mean": "mu", "log_variance": "logvar"},
    "fc_mean, fc_var": FLAT | {"mean": "fc_mean", "log_variance": "fc_var"},
    "linear": {"fc1": "linear1", "mean": "to_mu", "log_variance": "to_logvar", "fc3": "linear2", "fc4": "linear3"},
    "sequentials": {
        "fc1": "encoder.0",
        "mean": "fc_mu",
        "log_variance": "fc_log_var",
        "fc3": "decoder.0",
        "fc4": "decoder.2",
    },
    "submodules": {
        "fc1": "encoder.fc1",
        "mean": "encoder.fc_mu",
        "log_variance": "encoder.fc_logvar",
        "fc3": "decoder.fc2",
        "fc4": "decoder.fc10",
    },
    "data parallel": {role: f"module.{name}" for role, name in FLAT.items()},
    "data parallel, compiled": {role: f"module._orig_mod.{name}" for role, name in FLAT.items()},
}


class TutorialVAE(nn.Module):
    """The VAE of pytorch/examples, smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(SIDE * SIDE, HIDDEN)
        self.fc21 = nn.Linear(HIDDEN, LATENT)
        self.fc22 = nn.Linear(HIDDEN, LATENT)
        self.fc3 = nn.Linear(LATENT, HIDDEN)
        self.fc4 = nn.Linear(HIDDEN, SIDE * SIDE)

    def encode(self, x):
        h1 = torch.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z):
        return torch.sigmoid(self.fc4(torch.relu(self.fc3(z))))


class Executed:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.write_text, (self.path, "executed")


@pytest.fixture
def vae() -> TutorialVAE:
    torch.manual_seed(3)
    return TutorialVAE()


@pytest.fixture
def weights(vae) -> dict[str, torch.Tensor]:
    return vae.state_dict()


def pt(held: object) -> bytes:
    """What `torch.save` writes."""
    file = io.BytesIO()
    torch.save(held, file)
    return file.getvalue()


def spelled(weights: dict[str, torch.Tensor], spelling: dict[str, str]) -> dict[str, torch.Tensor]:
    """The weights with their layers called otherwise."""
    ours = {FLAT[role]: name for role, name in spelling.items()}
    return {f"{ours[layer]}.{part}": weights[f"{layer}.{part}"] for layer in ours for part in ("weight", "bias")}


def imported(content: bytes, tmp_path: Path, like: str = "digits-2d", renames: tuple[str, ...] = (), **more) -> Run:
    run = Run(tmp_path / "run")
    import_weights(read_bytes(content, "x.pt"), find_recipe(like), run, renames=parse_renames(renames), **more)
    return run


def refused(content: bytes, tmp_path: Path, **more) -> str:
    """The sentence with which an import is refused; it leaves nothing behind."""
    with pytest.raises(ExplorerError) as caught:
        imported(content, tmp_path, **more)
    assert not (tmp_path / "run").exists()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def assert_same_as(run: Run, vae: TutorialVAE) -> None:
    """Encodes and decodes like the tutorial's own forward."""
    images = opened("digits", SIDE).select("test").images[:50]
    with torch.inference_mode():
        mean, log_variance = vae.encode(torch.from_numpy(images).flatten(1) / 255)
        decoded = vae.decode(mean).view(-1, SIDE, SIDE).numpy()
    session = Session(run)
    for found, expected in zip(session.encode(images), (mean, log_variance), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(session.reconstruct(images), decoded, atol=1e-6)


# what is known


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("form", [pt, save], ids=["pt", "safetensors"])
def test_tutorial_weights_give_the_tutorial_s_own_images(form, spelling, vae, weights, tmp_path):
    run = imported(form(spelled(weights, SPELLINGS[spelling])), tmp_path)
    assert_same_as(run, vae)
    record = run.read_record()
    model = record.config.model
    assert (model.image_size, model.hidden, model.latent_dim, model.projection) == (SIDE, HIDDEN, LATENT, False)
    assert record.imported.unused == ()


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"param_groups": [{"lr": 1e-3}]}},
        lambda state: {"epoch": 3, "model_state_dict": {f"model.{name}": tensor for name, tensor in state.items()}},
    ],
)
def test_a_checkpoint_gives_its_state_dict_and_the_rest_is_named(wrapped, vae, weights, tmp_path):
    held = wrapped(weights)
    run = imported(pt(held), tmp_path)
    assert_same_as(run, vae)
    assert set(run.read_record().imported.unused) == held.keys() & {"epoch", "optimizer"}


def test_a_file_in_the_form_before_zip_archives_is_read(vae, weights, tmp_path):
    file = io.BytesIO()
    torch.save(weights, file, _use_new_zipfile_serialization=False)
    assert_same_as(imported(file.getvalue(), tmp_path), vae)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_float_types_become_float32(dtype, weights, tmp_path):
    run = imported(save({name: tensor.to(dtype) for name, tensor in weights.items()}), tmp_path)
    assert {array.dtype for array in run.read_weights().values()} == {np.dtype(np.float32)}


def test_heads_that_are_one_layer_already_are_the_mean_and_then_the_log_variance(vae, weights, tmp_path):
    joined = {
        f"encoder.2.{part}": torch.cat([weights[f"fc2{k}.{part}"] for k in (1, 2)]) for part in ("weight", "bias")
    }
    others = {"fc1": "encoder.0", "fc3": "decoder.0", "fc4": "decoder.2"}
    rest = {f"{name}.{part}": weights[f"{old}.{part}"] for old, name in others.items() for part in ("weight", "bias")}
    assert_same_as(imported(pt(joined | rest), tmp_path), vae)


@pytest.mark.parametrize(
    ("prefix", "letters", "renames"),
    [
        ("", "amvcd", ("a=fc1", "m=fc_mu", "v=fc_logvar", "c=fc3", "d=fc4")),
        ("model.body.", "amvcd", ("body.a=fc1", "body.m=mu", "model.body.v=log_var", "body.c=fc2", "body.d=fc3")),
        ("body.", ("fc1", "fc21", "fc22", "fc3", "fc4"), ("body=",)),
        ("body.", ("fc1", "m", "fc22", "fc3", "fc4"), ("body=", "body.m=fc21")),
    ],
)
def test_map_renames_layers_and_prefixes_before_names_are_known(prefix, letters, renames, vae, weights, tmp_path):
    strange = spelled(weights, {role: prefix + letter for role, letter in zip(FLAT, letters, strict=True)})
    assert_same_as(imported(pt(strange), tmp_path, renames=renames), vae)


SMALL_CONV = {"image_size": SIDE, "encoder_channels": 8, "decoder_channels": 8, "batch_size": 400, "epochs": 1}


@pytest.mark.parametrize(
    ("like", "changes"),
    [
        ("digits-2d", {"image_size": SIDE, "hidden": 8, "epochs": 1}),
        ("oasis-8", {"image_size": SIDE, "hidden": 8, "epochs": 1, "projection": True}),
        ("mnist-conv-20", SMALL_CONV),
    ],
)
def test_an_exported_run_comes_back_with_its_numbers(like, changes, tmp_path):
    recipe = find_recipe(like)
    config = recipe.config.override(dataset="digits", latent_dim=3, device="cpu", precision="fp32", **changes)
    train(config, Run(tmp_path / "trained"), lambda: False, ignore)
    exported = export_run(Run(tmp_path / "trained"), Run(tmp_path / "exported"), "")
    given = read_file(exported.directory / "model.safetensors")
    similar = replace(recipe, config=config.override(latent_dim=7))
    record = import_weights(given, similar, Run(tmp_path / "back"), renames={}, dataset="digits")
    assert record.config.model == config.model
    assert report(record)["layers"] == "named as they are here"
    expected = exported.read_record().trained.test.model_dump(exclude_none=True)
    ours = record.trained.test.model_dump(exclude_none=True)
    assert ours == pytest.approx(expected, rel=1e-3)  # exported in half precision


def test_an_imported_run_has_all_that_a_trained_one_shows(weights, tmp_path):
    run = imported(pt(weights), tmp_path)
    record = run.read_record()
    assert record.trained == record.best == run.read_epochs()[0]
    assert (record.trained.epoch, record.trained.seconds, record.hardware) == (0, 0, "imported weights")
    assert (record.config.dataset, record.data.title) == ("digits", opened("digits").title)
    assert record.parameters == sum(tensor.numel() for tensor in weights.values())
    assert set(run.read_latents()) >= {"mean", "log_variance", "kl", "low", "high", "labels"}
    assert run.snapshot_epochs() == [0]
    assert not run.has_checkpoint
    run.check()


# what is found


def test_the_report_says_what_was_read_and_what_was_not(weights, tmp_path):
    extra = {"classifier.weight": torch.zeros(10, LATENT), "steps": torch.tensor(3)}
    record = imported(pt(weights | extra), tmp_path).read_record()
    assert record.imported.sources["encoder.3.weight"] == ("fc21.weight", "fc22.weight")
    assert record.imported.unused == ("classifier.weight", "steps")
    assert any(notice.startswith("Not used: classifier.weight.") for notice in record.imported.notices)
    facts = report(record)
    assert facts["file"].startswith("x.pt, SHA-256 ")
    assert facts["read"].startswith("10 tensors, ")
    assert "fc21 + fc22 as encoder.3" in facts["layers"]
    assert facts["sizes"] == f"image_size {SIDE}, hidden {HIDDEN}, latent_dim {LATENT}, projection False"
    assert facts["unused"] == "classifier.weight, steps"


def test_the_range_of_the_outputs_is_that_before_the_sigmoid(weights, tmp_path):
    weights["fc4.weight"].zero_()
    weights["fc4.bias"].fill_(-2.5)
    weights["fc4.bias"][0] = 4
    found = imported(pt(weights), tmp_path).read_record().imported
    assert found.prior_outputs == found.test_outputs == (-2.5, 4)


def test_what_is_found_is_the_same_where_memory_is_short(weights, tmp_path, monkeypatch):
    usual = imported(pt(weights), tmp_path / "usual").read_record().imported
    decode = VariationalAutoencoder.decode

    def limited(model, latents):
        if len(latents) > 60:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return decode(model, latents)

    monkeypatch.setattr(VariationalAutoencoder, "decode", limited)
    found = imported(pt(weights), tmp_path / "short").read_record().imported
    assert found.test_outputs == pytest.approx(usual.test_outputs, abs=1e-5)
    assert found.prior_outputs == pytest.approx(usual.prior_outputs, abs=1e-5)


def trained_linear_decoder() -> dict[str, torch.Tensor]:
    """PCA as a VAE without a sigmoid: it gives images directly."""
    images = torch.from_numpy(opened("digits", SIDE).select("train").images).flatten(1) / 255
    centre = images.mean(0)
    axes = torch.linalg.svd(images - centre, full_matrices=False).Vh[:8]
    both = torch.cat([axes, -axes])  # ReLU(x) - ReLU(-x) = x
    signs = torch.cat([torch.eye(8), -torch.eye(8)])
    return {
        "fc1.weight": both,
        "fc1.bias": -both @ centre,
        "fc_mu.weight": signs.T.contiguous(),
        "fc_mu.bias": torch.zeros(8),
        "fc_logvar.weight": torch.zeros(8, 16),
        "fc_logvar.bias": torch.full((8,), -4.0),
        "fc3.weight": signs,
        "fc3.bias": torch.zeros(16),
        "fc4.weight": both.T.contiguous(),
        "fc4.bias": centre,
    }


def test_a_network_that_gives_images_without_a_sigmoid_is_told(tmp_path):
    notices = imported(pt(trained_linear_decoder()), tmp_path).read_record().imported.notices
    assert any("before the sigmoid" in notice for notice in notices)


def test_a_network_that_knows_nothing_of_the_images_is_told_and_a_trained_one_has_nothing_to_be_told(weights, tmp_path):
    (notice,) = imported(pt(weights), tmp_path).read_record().imported.notices
    assert notice.startswith("It reconstructs no better (MSE 0.")
    run = train_small(tmp_path / "trained", latent_dim=8, hidden=64, batch_size=32, epochs=12)
    given = read_file(run.directory / "model.safetensors")
    record = import_weights(given, find_recipe("digits-2d"), Run(tmp_path / "back"), renames={})
    assert record.imported.notices == ()


def test_a_variance_that_is_not_called_a_log_is_told_to_be_taken_for_one(weights, tmp_path):
    notices = imported(pt(spelled(weights, SPELLINGS["fc_mean, fc_var"])), tmp_path).read_record().imported.notices
    assert any(notice.startswith("fc_var.weight is taken for the log") for notice in notices)


# what is refused


@pytest.mark.parametrize("wrapped", [lambda evil: evil, lambda evil: {"model": {"fc1.weight": evil}}])
def test_a_pickle_with_an_object_is_refused_and_nothing_of_it_runs(wrapped, tmp_path):
    path = tmp_path / "executed"
    content = pt(wrapped(Executed(path)))
    torch.load(io.BytesIO(content), weights_only=False)
    assert path.read_text() == "executed", "this pickle is harmless"
    path.unlink()
    sentence = refused(content, tmp_path)
    assert "holds more than tensors" in sentence
    assert "save model.state_dict() alone" in sentence
    assert not path.exists()


def test_a_whole_module_is_refused_by_the_name_of_its_class(vae, tmp_path):
    assert "TutorialVAE" in refused(pt(vae), tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "neither a safetensors file nor one that torch.save wrote"),
        (b"<html>not found</html>", "neither a safetensors file nor one that torch.save wrote"),
        (b"PK\x03\x04" + bytes(100), "neither a safetensors file nor one that torch.save wrote"),
        (save({"a": torch.zeros(9)})[:-3], "is no whole safetensors file"),
        (b'\x08\0\0\0\0\0\0\0{"a":3}}', "is no whole safetensors file"),
        (pt([torch.zeros(2)]), "holds a list, not a state dict"),
        (pt({}), "holds no tensors"),
        (
            pt({"fc1.weight": torch.zeros(2), "init": print}),
            "holds more than tensors (print), and nothing of it was run",
        ),
        (pt({"fc1.weight": torch.zeros(2), "init": pt}), "holds more than tensors (test_importing.pt)"),
        (pt({"fc1.weight": torch.zeros(2), "epoch": 3}), "holds 'epoch', a int and no tensor"),
        (pt({3: torch.zeros(2)}), "holds '3', a Tensor and no tensor"),
        (pt({"fc1.weight": torch.eye(2).to_sparse()}), "fc1.weight, which is not a plain dense tensor"),
        (pt({"fc1.weight": torch.zeros(2, 2, device="meta")}), "fc1.weight, which is not a plain dense tensor"),
        (pt({"fc1.weight": torch.zeros(1).expand(10**5, 10**4)}), "1,000,000,000 numbers, more than 100,000,000"),
    ],
)
@pytest.mark.filterwarnings("ignore:Validating sparse tensor invariants")
def test_what_is_no_state_dict_of_tensors_is_refused(content, sentence, tmp_path):
    assert sentence in refused(content, tmp_path)


def test_a_cut_off_file_is_refused(weights, tmp_path):
    assert "may be cut off" in refused(pt(weights)[:-2000], tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read_and_an_archive_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(state_dicts, "MAX_BYTES", 10_000)
    (tmp_path / "large.pt").write_bytes(bytes(10_001))
    with pytest.raises(RunError, match=r"^large\.pt holds 0 MB, more than"):
        read_file(tmp_path / "large.pt")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(1_000_000))
    assert len(packed.getvalue()) < 10_000
    assert "x.pt holds 1 MB, more than" in refused(packed.getvalue(), tmp_path)


def test_what_is_not_a_file_is_refused(tmp_path):
    with pytest.raises(RunError, match="is not a file; give a"):
        read_file(tmp_path)
    with pytest.raises(RunError, match="does not exist; give a"):
        read_file(tmp_path / "nowhere.pt")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fc3.weight": torch.zeros(HIDDEN, 2)}, "fc21.weight, fc22.weight is [3, 9], expected [2, 9]"),
        ({"fc4.bias": torch.zeros(7)}, "fc4.bias is [7], expected [144]"),
        ({"fc22.weight": torch.zeros(4, HIDDEN)}, "fc21.weight is [3, 9] and fc22.weight is [4, 9]"),
        ({"fc1.weight": torch.zeros(HIDDEN, 3072)}, "3,072 inputs are no square grey image"),
        ({"fc1.weight": torch.zeros(HIDDEN, 1, 3, 3)}, "fc1.weight is [9, 1, 3, 3], expected the weights of a linear"),
        ({"fc1.weight": torch.zeros(HIDDEN, 16)}, "model.image_size: input should be greater than or equal to 8"),
        ({"fc1.weight": torch.full((HIDDEN, 144), torch.nan)}, "fc1.weight holds NaN or infinite numbers"),
        ({"fc4.bias": torch.full((144,), torch.inf)}, "fc4.bias holds NaN or infinite numbers"),
        ({"fc1.weight": torch.full((HIDDEN, 144), 1e300, dtype=torch.float64)}, "fc1.weight holds NaN or infinite"),
        ({"fc1.weight": torch.ones(HIDDEN, 144, dtype=torch.int64)}, "fc1.weight holds torch.int64, not the floating"),
        (
            {"fc21.bias": torch.zeros(LATENT).to(torch.float8_e5m2)},
            "fc21.bias holds torch.float8_e5m2, not the floating",
        ),
        ({"fc21.bias": torch.tensor(0.0), "fc22.bias": torch.tensor(0.0)}, "fc21.bias holds a single number, not the"),
        ({"fc22.bias": torch.full((LATENT,), 1e4)}, "gives NaN or infinite numbers on these images"),
        ({"fc5.weight": torch.zeros(4, 4)}, "fc1, fc3 before its heads and fc4, fc5 after them"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(change, sentence, weights, tmp_path):
    assert sentence in refused(pt(weights | change), tmp_path)


def test_a_second_hidden_layer_is_another_network_and_never_left_out(weights, tmp_path):
    deep = spelled(weights, SPELLINGS["sequentials"]) | {
        "encoder.2.weight": torch.eye(HIDDEN),
        "encoder.2.bias": torch.zeros(HIDDEN),
    }
    assert "encoder.0, encoder.2 before its heads" in refused(pt(deep), tmp_path)
    run = imported(pt(deep), tmp_path, like="oasis-8", dataset="digits")
    assert run.read_record().config.model.projection


def test_missing_tensors_are_named_with_what_is_nearest_and_the_map_that_is_named_mends_it(vae, weights, tmp_path):
    sigma = {"module." + name.replace("fc22", "fc_sigma"): tensor for name, tensor in weights.items()}
    sentence = refused(pt(sigma), tmp_path)
    assert "fc_logvar.weight (hidden units to log variance)" in sentence
    assert "give --map fc_sigma=fc_logvar." in sentence
    assert_same_as(imported(pt(sigma), tmp_path, renames=("fc_sigma=fc_logvar",)), vae)
    del weights["fc4.bias"]
    assert "fc4.bias (hidden units to image) missing, and no tensor is left over" in refused(
        pt(weights), tmp_path / "b"
    )


def test_a_conv_recipe_names_what_an_mlp_has_not(weights, tmp_path):
    assert refused(pt(weights), tmp_path, like="mnist-conv-20").startswith(
        "x.pt is not like mnist-conv-20: encoder.0.weight, "
    )


@pytest.mark.parametrize(
    ("renames", "sentence"),
    [
        (("fc1",), "--map takes old=new"),
        (("=fc1",), "--map takes old=new"),
        (("fc1=a", "fc1=b"), "each old name once"),
        (("fc=fc1",), "--map fc=fc1 meets nothing; there are fc1.bias"),
        (("fc21=fc22",), "fc21.bias and fc22.bias would both be fc22.bias"),
    ],
)
def test_renames_that_make_no_sense_are_refused(renames, sentence, weights, tmp_path):
    assert sentence in refused(pt(weights), tmp_path, renames=renames)


def test_a_run_is_never_overwritten(weights, tmp_path):
    run = imported(pt(weights), tmp_path)
    before = run.read_weights()
    with pytest.raises(RunError, match="holds a run already"):
        imported(pt({name: tensor + 1 for name, tensor in weights.items()}), tmp_path)
    np.testing.assert_equal(run.read_weights(), before)


def test_an_imported_run_is_not_trained_on_and_keeps_its_weights(weights, tmp_path):
    run = imported(pt(weights), tmp_path)
    before = run.read_weights()
    with pytest.raises(RunError, match=r"run was imported, and there is no state that training goes on from"):
        resume(run, lambda: False, ignore)
    np.testing.assert_equal(run.read_weights(), before)


def test_without_the_recipe_s_images_the_import_says_which_and_what_is_always_there(weights, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(MissingDatasetError, match=r"OASIS layout .* digits and template-brain are always there"):
        imported(pt(weights), tmp_path, like="oasis-8")
    record = imported(pt(weights), tmp_path, like="oasis-8", dataset="template-brain").read_record()
    assert record.data.name == "template-brain"


def test_a_run_is_named_after_its_file():
    assert suggested_name("my vae/Best (1).safetensors") == "Best-1"
    assert suggested_name("../..") == "imported"


def test_a_recipe_must_exist():
    with pytest.raises(ConfigError, match="There is no recipe"):
        find_recipe("mnist")
