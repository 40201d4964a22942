"""Scores of images: beside the evaluation's own numbers, and how well they find what is strange."""

import csv

import numpy as np
import pytest
from datasets_files import opened
from drawn_clothing import write_clothing
from small_runs import change_json, train_small, train_small_vqvae
from test_shipped import images_or_skip

from explorer.__main__ import main
from explorer.alterations import inversion
from explorer.anomaly import CODE_SCORES, OUTSIDE, VAE_SCORES, Reference, Scorer, own_rows
from explorer.code_inference import CodeSession
from explorer.detection import auroc
from explorer.errors import RunError
from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.paths import PRETRAINED
from explorer.runs import Run

LEAST_AUROC = 0.99  # of drawn clothes against MNIST's test images


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train_small(tmp_path_factory.mktemp("runs") / "run", epochs=20, batch_size=100, learning_rate=0.005)


@pytest.fixture(scope="module")
def code_run(tmp_path_factory) -> Run:
    return train_small_vqvae(tmp_path_factory.mktemp("runs") / "codes", epochs=10, batch_size=100)


@pytest.fixture(scope="module")
def digits():
    return opened("digits", 12)


@pytest.mark.parametrize("reconstruction", ["bce", "mse", "ssim"])
def test_the_mean_elbo_is_that_of_the_evaluation(tmp_path, digits, reconstruction):
    run = train_small(tmp_path / "run", reconstruction=reconstruction)
    session, images = Session(run), digits.select("test")
    scores = Scorer(session, run).scores(images.images)
    expected = session.evaluate(images)
    assert scores["elbo"].mean() == pytest.approx(expected.elbo, rel=1e-5)
    assert scores["kl"].mean() == pytest.approx(expected.kl, rel=1e-5)
    assert set(scores) == set(VAE_SCORES)


def test_the_reconstruction_of_a_squared_error_is_that_of_the_decoded_mean(tmp_path, digits):
    run = train_small(tmp_path / "run", reconstruction="mse")
    session, images = Session(run), digits.select("test").images
    scores = Scorer(session, run).scores(images)
    np.testing.assert_allclose(scores["reconstruction"], 144 * session.quality(images)["mse"], rtol=1e-4)


def test_scores_are_the_same_whatever_the_batch(run, digits):
    images, scorer = digits.select("test").images[:50], Scorer(Session(run), run)
    whole = scorer.scores(images)
    pieces = list(scorer.pieces(images, batch=17))
    assert [piece.rows.stop for piece in pieces] == [17, 34, 50]
    assert {piece.decoded.shape[1:] for piece in pieces} == {(12, 12)}
    for name, values in whole.items():
        parts = np.concatenate([piece.scores[name] for piece in pieces])
        np.testing.assert_allclose(parts, values, rtol=1e-4, atol=1e-4, err_msg=name)


def test_the_intensity_is_the_mean_grey_value(run):
    images = np.zeros((2, 1, 12, 12), np.uint8)
    images[1, 0, :6] = 255
    np.testing.assert_allclose(Scorer(Session(run), run).scores(images)["intensity"], [0, 0.5])


def test_no_images_have_no_scores(run):
    scores = Scorer(Session(run), run).scores(np.empty((0, 1, 12, 12), np.uint8))
    assert {name: len(values) for name, values in scores.items()} == dict.fromkeys(VAE_SCORES, 0)


def test_latents_of_another_model_are_refused(tmp_path, run):
    other = train_small(tmp_path / "other", latent_dim=3)
    other.write_latents(run.read_latents())
    with pytest.raises(RunError, match="latents of another model"):
        Scorer(Session(other), other)


# the reference


def test_a_test_image_is_not_its_own_neighbour(run, digits):
    images, session = digits.select("test"), Session(run)
    own = own_rows(images, digits, run.read_record())
    assert own.tolist() == list(range(len(images)))
    scorer = Scorer(session, run)
    alone = scorer.scores(images.images, own)["latent_distance"]
    as_strangers = scorer.scores(images.images)["latent_distance"]
    assert (alone >= as_strangers - 1e-3).all()
    assert np.median(as_strangers) < 1e-2 < np.median(alone)


def test_a_row_among_the_test_images_outlives_a_selection(run, digits):
    chosen = digits.select("test").take(np.array([5, 2]))
    assert own_rows(chosen, digits, run.read_record()).tolist() == [5, 2]
    assert (own_rows(digits.select("train"), digits, run.read_record()) == OUTSIDE).all()


def test_other_images_are_not_among_the_test_images(run):
    others = opened("digits", 13)
    assert (own_rows(others.select("test"), others, run.read_record()) == OUTSIDE).all()


def test_a_distance_leaves_out_the_same_subject_and_weighs_what_tells_images_apart():
    mean = np.array([[0, 0], [1, 5], [10, -5]], np.float32)
    space = LatentSpace(
        mean=mean,
        log_variance=np.array([[-20.0, np.log(1e6)]] * 3, np.float32),
        kl=np.ones(2, np.float32),
        low=-np.ones(2, np.float32),
        high=np.ones(2, np.float32),
        labels=None,
        metadata={"subject": np.array([1, 1, 2])},
    )
    reference = Reference.of(space)
    np.testing.assert_allclose(reference.between, [1, 0], atol=1e-4)
    found = reference.distance(mean, np.array([0, OUTSIDE, 2]))
    np.testing.assert_allclose(found, [10, 0, 9], atol=0.01)


# codes


def test_a_vqvae_has_scores_of_its_own(code_run):
    digits, session = opened("digits", 16).select("test"), CodeSession(code_run)
    scores = Scorer(session, code_run).scores(digits.images)
    expected = session.evaluate(digits)
    assert set(scores) == set(CODE_SCORES)
    assert scores["reconstruction"].mean() == pytest.approx(expected.reconstruction, rel=1e-4)
    assert scores["quantisation"].mean() == pytest.approx(expected.commitment, rel=1e-3)
    bits = session.bits(session.encode(digits.images), None)
    np.testing.assert_allclose(scores["bits_per_code"], bits.mean((1, 2)), rtol=1e-5)


def test_without_a_prior_there_are_no_bits(tmp_path):
    run = train_small_vqvae(tmp_path / "run", stop_after=6)
    scorer = Scorer(CodeSession(run), run)
    scores = scorer.scores(opened("digits", 16).select("test").images)
    assert not run.prior.has_weights
    assert (*scores,) == scorer.names == ("reconstruction", "quantisation", "intensity")


def test_inverted_digits_are_strange(run, code_run):
    for each, session in ((run, Session(run)), (code_run, CodeSession(code_run))):
        images = opened("digits", each.read_record().config.model.image_size).select("test").images
        scorer = Scorer(session, each)
        normal, strange = scorer.scores(images), scorer.scores(inversion(images))
        assert auroc(normal["reconstruction"], strange["reconstruction"]) > 0.95


# the table


def rows_of(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_writes_a_table_of_scores_and_percentiles(run, digits, tmp_path, capsys):
    path = tmp_path / "scores.csv"
    assert main(["evaluate", str(run.directory), "--scores", str(path)]) == 0
    assert "the model's own 359 test images" in capsys.readouterr().out
    rows, test = rows_of(path), digits.select("test")
    assert [*rows[0]] == ["id", "label", *VAE_SCORES, *(f"{name}_percentile" for name in VAE_SCORES)]
    assert [row["id"] for row in rows] == test.ids.tolist()
    assert [row["label"] for row in rows] == [test.label_names[label] for label in test.labels]
    elbo = np.array([float(row["elbo"]) for row in rows])
    assert elbo.mean() == pytest.approx(Session(run).evaluate(test).elbo, rel=1e-4)
    percentiles = np.array([float(row["elbo_percentile"]) for row in rows])
    assert np.median(percentiles) == pytest.approx(50, abs=1)
    assert (np.diff(percentiles[elbo.argsort()]) > -0.1).all()


def test_the_table_of_a_vqvae_has_its_own_scores(code_run, tmp_path):
    path = tmp_path / "scores.csv"
    assert main(["evaluate", str(code_run.directory), "--scores", str(path)]) == 0
    assert [*rows_of(path)[0]][2:6] == list(CODE_SCORES)


def test_images_without_classes_have_no_label(run, tmp_path):
    path = tmp_path / "scores.csv"
    assert main(["evaluate", str(run.directory), "--data", "template-brain", "--scores", str(path)]) == 0
    assert {row["label"] for row in rows_of(path)} == {""}


def test_the_runs_own_images_calibrate_it_wherever_they_are_now(tmp_path, capsys):
    run = train_small(tmp_path / "run")
    (run.directory / "calibration.safetensors").unlink(missing_ok=True)
    change_json(run.directory / "run.json", ("data",), name="gone", source="far/gone")
    assert main(["evaluate", str(run.directory), "--data", "digits", "--scores", str(tmp_path / "scores.csv")]) == 0
    assert "the model's own 359 test images" in capsys.readouterr().out


def test_a_table_that_cannot_be_written_is_refused_in_a_sentence(run, tmp_path, capsys):
    path = tmp_path / "nowhere" / "scores.csv"
    assert main(["evaluate", str(run.directory), "--scores", str(path)]) == 2
    assert "choose another --scores" in capsys.readouterr().err


def test_mnist_20_finds_drawn_clothes_among_digits(tmp_path):
    images_or_skip("mnist-20")
    model, folder = PRETRAINED / "mnist-20", write_clothing(tmp_path / "clothes", 1000)
    tables = tmp_path / "digits.csv", tmp_path / "clothes.csv"
    assert main(["evaluate", str(model), "--scores", str(tables[0])]) == 0
    assert main(["evaluate", str(model), "--data", str(folder), "--scores", str(tables[1])]) == 0
    normal, strange = ([float(row["elbo"]) for row in rows_of(table)] for table in tables)
    assert (len(normal), len(strange)) == (10_000, 1000)
    assert auroc(normal, strange) >= LEAST_AUROC
