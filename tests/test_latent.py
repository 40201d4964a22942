"""What is read from the stored posterior: ranges of sliders, dead dimensions, starts, axes, the plane of a map."""

from statistics import NormalDist
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from datasets_files import opened
from safetensors.numpy import load, save
from sklearn.decomposition import PCA
from small_runs import train_small

from explorer.errors import RunError
from explorer.latent import DEAD_KL, GROUP_SIZE, LatentSpace, first_two_principal_axes
from explorer.models.base import Posterior
from explorer.records import DataRecord
from explorer.snapshots import summarise_latents

DIGITS = tuple("0123456789")


def space(count: int, **columns: np.ndarray) -> LatentSpace:
    """`count` latents of three dimensions; the mean of row i is i."""
    mean = np.repeat(np.arange(count, dtype=np.float16)[:, np.newaxis], 3, axis=1)
    statistics = {name: np.zeros(3, np.float32) for name in ("kl", "low", "high")}
    return LatentSpace.from_arrays({"mean": mean, "log_variance": mean} | statistics | columns, data(*DIGITS))


def data(*label_names: str) -> DataRecord:
    return DataRecord(name="idx", title="Shapes", source="shapes", fingerprint="", counts={}, label_names=label_names)


def test_ranges_are_quantiles_of_posterior_samples():
    mean = 2 * torch.randn(100_000, 1, generator=torch.Generator().manual_seed(0))
    posterior = Posterior(mean, torch.zeros_like(mean))  # samples have a variance of 4 + 1
    arrays = summarise_latents(posterior, SimpleNamespace(labels=None, metadata={}))
    reach = 5**0.5 * NormalDist().inv_cdf(0.995)
    np.testing.assert_allclose([arrays["low"], arrays["high"]], [[-reach], [reach]], atol=0.1)


def test_arrays_are_floats_labels_and_further_columns():
    column = np.arange(4, dtype=np.int32)
    latents = space(4, labels=column.astype(np.int16), slice=column)
    assert latents.mean.dtype == np.float32
    assert latents.labels.tolist() == [0, 1, 2, 3]
    assert {name: values.tolist() for name, values in latents.metadata.items()} == {"slice": [0, 1, 2, 3]}
    assert space(4).labels is None


def test_a_sample_is_drawn_from_the_posterior_of_its_row_and_always_the_same():
    rows = np.arange(3000) % 2
    means, deviations = np.array([[0.0, 5.0], [-2.0, 1.0]]), np.array([[1.0, 0.1], [2.0, 0.5]])
    latents = space(2, mean=means, log_variance=2 * np.log(deviations), kl=np.ones(2), low=means[0], high=means[0])
    draws = latents.sample(rows)
    for row in (0, 1):
        np.testing.assert_allclose(draws[rows == row].mean(0), means[row], atol=0.2)
        np.testing.assert_allclose(draws[rows == row].std(0), deviations[row], rtol=0.1)
    np.testing.assert_array_equal(latents.sample(rows), draws)


@pytest.mark.parametrize(
    "columns",
    [{"mean": np.zeros((3, 3))}, {"kl": np.zeros(2)}, {"slice": np.zeros(5)}, {"labels": np.array([0, 1, 2, 10])}],
)
def test_arrays_that_do_not_belong_together_are_refused(columns):
    with pytest.raises(RunError, match="sizes that do not belong together"):
        space(4, **columns)


def test_a_missing_array_is_named():
    with pytest.raises(RunError, match=r"latents.safetensors has no 'mean'; the run is incomplete"):
        LatentSpace.from_arrays({}, data())


def test_a_dimension_of_hardly_any_information_is_dead():
    assert space(2, kl=np.array([0, DEAD_KL / 2, 1], np.float32)).dead.tolist() == [True, True, False]


def test_every_class_of_a_trained_run_has_starts_that_are_its_test_images(tmp_path):
    run = train_small(tmp_path / "run", epochs=1)
    latents = LatentSpace.from_arrays(run.read_latents(), run.read_record().data)
    starts = latents.starts(run.read_record().data)
    labels = opened("digits", 12).select("test").labels
    assert {start.group for start in starts} == {f"digit {digit}" for digit in DIGITS}
    assert len(starts) == 10 * GROUP_SIZE
    for start in starts:
        row = int(start.label.split()[-1])
        assert start.label == f"{start.group}, test image {row}"
        assert start.group == f"digit {labels[row]}"
        np.testing.assert_array_equal(start.latent, latents.mean[row])


def test_classes_that_are_no_digits_go_by_their_names():
    starts = space(4, labels=np.array([0, 0, 1, 1])).starts(data("Shirt", "Boot"))
    assert [start.label for start in starts] == [
        *("Shirt, test image 0", "Shirt, test image 1", "Boot, test image 2", "Boot, test image 3")
    ]


def test_without_classes_starts_are_spread_over_the_slices():
    starts = space(90, slice=np.repeat(np.arange(5, 35), 3)).starts(data())
    groups = list(dict.fromkeys(start.group for start in starts))
    assert (len(groups), groups[0], groups[-1]) == (10, "slice 5", "slice 34")
    assert len(starts) == 30


def test_without_anything_known_starts_are_spread_over_the_set():
    starts = space(100).starts(data())
    assert list(dict.fromkeys(start.group for start in starts)) == [f"part {part}" for part in range(10)]
    assert len({float(start.latent[0]) for start in starts}) == 100


@pytest.mark.parametrize("count", [1, 3])
def test_few_images_are_all_starts(count):
    assert len(space(count).starts(data())) == count


def gaussian(mean: np.ndarray, deviation: np.ndarray) -> LatentSpace:
    """Posteriors with these means (N, L), and deviations (L,) that all of them have."""
    log_variance = np.broadcast_to(2 * np.log(deviation), mean.shape)
    statistics = {name: np.zeros(mean.shape[1], np.float32) for name in ("kl", "low", "high")}
    return LatentSpace.from_arrays({"mean": mean, "log_variance": log_variance} | statistics, data())


def test_principal_axes_are_those_of_samples_of_the_aggregate_posterior():
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    deviation = np.array([0.3, 1.5, 0.2])
    mean = rng.standard_normal((40_000, 3)) * [3, 1, 0.1] @ turn + [0.5, 0, -1]
    axes = gaussian(mean, deviation).principal_axes()
    samples = mean + deviation * rng.standard_normal(mean.shape)
    expected = PCA(3).fit(samples)
    np.testing.assert_allclose(np.abs(axes.axes @ expected.components_.T), np.eye(3), atol=0.05)
    np.testing.assert_allclose(axes.share, expected.explained_variance_ratio_, atol=0.01)
    low, high = np.quantile(mean @ axes.axes.T, (0.005, 0.995), axis=0)
    np.testing.assert_allclose([axes.low, axes.high], [low, high], atol=0.01)
    assert (axes.axes[range(3), np.abs(axes.axes).argmax(1)] > 0).all()


def test_axes_travel_as_they_are():
    axes = gaussian(np.random.default_rng(3).standard_normal((99, 4)), np.ones(4)).principal_axes().axes
    np.testing.assert_array_equal(load(save({"axes": axes}))["axes"], axes)
    assert not np.allclose(axes, axes.T)


def test_an_axis_whose_variance_is_all_within_the_posteriors_is_dead():
    mean = np.random.default_rng(2).standard_normal((5000, 2)) * [0.5, 0.01]
    axes = gaussian(mean, np.array([0.5, 1])).principal_axes()
    np.testing.assert_allclose(np.abs(axes.axes), [[0, 1], [1, 0]], atol=0.02)
    np.testing.assert_allclose(axes.share, [2 / 3, 1 / 3], atol=0.02)
    np.testing.assert_allclose(axes.between, [0, 0.5], atol=0.03)
    assert axes.dead.tolist() == [True, False]


@pytest.mark.parametrize("count", [1, 2])
def test_few_images_and_a_single_dimension_have_axes_too(count):
    axes = gaussian(np.ones((count, 1)), np.array([2.0])).principal_axes()
    assert (axes.axes.tolist(), axes.share.tolist(), axes.between.tolist()) == ([[1]], [1], [0])
    assert axes.low < axes.high


def test_kinds_are_classes_or_else_slices_or_not_known():
    classes = space(4, labels=np.array([5, 0, 5, 9])).kinds(data(*DIGITS))
    assert (classes.names, classes.of.tolist()) == (("digit 0", "digit 5", "digit 9"), [1, 0, 1, 2])
    slices = space(3, slice=np.array([16, 4, 16])).kinds(data())
    assert (slices.names, slices.of.tolist()) == (("slice 4", "slice 16"), [1, 0, 1])
    assert space(3).kinds(data()) is None


def test_the_plane_of_a_map_is_that_of_the_first_two_principal_components():
    latents = np.random.default_rng(0).standard_normal((50, 5)).astype(np.float32) * np.array(
        [1, 9, 2, 5, 1], np.float32
    )
    plane, expected = first_two_principal_axes(latents), PCA(2).fit_transform(latents)
    np.testing.assert_allclose(np.abs(plane), np.abs(expected), atol=1e-3)


@pytest.mark.parametrize(("dims", "expected"), [(1, [[3, 0]]), (2, [[3, 3]])])
def test_latents_that_are_a_plane_stay_as_they_are(dims, expected):
    assert first_two_principal_axes(np.full((1, dims), 3, np.float32)).tolist() == expected
