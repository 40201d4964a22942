"""A session: a trained model that answers in arrays, to many at once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from datasets_files import opened
from small_runs import train_small

from explorer.errors import RunError
from explorer.inference import Session, standard_normal
from explorer.runs import Run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return train_small(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def session(run) -> Session:
    return Session(run)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """More test images than a batch of a session."""
    digits = opened("digits", 12)
    return digits.images[:600]


def test_images_and_latents_have_the_stated_shapes(session, images):
    mean, log_variance = session.encode(images)
    assert mean.shape == log_variance.shape == (600, 2)
    decoded = session.decode(mean)
    assert decoded.shape == session.reconstruct(images).shape == (600, 12, 12)
    assert {array.dtype for array in (mean, log_variance, decoded)} == {np.dtype(np.float32)}
    assert 0 <= decoded.min() < decoded.max() <= 1


def test_a_session_computes_what_its_model_computes(session, images):
    pixels = torch.from_numpy(images).float() / 255
    with torch.inference_mode():
        posterior = session.model.cpu().encode(pixels)
        expected = session.model.decode(posterior.mean).sigmoid()[:, 0]
    session.model.to(session.room.device)
    mean, log_variance = session.encode(images)
    np.testing.assert_allclose(mean, posterior.mean, atol=1e-5)
    np.testing.assert_allclose(log_variance, posterior.log_variance, atol=1e-5)
    np.testing.assert_allclose(session.decode(mean), expected, atol=1e-5)


def test_a_round_trip_is_measured_in_posterior_standard_deviations(session, images):
    latents = session.encode(images[:700])[0]
    with torch.inference_mode():
        z = torch.from_numpy(latents).to(session.room.device)
        posterior = session.model.encode(session.model.decode(z).sigmoid())
        expected = ((posterior.mean - z) / (0.5 * posterior.log_variance).exp()).norm(dim=1) / 2**0.5
    np.testing.assert_allclose(session.round_trip(latents), expected.cpu(), rtol=1e-4)


def test_a_noisy_reconstruction_decodes_mean_plus_sigma_times_noise(session, images):
    mean, log_variance = session.encode(images[:4])
    noise = standard_normal((4, 2), seed=3)
    expected = session.decode(mean + np.sqrt(np.exp(log_variance)) * noise)
    np.testing.assert_allclose(session.reconstruct(images[:4], noise), expected, atol=1e-5)


def test_quality_is_given_image_by_image_and_agrees_with_the_evaluation(session):
    test_set = opened("digits", 12).select("test")
    quality, means = session.quality(test_set.images), session.evaluate(test_set)
    for name, values in quality.items():
        assert values.shape == (359,)
        assert values.mean() == pytest.approx(getattr(means, name), rel=1e-4)


def test_an_evaluation_repeats_what_training_recorded(session):
    test_set = opened("digits", 12).select("test")
    means, recorded = session.evaluate(test_set), session.record.trained.test
    assert means.model_dump(exclude_none=True) == pytest.approx(recorded.model_dump(exclude_none=True), rel=1e-4)


def test_samples_are_given_by_their_seed(session):
    np.testing.assert_array_equal(session.sample(3, seed=1), session.sample(3, seed=1))
    assert (session.sample(3, seed=1) != session.sample(3, seed=2)).any()
    np.testing.assert_array_equal(session.sample(3, seed=1), session.decode(standard_normal((3, 2), seed=1)))


def test_many_threads_get_what_one_gets(session, images):
    batches = np.split(images, 20)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(session.reconstruct, batches))
    for batch, reconstruction in zip(batches, together, strict=True):
        np.testing.assert_allclose(reconstruction, session.reconstruct(batch), atol=1e-6)


def test_a_session_holds_no_gradients_and_is_in_evaluation_mode_also_after_an_evaluation(session):
    session.evaluate(opened("digits", 12).select("test"))
    assert not session.model.training
    assert not any(parameter.requires_grad for parameter in session.model.parameters())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda weights: {name: array[..., :1] for name, array in weights.items()},
        lambda weights: dict(list(weights.items())[1:]),
        lambda weights: weights | {"further": np.zeros(1)},
    ],
    ids=["another shape", "one missing", "one too many"],
)
def test_weights_that_do_not_fit_are_a_sentence(spoil, tmp_path):
    run = train_small(tmp_path / "run", stop_after=0)
    run.write_weights(spoil(run.read_weights()))
    with pytest.raises(RunError, match=r"^The weights do not fit the model that run\.json describes: ") as error:
        Session(run)
    assert "\n" not in str(error.value)


def test_a_directory_without_a_run_is_a_sentence(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        Session(Run(tmp_path))
