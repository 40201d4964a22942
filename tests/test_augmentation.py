"""Augmented scans: what the numbers do, and which epochs see them."""

from typing import Any

import torch
from small_runs import assert_close, assert_equal_runs, resume_small, train_small_vqvae
from torch import Tensor

from explorer.augmentation import GAMMA, GAMMA_ALONE, NUMBERS, augmented, contrasted
from explorer.learner import Augment, Learner
from explorer.prior_learner import PriorLearner

AS_IT_IS = [0.5, 0.5, 0.5, 0.5, 0.9, 0.5]  # unmoved, not mirrored


def blobs(count: int = 3, size: int = 16) -> Tensor:
    """Smooth pictures (N, 1, S, S) in [0, 1] that are not symmetric."""
    across = torch.linspace(-1, 1, size)
    shift = torch.linspace(-0.4, 0.4, count)[:, None, None]
    return torch.exp(-4 * ((across - shift) ** 2 + 2 * (across[:, None] - 0.2) ** 2))[:, None]


def test_the_middle_of_all_numbers_leaves_an_image_as_it_is():
    images = blobs()
    torch.testing.assert_close(augmented(images, torch.tensor([AS_IT_IS] * 3)), images, atol=1e-5, rtol=0)


def test_one_number_mirrors_and_one_changes_the_contrast():
    images = blobs()
    mirrored = torch.tensor([[*AS_IT_IS[:4], 0.1, 0.5]] * 3)
    torch.testing.assert_close(augmented(images, mirrored), images.flip(-1), atol=1e-5, rtol=0)
    brighter = torch.tensor([[*AS_IT_IS[:5], 0.0]] * 3)
    torch.testing.assert_close(augmented(images, brighter), images ** (1 - GAMMA), atol=1e-4, rtol=0)


def test_images_stay_in_range_and_depend_on_their_own_numbers_alone():
    images, numbers = blobs(8), torch.rand(8, NUMBERS, generator=torch.Generator().manual_seed(0))
    found = augmented(images, numbers)
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    torch.testing.assert_close(augmented(images[2:3], numbers[2:3]), found[2:3])


def test_contrast_alone_leaves_every_pixel_where_it_was():
    images, numbers = blobs(), torch.rand(3, NUMBERS, generator=torch.Generator().manual_seed(0))
    exponents = 1 + GAMMA_ALONE * (2 * numbers[:, 5] - 1)
    torch.testing.assert_close(contrasted(images, numbers), images ** exponents[:, None, None, None])


def test_the_prior_begins_with_moved_scans_and_ends_with_other_contrasts(tmp_path, monkeypatch):
    seen: list[tuple[bool, Augment | None]] = []

    def listen(self: Learner, *args: Any) -> list[Tensor]:
        seen.append((isinstance(self, PriorLearner), self.augment))
        return usual(self, *args)

    usual = Learner._backward
    monkeypatch.setattr(Learner, "_backward", listen)
    train_small_vqvae(tmp_path / "run", augmentation="scans", prior_augmented_epochs=1, precision="fp32")
    assert {augment for is_prior, augment in seen if not is_prior} == {augmented}
    of_prior = [augment for is_prior, augment in seen if is_prior]
    assert of_prior == [augmented] * (len(of_prior) // 2) + [contrasted] * (len(of_prior) // 2)


def test_a_run_with_augmentation_that_is_stopped_becomes_what_it_would_have_become(tmp_path):
    changes = {"augmentation": "scans", "prior_augmented_epochs": 1}
    whole = train_small_vqvae(tmp_path / "whole", **changes)
    run = train_small_vqvae(tmp_path / "run", stop_after=11, **changes)
    assert run.read_status().stage == "prior"
    assert resume_small(run).phase == "finished"
    assert_equal_runs(run, whole)
    assert_close(run.prior.read_weights(), whole.prior.read_weights())
