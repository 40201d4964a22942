"""Ancestral sampling: the cached sampler draws what the plain one does, and what a draw depends on."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.ancestral import CachedSampler, Draws, sample_plainly, site_distribution
from explorer.config import PixelCNNConfig
from explorer.errors import ConfigError
from explorer.models.pixelcnn import PixelCNN

SIZE = 6
CODES = 7


@dataclass(frozen=True)
class Recorded(Draws):
    """Draws that note the logits of every site that is drawn."""

    logits: list[Tensor] = field(default_factory=list)

    def draw(self, logits: Tensor, noise: Tensor, row: int, column: int) -> Tensor:
        self.logits.append(logits)
        return super().draw(logits, noise, row, column)


def prior(*, dilations: tuple[int, ...] = (1, 2, 4), classes: int = 0, size: int = SIZE) -> PixelCNN:
    """A random network of decided opinions: its draws depend on their context."""
    torch.manual_seed(1)
    config = PixelCNNConfig(prior_layers=4, prior_channels=16, prior_dilations=dilations)
    model = PixelCNN(config, codebook_size=CODES, map_size=size, classes=classes).eval()
    with torch.no_grad():
        model.head[-1].weight *= 20
        if model.class_embedding:
            model.class_embedding.weight *= 10
    return model


def half_kept() -> dict[str, Tensor]:
    """Two maps to complete: of the first the upper half is kept, of the second that and the left half."""
    keep = torch.zeros(2, SIZE, SIZE, dtype=torch.bool)
    keep[:, : SIZE // 2] = True
    keep[1, :, : SIZE // 2] = True
    return {"fixed": torch.randint(CODES, keep.shape, generator=torch.Generator().manual_seed(2)), "keep": keep}


@pytest.mark.parametrize(
    ("network", "how"),
    [
        ({}, {}),
        ({"dilations": (1,)}, {}),
        ({"dilations": (8,)}, {}),
        ({}, {"temperature": 0.4}),
        ({}, {"top_k": 3, "temperature": 1.7}),
        ({"classes": 2}, {}),
        ({"classes": 2}, {"labels": torch.tensor([1, 0])}),
        ({}, half_kept()),
    ],
    ids=["plain", "undilated", "dilated past the map", "cold", "top 3", "no class", "classes", "completed"],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cached_and_plain_sampling_draw_the_same_maps(
    network: dict[str, Any], how: dict[str, Any], dtype: torch.dtype
) -> None:
    model = prior(**network).to(dtype)
    plain, cached = Recorded(2, 3, **how), Recorded(2, 3, **how)
    assert torch.equal(CachedSampler(model).sample(cached), sample_plainly(model, plain))
    if "keep" in how:  # the cached way leaves out what only kept sites depend on
        plain.logits[: len(plain.logits) - len(cached.logits)] = []
    torch.testing.assert_close(cached.logits, plain.logits)


def test_draws_are_those_of_the_finished_maps_distribution() -> None:
    """Every logit that the sampler drew from is that of one pass over the finished map."""
    model, draws = prior().double(), Recorded(2, 0)
    codes = CachedSampler(model).sample(draws)
    logits = torch.stack(draws.logits, dim=2).view(2, CODES, SIZE, SIZE)
    with torch.inference_mode():
        torch.testing.assert_close(logits, model(codes))


def test_frequencies_of_draws_are_the_sites_probabilities() -> None:
    model = prior(size=2)
    codes = CachedSampler(model).sample(Draws(4000, 0, temperature=2, top_k=4))
    expected = site_distribution(model, codes[0], (0, 0), temperature=2, top_k=4)
    frequencies = codes[:, 0, 0].bincount(minlength=CODES) / len(codes)
    torch.testing.assert_close(frequencies, expected, atol=0.03, rtol=0)
    assert expected.count_nonzero() == 4
    assert expected.max() < 0.9


def test_a_sites_distribution_is_of_the_prefix_and_the_class() -> None:
    model = prior(classes=2)
    codes = torch.randint(CODES, (SIZE, SIZE))
    later = codes.clone()
    later[3, 2:] = 0
    first, same, other = (
        site_distribution(model, codes, (3, 2), label=0),
        site_distribution(model, later, (3, 2), label=0),
        site_distribution(model, codes, (3, 2), label=1),
    )
    assert first.sum() == pytest.approx(1)
    torch.testing.assert_close(first, same)
    assert not torch.allclose(first, other)


def test_rows_arrive_one_by_one() -> None:
    sampler, draws = CachedSampler(prior()), Draws(2, 0)
    rows = sampler.rows(draws)
    number, first = next(rows)
    assert (number, first.shape) == (0, (2, SIZE))
    finished = [first, *(codes for _, codes in rows)]
    assert torch.equal(torch.stack(finished, dim=1), sampler.sample(draws))


def test_a_map_depends_on_the_seed_and_its_number_alone() -> None:
    sampler = CachedSampler(prior())
    maps = sampler.sample(Draws(4, 5))
    assert torch.equal(maps, sampler.sample(Draws(4, 5)))
    assert torch.equal(maps[2:], sampler.sample(Draws(2, 5, first=2)))
    assert len(torch.cat([maps, sampler.sample(Draws(4, 6))]).unique(dim=0)) == 8


def test_the_class_changes_the_draws() -> None:
    sampler = CachedSampler(prior(classes=2))
    maps = [sampler.sample(Draws(1, 0, labels=torch.tensor([label]))) for label in range(3)]
    assert len(torch.cat(maps).unique(dim=0)) == 3


def test_completion_keeps_the_fixed_part_and_the_noise_of_the_rest() -> None:
    sampler, kept = CachedSampler(prior()), half_kept()
    completed = sampler.sample(Draws(2, 0, **kept))
    assert torch.equal(completed[kept["keep"]], kept["fixed"][kept["keep"]])
    free = sampler.sample(Draws(2, 0))
    assert not torch.equal(completed, free)
    assert torch.equal(sampler.sample(Draws(2, 0, fixed=free, keep=kept["keep"])), free)


def test_a_map_that_is_kept_whole_comes_back() -> None:
    fixed = half_kept()["fixed"]
    assert torch.equal(CachedSampler(prior()).sample(Draws(2, 0, fixed=fixed, keep=fixed >= 0)), fixed)


def test_the_likeliest_code_alone_leaves_nothing_to_chance() -> None:
    sampler = CachedSampler(prior())
    assert torch.equal(sampler.sample(Draws(1, 0, top_k=1)), sampler.sample(Draws(1, 1, top_k=1)))


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": 2.1}, "temperature"),
        ({"top_k": -1}, "likeliest"),
        ({"count": 0}, "count"),
        ({"seed": 2**32}, "seed"),
        ({"keep": torch.ones(1, SIZE, SIZE, dtype=torch.bool)}, "kept"),
    ],
)
def test_numbers_out_of_range_are_refused(how: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        Draws(**{"count": 1, "seed": 0} | how)
