"""Percentiles and standardised residuals in closed form, and what is stored of them."""

import numpy as np
import pytest
from datasets_files import opened, write_oasis
from small_runs import change_json, resume_small, train_small, train_small_vqvae

from explorer.anomaly import CODE_SCORES, VAE_SCORES, Scorer, own_rows
from explorer.calibration import FLOOR, LEVELS, Calibration
from explorer.code_inference import CodeSession
from explorer.commands.calibrate import store_calibration
from explorer.errors import DatasetError, RunError
from explorer.exporting import export_run
from explorer.held_out import Residuals, calibrate, calibrating, calibration_of
from explorer.inference import Session
from explorer.runs import Run


def calibration(values=range(201), **changes) -> Calibration:
    """Of a score whose quantiles are `values`, and of images 8 × 8."""
    fields = {
        "quantiles": {"elbo": np.array(values, np.float32)},
        "mean": np.zeros((1, 8, 8), np.float32),
        "deviation": np.full((1, 8, 8), 0.1, np.float32),
        "slices": np.empty(0, np.int64),
        "window": 0,
        "split": "test",
        "count": 2000,
        "model": "now, step 1",
    }
    return Calibration(**fields | changes)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train_small(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def digits():
    return opened("digits", 12)


# percentiles


def test_a_percentile_is_the_share_that_scores_lower():
    values = np.array([-1, 0, 50, 50.5, 200, 1e9])
    np.testing.assert_allclose(calibration().percentile("elbo", values), [0, 0, 25, 25.25, 100, 100])


def test_of_held_out_images_that_tie_half_count_as_lower():
    ties = [0] * 100 + [1] * 101
    values = np.array([-0.1, 0, 1, 1.1])
    np.testing.assert_allclose(calibration(ties).percentile("elbo", values), [0, 24.75, 75, 100])


def test_a_score_that_is_always_the_same_is_in_the_middle():
    np.testing.assert_allclose(calibration([3] * 201).percentile("elbo", np.array([2.9, 3, 3.1])), [0, 50, 100])


def test_a_larger_score_never_has_a_smaller_percentile():
    source = np.random.default_rng(0)
    quantiles = np.sort(source.integers(0, 60, 201) / 10)
    percentiles = calibration(quantiles).percentile("elbo", np.linspace(-1, 7, 5000))
    assert (np.diff(percentiles) >= 0).all()


def test_held_out_images_have_all_percentiles_alike_often():
    values = np.random.default_rng(0).gamma(2, size=2000)
    percentiles = calibration(np.percentile(values, LEVELS)).percentile("elbo", values)
    np.testing.assert_allclose(np.histogram(percentiles, 10, (0, 100))[0], 200, atol=2)


# residuals


def test_a_residual_is_standardised_by_its_pixel():
    mean, deviation = np.zeros((1, 8, 8)), np.full((1, 8, 8), 0.1)
    mean[0, 0, 0], deviation[0, 0, 1] = 0.2, 0.0
    images = np.zeros((1, 1, 8, 8), np.uint8)
    images[0, 0, 0] = 255
    found = calibration(mean=mean, deviation=deviation).standardised(images, np.full((1, 8, 8), 0.5))
    np.testing.assert_allclose(found[0, 0, :3], [0.3 / 0.1, 0.5 / FLOOR, 0.5 / 0.1], rtol=1e-5)
    np.testing.assert_allclose(found[0, 1], -5, rtol=1e-5)


def test_a_slice_is_standardised_by_the_slices_near_it():
    deviation = np.stack([np.full((8, 8), each) for each in (0.1, 0.2, 0.5)])
    found = calibration(mean=np.zeros((3, 8, 8)), deviation=deviation, slices=np.array([10, 20]), window=10)
    images, decoded = np.full((4, 1, 8, 8), 255, np.uint8), np.zeros((4, 8, 8))
    by_slice = found.standardised(images, decoded, np.array([2, 14, 16, 99]))[:, 0, 0]
    np.testing.assert_allclose(by_slice, [5, 5, 2, 2], rtol=1e-5)
    np.testing.assert_allclose(found.standardised(images, decoded)[:, 0, 0], 10, rtol=1e-5)


def test_the_statistics_of_residuals_are_those_of_all_images_and_of_a_window():
    source = np.random.default_rng(0)
    values, numbers = source.normal(0.1, 0.2, (60, 8, 8)).astype(np.float32), np.arange(60) % 6
    residuals = Residuals(8, np.array([0, 3]), window=1)
    for start in range(0, 60, 25):
        residuals.add(values[start : start + 25], numbers[start : start + 25])
    mean, deviation = residuals.statistics
    for row, members in enumerate((numbers >= 0, numbers <= 1, (numbers >= 2) & (numbers <= 4))):
        np.testing.assert_allclose(mean[row], values[members].mean(0), atol=1e-6)
        np.testing.assert_allclose(deviation[row], values[members].std(0), atol=1e-6)


# what a run keeps


def test_a_run_is_calibrated_on_its_test_images_and_keeps_it(run, digits):
    found = calibrate(Session(run), run, digits)
    assert (found.split, found.count) == ("test", digits.count("test"))
    assert set(found.quantiles) == set(VAE_SCORES)
    stored = calibration_of(run, run.read_record())
    for name, quantiles in found.quantiles.items():
        np.testing.assert_array_equal(stored.quantiles[name], quantiles)
    np.testing.assert_allclose(stored.deviation, found.deviation, atol=1e-3)
    assert calibrate(Session(run), run, digits).count == found.count


def test_its_own_test_images_have_all_percentiles_alike_often(run, digits):
    images = digits.select("test")
    scorer = Scorer(Session(run), run)
    scores = scorer.scores(images.images, own_rows(images, digits, run.read_record()))
    found = calibrate(Session(run), run, digits).percentiles(scores)
    assert set(found) == set(VAE_SCORES)
    for percentiles in found.values():
        np.testing.assert_allclose(np.histogram(percentiles, 4, (0, 100))[0] / len(images), 0.25, atol=0.02)


def test_the_standardised_residuals_of_held_out_images_have_about_unit_spread(run, digits):
    images, session = digits.select("test").images, Session(run)
    found = calibrate(session, run, digits)
    residuals = found.standardised(images, session.reconstruct(images))[:, found.deviation[0] > FLOOR]
    assert residuals.mean() == pytest.approx(0, abs=0.01)
    assert residuals.std() == pytest.approx(1, abs=0.01)


def test_the_progress_rises_to_one_before_the_calibration(run, digits):
    *shares, last = calibrating(Session(run), run, digits)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert isinstance(last, Calibration)


def test_a_run_of_codes_has_scores_of_its_own(tmp_path):
    run = train_small_vqvae(tmp_path / "run")
    found = calibrate(CodeSession(run), run, opened("digits", 16))
    assert set(found.quantiles) == set(CODE_SCORES)


def test_slices_are_calibrated_on_the_validation_split_near_each_number(tmp_path):
    folder = tmp_path / "brains"
    write_oasis(folder)
    run = train_small(tmp_path / "run", dataset=str(folder), image_size=16)
    found = calibrate(Session(run), run, opened(folder, 16))
    assert (found.split, found.count, found.window) == ("validation", 2, 1)
    assert found.slices.tolist() == [0, 1]
    assert found.mean.shape == (3, 16, 16)


def test_there_are_no_more_slice_numbers_than_fit(tmp_path, monkeypatch):
    folder = tmp_path / "brains"
    write_oasis(folder)
    monkeypatch.setattr("explorer.held_out.MOST_BYTES", 2 * 4 * 16**2)
    run = train_small(tmp_path / "run", dataset=str(folder), image_size=16)
    assert calibrate(Session(run), run, opened(folder, 16)).mean.shape == (2, 16, 16)


def test_other_weights_need_another_calibration(tmp_path, digits):
    run = train_small(tmp_path / "run")
    calibrate(Session(run), run, digits)
    resume_small(run, epochs=3)
    assert calibration_of(run, run.read_record()) is None
    assert calibrate(Session(run), run, digits).model != ""
    assert calibration_of(run, run.read_record()) is not None


def test_the_command_stores_it_and_an_export_passes_it_on(tmp_path):
    run = train_small(tmp_path / "run")
    assert "359 test images" in store_calibration(run)
    target = export_run(run, Run(tmp_path / "exported"), "")
    assert calibration_of(target, target.read_record()).count == 359


def test_other_images_do_not_calibrate(run):
    with pytest.raises(DatasetError, match="is not what the model learned from"):
        calibrate(Session(run), Run(run.directory / "elsewhere"), opened("template-brain", 12))


@pytest.mark.parametrize(
    ("arrays", "strings"),
    [
        ({"elbo": np.zeros(7, np.float32)}, {}),
        ({"elbo": np.arange(201, 0, -1).astype(np.float32)}, {}),
        ({"elbo": np.full(201, np.nan, np.float32)}, {}),
        ({"residual.mean": np.zeros((1, 9, 8), np.float16)}, {}),
        ({"residual.deviation": np.full((1, 8, 8), -1, np.float16)}, {}),
        ({"residual.slices": np.array([1], np.int32)}, {}),
        ({}, {"split": "train"}),
        ({}, {"count": "many"}),
    ],
)
def test_what_does_not_belong_together_is_refused(tmp_path, arrays, strings):
    run = Run(tmp_path)
    good_arrays, good_strings = calibration().to_arrays()
    run.write_calibration({**good_arrays, **arrays}, good_strings | strings)
    with pytest.raises(RunError, match="the calibrate command makes it"):
        Calibration.from_arrays(*run.read_calibration(), 8)


def test_it_comes_back_as_it_was_stored(tmp_path):
    run, before = Run(tmp_path), calibration()
    run.write_calibration(*before.to_arrays())
    after = Calibration.from_arrays(*run.read_calibration(), 8)
    assert (after.split, after.count, after.window, after.model) == ("test", 2000, 0, "now, step 1")
    np.testing.assert_array_equal(after.quantiles["elbo"], before.quantiles["elbo"])


def test_a_run_that_nobody_calibrated_has_none(tmp_path):
    run = train_small(tmp_path / "run")
    assert calibration_of(run, run.read_record()) is None
    change_json(tmp_path / "run" / "run.json", (), created="another time")
    assert calibration_of(run, run.read_record()) is None
