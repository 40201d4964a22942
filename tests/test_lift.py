"""From places of a map to latents: what is projected comes back, what lies between points is like those around."""

import numpy as np
import pytest
import torch

from explorer.inference import Session
from explorer.latent import LatentSpace
from explorer.library import find_run
from explorer.lift import LIFTED_FROM, LinearLift, NeighbourLift
from explorer.metrics import ssim
from explorer.stored_maps import stored_maps


@pytest.fixture
def linear() -> LinearLift:
    generator = np.random.default_rng(0)
    axes, _ = np.linalg.qr(generator.normal(size=(7, 2)))
    return LinearLift(axes.astype(np.float32), generator.normal(size=7).astype(np.float32))


@pytest.fixture
def bent() -> NeighbourLift:
    generator = np.random.default_rng(0)
    return NeighbourLift(*(generator.normal(size=(700, size)).astype(np.float32) for size in (2, 5)))


def test_the_projection_of_a_lifted_place_is_the_place(linear):
    places = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
    np.testing.assert_allclose(linear.project(linear.lift(places)), places, atol=1e-6)


def test_the_base_s_own_place_is_lifted_to_the_base_and_no_other_direction_ever_changes(linear):
    np.testing.assert_allclose(linear.lift(linear.project(linear.base[None]))[0], linear.base, atol=1e-6)
    away = linear.lift(np.array([[3, -4]], np.float32))[0] - linear.base
    np.testing.assert_allclose(away - linear.axes @ (linear.axes.T @ away), 0, atol=1e-6)


def test_a_mapped_place_is_lifted_to_its_own_latent(bent):
    np.testing.assert_allclose(bent.lift(bent.points), bent.latents, atol=1e-5)


def test_the_weights_are_as_the_docstring_says(bent):
    place = np.array([0.3, -0.2])
    distances = np.linalg.norm(bent.points - place, axis=1)
    order = np.argsort(distances)
    weights = distances[order[LIFTED_FROM]] / distances[order[:LIFTED_FROM]] - 1
    expected = weights @ bent.latents[order[:LIFTED_FROM]] / weights.sum()
    np.testing.assert_allclose(bent.lift(place[None].astype(np.float32))[0], expected, atol=1e-5)


def test_a_latent_moves_without_a_jump_where_its_neighbours_change(bent):
    way = np.linspace([-0.5, 0.1], [0.5, 0.1], 20_001).astype(np.float32)
    steps = np.linalg.norm(np.diff(bent.lift(way), axis=0), axis=1)
    rows = [np.argsort(np.linalg.norm(bent.points - place, axis=1))[:LIFTED_FROM] for place in way[::1000]]
    assert len({tuple(sorted(each)) for each in rows}) > 10
    assert steps.max() < 0.01


def test_points_that_coincide_share_a_latent_and_few_points_are_enough():
    three = NeighbourLift(np.array([[0, 0], [0, 0], [1, 0]], np.float32), np.array([[1], [3], [9]], np.float32))
    np.testing.assert_allclose(three.lift(np.array([[0, 0], [1, 0]], np.float32)), [[2], [9]], atol=1e-5)
    alike = NeighbourLift(np.zeros((20, 2), np.float32), np.arange(20, dtype=np.float32)[:, None])
    assert np.isfinite(alike.lift(np.ones((1, 2), np.float32))).all()


@pytest.mark.parametrize("name", ["mnist-20", "oasis-8", "brain-conv-32"])
def test_what_lies_between_points_decodes_nearer_to_the_truth_than_the_nearest_point_alone(name):
    run = find_run(name)
    latents = LatentSpace.from_arrays(run.read_latents(), run.read_record().data).mean
    points, session = stored_maps(run)[0].read(), Session(run)
    left_out = np.random.default_rng(0).random(len(points)) < 0.1
    kept = NeighbourLift(points[~left_out], latents[~left_out])
    alone = np.square(points[left_out][:, None] - kept.points).sum(2).argmin(1)
    true = torch.from_numpy(session.decode(latents[left_out]))[:, None]
    lifted, nearest = (
        ssim(torch.from_numpy(session.decode(each))[:, None], true).mean().item()
        for each in (kept.lift(points[left_out]), kept.latents[alone])
    )
    assert lifted > nearest
