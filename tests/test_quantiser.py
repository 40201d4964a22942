"""The codebook: which code is nearest, where gradients go, how codes follow and how they come back to life."""

import pytest
import torch

from explorer.models.quantiser import DEAD, DECAY, Quantiser, Usage

CODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])


@pytest.fixture
def quantiser() -> Quantiser:
    """Three codes of two numbers, each used four times a step so far."""
    quantiser = Quantiser(3, 2)
    quantiser.codebook.copy_(CODES)
    quantiser.counts.fill_(4)
    quantiser.sums.copy_(4 * CODES)
    return quantiser


def as_map(rows: list[list[float]]) -> torch.Tensor:
    """Vectors as one map with a single row of sites, (1, D, 1, n)."""
    return torch.tensor(rows).T[None, :, None]


def test_each_vector_gets_its_nearest_code(quantiser):
    latents = torch.randn(5, 2, 3, 4, generator=torch.Generator().manual_seed(0)) * 3
    rows = latents.permute(0, 2, 3, 1).reshape(-1, 2)
    expected = torch.cdist(rows, CODES).argmin(1).view(5, 3, 4)
    codes = quantiser.nearest(latents)
    assert len(expected.unique()) == 3
    torch.testing.assert_close(codes, expected)
    torch.testing.assert_close(quantiser.look_up(codes).permute(0, 2, 3, 1), CODES[expected])


def test_the_gradient_goes_straight_through_to_the_latents_and_not_to_the_codebook(quantiser):
    latents = as_map([[1.0, 0.5], [3.0, 1.0]]).requires_grad_()
    found = quantiser(latents)
    weights = torch.tensor([[1.0, -2.0], [3.0, 0.5]]).T[None, :, None]
    (found.vectors * weights).sum().backward()
    torch.testing.assert_close(found.vectors.detach(), as_map([[0.0, 0.0], [4.0, 0.0]]))
    torch.testing.assert_close(latents.grad, weights)
    assert not quantiser.codebook.requires_grad


def test_the_commitment_is_the_squared_distance_and_pulls_latents_to_their_codes(quantiser):
    latents = as_map([[1.0, 0.5], [3.0, 1.0]]).requires_grad_()
    commitment = quantiser(latents).commitment
    assert commitment.item() == pytest.approx(1.25 + 2)
    commitment.backward()
    torch.testing.assert_close(latents.grad, 2 * as_map([[1.0, 0.5], [-1.0, 1.0]]))


def test_a_step_moves_codes_as_computed_by_hand(quantiser):
    latents = as_map([[1.0, 1.0], [0.0, 2.0 - 1e-3], [5.0, 1.0]])
    codes = quantiser.nearest(latents)
    assert codes.flatten().tolist() == [0, 0, 1]
    usage = quantiser.usage(latents, codes)
    torch.testing.assert_close(usage.counts, torch.tensor([2.0, 1.0, 0.0]))
    quantiser.follow(usage)
    counts = [4 * DECAY + 2 * (1 - DECAY), 4 * DECAY + (1 - DECAY), 4 * DECAY]
    torch.testing.assert_close(quantiser.counts, torch.tensor(counts))
    first = (1 - DECAY) * torch.tensor([1.0, 3.0 - 1e-3]) / counts[0]
    second = (4 * DECAY * CODES[1] + (1 - DECAY) * torch.tensor([5.0, 1.0])) / counts[1]
    torch.testing.assert_close(quantiser.codebook, torch.stack([first, second, CODES[2]]), atol=1e-4, rtol=0)


def test_the_pieces_of_a_batch_add_up_to_its_usage(quantiser):
    latents = torch.randn(6, 2, 2, 2, generator=torch.Generator().manual_seed(1)) * 3
    codes = quantiser.nearest(latents)
    whole = quantiser.usage(latents, codes)
    parts = [quantiser.usage(latents[rows], codes[rows]) for rows in (slice(0, 2), slice(2, 6))]
    torch.testing.assert_close(whole, Usage(*(sum(each) for each in zip(*parts, strict=True))))


def test_a_code_that_is_hardly_used_is_dead_and_comes_back_where_it_is_put(quantiser):
    assert not len(quantiser.dead)
    quantiser.counts[2] = 0.5 * DEAD * 8 / 3
    assert quantiser.dead.tolist() == [2]
    quantiser.revive(quantiser.dead, torch.tensor([[7.0, 7.0]]))
    assert not len(quantiser.dead)
    assert quantiser.nearest(as_map([[6.0, 6.0]])).item() == 2
    mean = (quantiser.sums / quantiser.counts[:, None])[2]
    torch.testing.assert_close(mean, torch.tensor([7.0, 7.0]))
    quantiser.follow(Usage(torch.zeros(3), torch.zeros(3, 2)))
    torch.testing.assert_close(quantiser.codebook[2], torch.tensor([7.0, 7.0]), atol=1e-3, rtol=0)


def test_a_new_codebook_has_no_living_code():
    assert len(Quantiser(8, 2).dead) == 8
