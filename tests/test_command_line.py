"""The command line: what it prints, what it refuses in one sentence, and how it ends on a signal."""

import json
import os
import shutil
import signal

import numpy as np
import pytest
import torch
from datasets_files import opened, write_idx
from PIL import Image
from safetensors.numpy import save_file
from sklearn.decomposition import PCA
from small_runs import (
    STEPS,
    assert_equal_runs,
    change_json,
    epochs_of,
    resume_small,
    small_flags,
    train_small,
    train_small_vqvae,
)

from explorer import autoencoders, library, turns
from explorer.__main__ import main
from explorer.ancestral import Draws
from explorer.code_inference import CodeSession
from explorer.commands import sample
from explorer.draws import Mixture, draw_noise
from explorer.inference import Session
from explorer.palette import grey_tiles
from explorer.paths import PRETRAINED, runs_root
from explorer.recipes import RECIPES
from explorer.records import Request, Status
from explorer.runs import Run
from explorer.sheets import GAP

NUMBERS = ["elbo", "total", "reconstruction", "kl", "mse", "psnr", "ssim", "count"]


@pytest.fixture(autouse=True)
def own_signals():
    """Training takes over the signals of its process, which here is that of the tests."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(tmp_path) -> Run:
    return train_small(tmp_path / "run")


@pytest.fixture
def printed(capsys):
    """A function that runs a command, which has to succeed, and returns the lines that it printed."""

    def run_command(*arguments: object) -> list[str]:
        assert main([*map(str, arguments)]) == 0
        return capsys.readouterr().out.splitlines()

    return run_command


@pytest.fixture
def refusal(capsys):
    """A function that runs a command, which has to be refused, and returns the sentence."""

    def run_command(*arguments: object) -> str:
        assert main([*map(str, arguments)]) == 2
        output = capsys.readouterr()
        assert output.err.count("\n") == 1, output.err
        assert output.err.endswith(".\n")
        return output.err

    return run_command


# train


def test_train_prints_the_run_directory_last(printed, tmp_path):
    lines = printed("train", "digits-2d", *small_flags(), "--out", tmp_path / "run")
    assert lines[-1] == str(tmp_path / "run")
    assert [line.split(":")[0] for line in lines if "mean loss" in line] == [
        f"autoencoder, epoch {epoch}" for epoch in (1, 2)
    ]
    assert_equal_runs(Run(tmp_path / "run"), train_small(tmp_path / "expected"))


def test_train_puts_a_run_under_the_runs_root_by_default(printed):
    directory = printed("train", "digits-2d", *small_flags(epochs=1))[-1]
    assert directory.startswith(f"{runs_root()}/digits-2d-")
    assert epochs_of(Run(runs_root() / directory)) == [0, 1]


def test_train_takes_other_images_than_the_recipe_s(printed, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    write_idx(tmp_path / "shapes", train=32, test=16)
    printed("train", "mnist-20", *small_flags(epochs=1), "--data", "shapes", "--out", tmp_path / "run")
    assert Run(tmp_path / "run").read_record().data.title == "shapes"


def test_resume_finishes_a_stopped_run_and_then_says_that_it_is_finished(printed, tmp_path):
    run = train_small(tmp_path / "run", stop_after=1)
    assert printed("train", "--resume", run.directory)[-1] == str(run.directory)
    assert epochs_of(run) == [0, 1, 2]
    assert printed("train", "--resume", run.directory) == [
        "The run is finished already; --epochs N trains it on.",
        str(run.directory),
    ]
    printed("train", "--resume", run.directory, "--epochs", 3)
    assert epochs_of(run) == [0, 1, 2, 3]


def test_resume_finds_images_outside_the_data_root_where_data_says(printed, refusal, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "empty"))
    write_idx(tmp_path / "elsewhere" / "shapes", train=32, test=16)
    run = train_small(tmp_path / "run", stop_after=1, dataset=str(tmp_path / "elsewhere" / "shapes"), batch_size=16)
    assert "There is no image set 'shapes'" in refusal("train", "--resume", run.directory)
    printed("train", "--resume", run.directory, "--data", tmp_path / "elsewhere" / "shapes")
    assert epochs_of(run) == [0, 1, 2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_step_and_saves_and_exits_with_0(number, printed, tmp_path, monkeypatch):
    noise = autoencoders.step_noise

    def interrupting_noise(seed, step, *rest):
        if step == 5:
            os.kill(os.getpid(), number)
        return noise(seed, step, *rest)

    monkeypatch.setattr(autoencoders, "step_noise", interrupting_noise)
    lines = printed("train", "digits-2d", *small_flags(), "--out", tmp_path / "run")
    assert lines[-2:] == ["Stopped and saved; it can be resumed.", str(tmp_path / "run")]
    run = Run(tmp_path / "run")
    assert run.read_status().phase == "stopped"
    assert json.loads(run.read_checkpoint()[1]["clock"])["step"] == 6
    monkeypatch.undo()
    resume_small(run)
    assert_equal_runs(run, train_small(tmp_path / "expected"))


# train in turn


def test_a_training_that_queues_starts_at_once_where_the_device_is_free(printed, tmp_path):
    run = tmp_path / "run"
    assert printed("train", "digits-2d", *small_flags(epochs=1), "--out", run, "--queue")[-1] == str(run)
    assert epochs_of(Run(run)) == [0, 1]


def test_a_signal_takes_a_training_out_of_the_queue_and_it_exits_with_0(printed, tmp_path, monkeypatch):
    monkeypatch.setattr(turns.time, "sleep", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    run = Run(tmp_path / "run")
    with turns.training_at("cpu", Run(tmp_path / "other")):
        lines = printed("train", "digits-2d", *small_flags(), "--out", run.directory, "--queue")
    assert lines == ["Taken out of the queue before its turn came.", str(run.directory)]
    assert (run.read_status().phase, run.exists) == ("stopped", False)


def test_a_run_that_is_finished_says_so_after_its_turn_too(run, printed):
    run.write_status(Status(phase="training"))
    assert printed("train", "--resume", run.directory, "--queue")[0].startswith("The run is finished already")
    assert run.read_status().phase == "finished"


def test_a_training_does_not_queue_for_a_directory_that_is_taken_nor_with_other_ranks(run, refusal, monkeypatch):
    queue = ["digits-2d", *small_flags(), "--queue", "--out"]
    assert "holds a run already" in refusal("train", *queue, run.directory)
    assert run.read_status().phase == "finished"
    assert "cannot be extended" in refusal("train", "--resume", "mnist-20", "--epochs", "99", "--queue")
    assert not (PRETRAINED / "mnist-20" / "status.json").exists()
    monkeypatch.setenv("RANK", "0")
    assert "leave it out under torchrun" in refusal("train", *queue, run.directory.with_name("new"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mnist-3"], "There is no recipe 'mnist-3'"),
        ([], "train needs a recipe"),
        (["mnist-20", "--epochs", "0"], "training.epochs: input should be greater than or equal to 1, not '0'."),
        (["mnist-20", "--hidden", "wide"], "model.hidden: input should be a valid integer"),
        (["mnist-20", "--data", "nowhere"], "There is no image set 'nowhere'"),
        (["--resume", "nowhere"], "There is no run 'nowhere'"),
        (["--resume", "mnist-20", "--hidden", "3"], "only --epochs and --data can be given beside it"),
        (["--resume", "mnist-20", "--epochs", "some"], "training.epochs: input should be a valid integer"),
        (["digits-2d", "--image-size", "256", "--hidden", "8192"], "more than 100,000,000"),
    ],
)
def test_a_mistake_in_train_is_one_sentence(arguments, sentence, refusal):
    assert sentence in refusal("train", *arguments)


def test_a_directory_that_holds_a_run_is_refused(run, refusal):
    assert "holds a run already" in refusal("train", "digits-2d", *small_flags(), "--out", run.directory)


def test_images_that_are_missing_are_one_sentence(refusal, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    assert "nowhere (which does not exist)" in refusal("train", "oasis-8")


def test_a_run_that_diverges_is_one_sentence(refusal, tmp_path, monkeypatch):
    noise = autoencoders.step_noise
    monkeypatch.setattr(autoencoders, "step_noise", lambda *args: noise(*args) / 0)
    assert "became NaN or infinite in epoch 1" in refusal(
        "train", "digits-2d", *small_flags(), "--out", tmp_path / "run"
    )


def test_a_flag_that_does_not_exist_ends_with_2(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["train", "mnist-20", "--momentum", "0.9"])
    assert "unrecognized arguments: --momentum" in capsys.readouterr().err


def test_every_recipe_is_named_in_the_help_of_train(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    help_text = capsys.readouterr().out
    assert [recipe for recipe in RECIPES if recipe not in help_text] == []


# evaluate


def test_evaluate_prints_one_json_object_with_the_recorded_numbers(run, printed):
    (line,) = printed("evaluate", run.directory, "--json")
    facts = json.loads(line)
    assert {"run": "run", "split": "test", "count": 359}.items() <= facts.items()
    assert facts["elbo"] == pytest.approx(facts["reconstruction"] + facts["kl"])
    recorded = run.read_record().trained.test.model_dump(exclude_none=True)
    assert {name: facts[name] for name in NUMBERS} == pytest.approx(recorded, rel=1e-4)
    assert facts["perplexity"] is None


def test_evaluate_prints_a_line_a_number_for_people(run, printed):
    names = [line.split()[0] for line in printed("evaluate", run.directory, "--split", "train")]
    assert names == ["run", "data", "split", "protocol", *NUMBERS]


def test_the_elbo_of_a_squared_error_comes_with_a_caveat(printed, tmp_path):
    run = train_small(tmp_path / "run", reconstruction="mse", epochs=1)
    assert "nats only up to a constant" in json.loads(printed("evaluate", run.directory, "--json")[0])["note"]


def test_evaluate_puts_pca_of_as_many_components_beside_the_model(run, printed):
    facts = json.loads(printed("evaluate", run.directory, "--pca", "--json")[0])
    digits = opened("digits", 12)
    train, test = (digits.select(split).images.reshape(-1, 144) / 255 for split in ("train", "test"))
    pca = PCA(2).fit(train)
    expected = np.square(pca.inverse_transform(pca.transform(test)).clip(0, 1) - test).mean()
    assert facts["pca_mse"] == pytest.approx(expected, rel=1e-4)
    assert {"pca_psnr", "pca_ssim"} <= facts.keys()


def test_evaluate_works_wherever_the_data_root_and_the_run_have_moved(printed, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    folder = write_idx(tmp_path / "data" / "sets" / "shapes", train=32, test=16)
    run = train_small(tmp_path / "run", dataset=str(folder), batch_size=16)
    recorded = run.read_record().trained.test
    monkeypatch.setenv("EXPLORER_DATA", str(shutil.move(tmp_path / "data", tmp_path / "moved data")))
    shutil.move(run.directory, tmp_path / "moved run")
    facts = json.loads(printed("evaluate", tmp_path / "moved run", "--json")[0])
    assert {name: facts[name] for name in NUMBERS} == pytest.approx(recorded.model_dump(exclude_none=True), rel=1e-4)


def test_evaluate_takes_other_images_than_the_run_s(run, printed, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    write_idx(tmp_path / "shapes", train=32, test=16)
    facts = json.loads(printed("evaluate", run.directory, "--data", "shapes", "--json")[0])
    assert (facts["data"], facts["count"]) == ("shapes", 16)


def test_evaluate_refuses_in_one_sentence(run, refusal, tmp_path):
    assert "no validation images; choose another --split" in refusal("evaluate", run.directory, "--split", "validation")
    assert "There is no image set 'nowhere'" in refusal("evaluate", run.directory, "--data", "nowhere")
    assert "There is no run" in refusal("evaluate", tmp_path / "nowhere")
    (run.directory / "model.safetensors").write_bytes(b"torn")
    assert "model.safetensors cannot be read" in refusal("evaluate", run.directory)
    change_json(run.directory / "run.json", ("config", "model"), hidden=10**9)
    assert "run.json is broken" in refusal("evaluate", run.directory)


# evaluate a VQ-VAE


@pytest.fixture(scope="module")
def codes_run(tmp_path_factory) -> Run:
    """A VQ-VAE of 4 × 4 codes out of 16, with its prior."""
    return train_small_vqvae(tmp_path_factory.mktemp("codes") / "codes")


def test_evaluate_of_a_vq_vae_has_the_recorded_numbers_and_no_elbo(codes_run, printed):
    facts = json.loads(printed("evaluate", codes_run.directory, "--json")[0])
    record = codes_run.read_record()
    recorded = record.trained.test.model_dump(exclude_none=True)
    assert {name: facts[name] for name in recorded} == pytest.approx(recorded, rel=1e-4)
    assert (facts["elbo"], facts["kl"]) == (None, None)
    assert 0 < facts["ssim_mask"] < 1
    assert facts["bits_per_code"] == pytest.approx(record.prior.test, rel=1e-4)
    baselines = [facts[name] for name in ("bits_per_site_unigram", "bits_per_unigram", "bits_uniform")]
    assert baselines == [record.prior.site_unigram, record.prior.unigram, 4]
    assert facts["bits_per_code_validation"] == record.prior.best.validation
    assert "7 × 7 window" in facts["protocol"]
    assert "largest connected part" in facts["protocol"]


def test_evaluate_finds_samples_like_no_image_when_the_prior_draws_noise(codes_run, printed):
    facts = json.loads(printed("evaluate", codes_run.directory, "--json")[0])
    low, middle, high = facts["nearest_train_ssim_reference"]
    assert low < middle < high
    assert facts["nearest_train_ssim"] < low, "two epochs teach a prior next to nothing"
    health = codes_run.read_health()
    assert (health.sample, list(health.reference)) == (facts["nearest_train_ssim"], [low, middle, high])


def test_evaluate_encodes_the_images_of_another_split_or_set_for_the_bits(codes_run, printed, tmp_path, monkeypatch):
    codes = {
        split: json.loads(printed("evaluate", codes_run.directory, "--json", "--split", split)[0])
        for split in ("test", "train")
    }
    assert codes["train"]["bits_per_code"] != codes["test"]["bits_per_code"]
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    write_idx(tmp_path / "shapes", train=32, test=16)
    noise = json.loads(printed("evaluate", codes_run.directory, "--json", "--data", "shapes")[0])
    assert noise["count"] == 16
    assert noise["bits_per_code"] > codes["test"]["bits_per_code"]
    assert noise["bits_per_site_unigram"] > codes["test"]["bits_per_site_unigram"]
    assert noise["bits_uniform"] == 4


def test_evaluate_of_a_vq_vae_without_a_prior_has_its_reconstructions_alone(printed, tmp_path):
    run = train_small_vqvae(tmp_path / "run", stop_after=STEPS)
    facts = json.loads(printed("evaluate", run.directory, "--json")[0])
    assert facts["ssim"] > 0
    assert [facts[name] for name in ("bits_per_code", "bits_per_site_unigram", "nearest_train_ssim")] == [None] * 3
    assert "bits_per_code" not in " ".join(printed("evaluate", run.directory))


def test_a_vq_vae_has_no_components_to_compare_with(codes_run, refusal):
    assert "has a map of codes" in refusal("evaluate", codes_run.directory, "--pca")


# import


@pytest.fixture
def weights(tmp_path):
    """A state dict of somebody's, by the names of the usual tutorial: 12 × 12 pixels, 5 hidden units, 2 latents."""
    shapes = {"fc1": (5, 144), "fc21": (2, 5), "fc22": (2, 5), "fc3": (5, 2), "fc4": (144, 5)}
    draw = np.random.default_rng(0).standard_normal
    tensors = {f"{name}.weight": draw(shape).astype(np.float32) for name, shape in shapes.items()}
    tensors |= {f"{name}.bias": np.zeros(shape[0], np.float32) for name, shape in shapes.items()}
    save_file(tensors, tmp_path / "some one's vae.safetensors")
    return tmp_path / "some one's vae.safetensors"


def test_import_prints_what_was_found_and_the_numbers_and_the_run_directory_last(weights, printed, tmp_path):
    lines = printed("import", weights, "--like", "digits-2d", "--out", tmp_path / "run")
    assert lines[-1] == str(tmp_path / "run")
    facts = dict(line.split(maxsplit=1) for line in lines[:-1])
    assert facts["sizes"] == "image_size 12, hidden 5, latent_dim 2, projection False"
    assert facts["layers"] == "fc1 as encoder.1, fc21 + fc22 as encoder.3, fc3 as decoder.0, fc4 as decoder.2"
    assert facts["unused"] == "nothing"
    assert set(NUMBERS) <= set(facts)
    evaluated = json.loads(printed("evaluate", tmp_path / "run", "--json")[0])
    assert float(facts["elbo"]) == pytest.approx(evaluated["elbo"], rel=1e-4)


def test_import_takes_renames_and_other_images_and_puts_the_run_under_the_runs_root(
    weights, printed, tmp_path, monkeypatch
):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    write_idx(tmp_path / "elsewhere" / "shapes", train=32, test=16, side=12)
    options = ["--like", "mnist-20", "--data", tmp_path / "elsewhere" / "shapes"]
    lines = printed("import", weights, *options, "--map", "fc3=linear3", "--map", "fc22=fc_logvar")
    assert lines[-1].startswith(f"{runs_root()}/some-one-s-vae-")
    assert Run(runs_root() / lines[-1]).read_record().data.title == "shapes"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--like", "mnist-3"], "There is no recipe 'mnist-3'"),
        (["--like", "digits-2d", "--map", "fc1"], "--map takes old=new"),
        (["--like", "digits-2d", "--map", "fc9=fc1"], "--map fc9=fc1 meets nothing"),
        (["--like", "digits-2d", "--data", "nowhere"], "There is no image set 'nowhere'"),
        (["--like", "mnist-conv-20"], "is not like mnist-conv-20"),
        (["--like", "mnist-vqvae"], "mnist-vqvae is a VQ-VAE, and only weights of a VAE are imported"),
    ],
)
def test_a_mistake_in_import_is_one_sentence_and_no_run(arguments, sentence, weights, refusal):
    assert sentence in refusal("import", weights, *arguments)
    assert not runs_root().exists()


def test_import_refuses_a_file_that_is_none_and_a_directory_that_holds_a_run(weights, run, refusal, tmp_path):
    assert "does not exist" in refusal("import", tmp_path / "nowhere.pt", "--like", "digits-2d")
    assert "is not a file" in refusal("import", tmp_path, "--like", "digits-2d")
    before = run.read_weights()
    assert "holds a run already" in refusal("import", weights, "--like", "digits-2d", "--out", run.directory)
    np.testing.assert_equal(run.read_weights(), before)


# list and export


@pytest.mark.parametrize("flags", [["--json"], []])
def test_list_names_every_run_and_the_broken_ones_with_their_reason(flags, capsys, monkeypatch):
    monkeypatch.setattr(library, "PRETRAINED", PRETRAINED / "nowhere")
    whole, broken = (train_small(runs_root() / name, epochs=1) for name in ("whole", "torn"))
    (broken.directory / "run.json").write_text("{")
    assert main(["list", *flags]) == 0
    output = capsys.readouterr()
    reason = f"{broken.directory}/run.json is broken"
    if flags:
        row, error = json.loads(output.out)
        assert (row["run"], row["epochs"], row["directory"]) == ("whole", 1, str(whole.directory))
        assert row["elbo"] == whole.read_record().trained.test.elbo
        assert (row["state"], row["data"]) == ("finished", whole.read_record().data.title)
        assert row["bytes"] == sum(path.stat().st_size for path in whole.directory.rglob("*"))
        assert error["run"] == "torn"
        assert error["error"].startswith(reason)
    else:
        assert [line.split()[:2] for line in output.out.splitlines()] == [["run", "state"], ["whole", "finished"]]
        assert output.err.startswith(f"torn: {reason}")


def test_list_leaves_the_elbo_of_a_vq_vae_blank(codes_run, printed, monkeypatch):
    monkeypatch.setattr(library, "PRETRAINED", PRETRAINED / "nowhere")
    shutil.copytree(codes_run.directory, runs_root() / "codes")
    (row,) = json.loads(printed("list", "--json")[0])
    ssim = codes_run.read_record().trained.test.ssim
    assert (row["elbo"], row["ssim"]) == (None, ssim)
    heading, line = printed("list")
    assert line[heading.index("elbo") - 5 : heading.index("elbo") + 4].strip() == ""
    assert line.endswith(f"{ssim:.3f}")


def test_list_says_what_became_of_a_run(printed):
    train_small(runs_root() / "stopped", stop_after=1)
    train_small(runs_root() / "lost", stop_after=1).write_status(Status(phase="training"))
    (train_small(runs_root() / "copied", epochs=1).directory / "status.json").unlink()
    never = Run(runs_root() / "never")
    never.make_directory()
    never.write_status(Status(phase="queued", request=Request(recipe="digits-2d", changes={"dataset": "digits"})))
    with never.locked():
        rows = json.loads(printed("list", "--json")[0])
        lines = printed("list")
    states = {row["run"]: row["state"] for row in rows if row["state"] != "shipped"}
    assert states == {"stopped": "stopped", "lost": "interrupted", "copied": "imported", "never": "queued"}
    assert {row["run"] for row in rows if row["state"] == "shipped"} == {path.name for path in PRETRAINED.iterdir()}
    assert lines[-1].split()[:3] == ["never", "queued", "digits"]


def test_export_prints_the_directory_of_the_copy_and_credits_its_data(run, printed, tmp_path):
    lines = printed("export", run.directory, "--out", tmp_path / "copy", "--credit", "Digits, CC BY 4.0.")
    assert lines == [str(tmp_path / "copy")]
    assert Run(tmp_path / "copy").read_record().data.credit == "Digits, CC BY 4.0."


def test_export_refuses_in_one_sentence(run, refusal, tmp_path):
    assert "holds a run already" in refusal("export", run.directory, "--out", run.directory)
    assert "There is no run" in refusal("export", "nowhere", "--out", tmp_path / "copy")
    assert "cannot be made" in refusal("export", run.directory, "--out", run.directory / "run.json" / "copy")


# sample


def test_sample_writes_the_sheet_of_a_seed_and_says_where(run, printed, tmp_path):
    out = tmp_path / "sheet.png"
    out.write_bytes(b"an older one")
    assert printed("sample", run.directory, "--out", out, "--count", 5, "--seed", 3) == [str(out)]
    with Image.open(out) as image:
        sheet, about = np.asarray(image), json.loads(image.text["Description"])
    noise = draw_noise(3, 5, 2)
    expected = grey_tiles(Session(run).decode(Mixture.prior(2).draw(noise)))
    scale, step = 10, 120 + GAP  # images of 12 pixels
    assert sheet.shape == (2 * step - GAP, 3 * step - GAP)
    np.testing.assert_array_equal(sheet[:120:scale, :120:scale], expected[0])
    np.testing.assert_array_equal(sheet[step::scale, step : step + 120 : scale], expected[4])
    assert about == {"model": "run", "source": "prior", "seed": 3, "temperature": 1.0, "truncation": None}


def test_sample_is_the_same_for_the_same_seed_and_another_at_another_temperature_or_truncation(run, printed, tmp_path):
    def sheet(*flags: object) -> bytes:
        printed("sample", run.directory, "--out", tmp_path / "sheet.png", *flags)
        return (tmp_path / "sheet.png").read_bytes()

    assert sheet() == sheet("--seed", 0)
    others = [sheet("--seed", 1), sheet("--temperature", 0.3), sheet("--truncation", 0.5)]
    assert len({sheet(), *others}) == 4


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--count", 0], "--count is 1 to 1,000, not 0."),
        (["--count", 1001], "--count is 1 to 1,000, not 1001."),
        (["--seed", -1], "--seed is 0 to 4294967295, not -1."),
        (["--temperature", "nan"], "--temperature is 0 to 2, not nan."),
        (["--temperature", 2.1], "--temperature is 0 to 2, not 2.1."),
        (["--truncation", 0], "--truncation is at least 0.1, not 0."),
        (["--out", "sheet.jpg"], "--out is a PNG file"),
        (["--out", "nowhere/sheet.png"], "cannot be written (No such file or directory)"),
    ],
)
def test_sample_refuses_in_one_sentence(flags, sentence, run, refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sentence in refusal("sample", run.directory, "--out", "sheet.png", *flags)
    assert not (tmp_path / "sheet.png").exists()
    assert "There is no run" in refusal("sample", "gone", "--out", "sheet.png")


def test_sample_of_a_vq_vae_draws_its_prior_as_the_sampler_does(codes_run, printed, tmp_path):
    out = tmp_path / "sheet.png"
    flags = ["--count", 3, "--seed", 5, "--temperature", 0.7, "--top-k", 4, "--class", "2"]
    assert printed("sample", codes_run.directory, "--out", out, *flags) == [str(out)]
    with Image.open(out) as image:
        sheet, about = np.asarray(image), json.loads(image.text["Description"])
    session = CodeSession(codes_run)
    draws = Draws(3, 5, temperature=0.7, top_k=4, labels=torch.full((3,), 2))
    expected = grey_tiles(session.decode(session.sample_codes(draws)))
    scale, step = 7, 112 + GAP  # images of 16 pixels
    np.testing.assert_array_equal(sheet[:112:scale, :112:scale], expected[0])
    np.testing.assert_array_equal(sheet[step::scale, :112:scale], expected[2])
    drawn = {"seed": 5, "temperature": 0.7, "top_k": 4, "class": "2"}
    assert about == {"model": "codes", "source": "prior"} | drawn


def test_a_long_sheet_of_codes_is_the_short_one_and_more(codes_run, printed, tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "AT_ONCE", 2)
    sheets = []
    for count in (2, 5):
        printed("sample", codes_run.directory, "--out", tmp_path / "sheet.png", "--count", count)
        with Image.open(tmp_path / "sheet.png") as image:
            sheets.append(np.asarray(image)[:112])
    short, long = sheets
    np.testing.assert_array_equal(long[:, : short.shape[1]], short)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--truncation", 1], "--truncation is for a VAE"),
        (["--class", "eleven"], "There is no --class 'eleven'; choose one of 0, 1, 2,"),
        (["--top-k", 0], "--top-k is at least 1, not 0."),
        (["--temperature", 0], "between 0.1 and 2.0, not 0.0."),
    ],
)
def test_sample_of_a_vq_vae_refuses_in_one_sentence(flags, sentence, codes_run, refusal, tmp_path):
    assert sentence in refusal("sample", codes_run.directory, "--out", tmp_path / "sheet.png", *flags)
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize("flags", [["--top-k", 3], ["--class", "3"]])
def test_what_only_codes_have_is_refused_for_a_vae(flags, run, refusal, tmp_path):
    assert f"{flags[0]} is for a VQ-VAE" in refusal("sample", run.directory, "--out", tmp_path / "sheet.png", *flags)
