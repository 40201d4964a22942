"""The VQ-VAE: shapes, counts, how far a code reaches, and how its numbers are counted."""

import pytest
import torch

from explorer.code_evaluation import evaluate_codes, perplexity
from explorer.config import ObjectiveConfig
from explorer.errors import ConfigError
from explorer.metrics import ssim
from explorer.models import build_vqvae
from explorer.networks import NetworkConfig, VQVAEConfig
from explorer.objectives import to_images

SMALL = {"codebook_size": 12, "code_dim": 3, "hidden_channels": 8, "residual_blocks": 1}


def config(**changes: int) -> VQVAEConfig:
    """A network that computes in an instant."""
    return VQVAEConfig.parse(SMALL | {"image_size": 32} | changes)


@pytest.mark.parametrize("downsamplings", [2, 3])
def test_an_image_becomes_a_map_of_codes_and_an_image_again(downsamplings):
    model = build_vqvae(config(downsamplings=downsamplings))
    images = torch.rand(2, 1, 32, 32)
    codes, side = model.encode(images), 32 >> downsamplings
    assert codes.shape == (2, side, side)
    assert codes.dtype == torch.int64
    assert model.decode(codes).shape == images.shape
    output = model(images)
    torch.testing.assert_close(output.codes, codes)
    torch.testing.assert_close(output.logits, model.decode(codes), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("changes", [{}, {"downsamplings": 3}, {"residual_blocks": 2, "code_dim": 5}])
def test_the_config_counts_the_parameters(changes):
    model = build_vqvae(config(**changes))
    count = sum(each.numel() for each in model.parameters()) + model.quantiser.codebook.numel()
    assert model.config.parameter_count == count


def test_the_layout_follows_the_feature_maps():
    network: NetworkConfig = config()
    shapes = [shape for _, shape in network.layout]
    assert shapes == [(1, 32, 32), (4, 16, 16), (8, 8, 8), (8, 8), (8, 8, 8), (4, 16, 16), (1, 32, 32)]


def test_an_image_that_cannot_be_halved_is_refused():
    with pytest.raises(ConfigError, match="an image of 30 pixels cannot be halved 2 times"):
        config(image_size=30)


def test_a_changed_code_changes_the_image_only_around_it():
    model = build_vqvae(config(image_size=64))
    codes = torch.randint(12, (1, 16, 16), generator=torch.Generator().manual_seed(0))
    changed = codes.clone()
    changed[0, 8, 8] = (codes[0, 8, 8] + 1) % 12
    moved = (model.decode(codes) != model.decode(changed))[0, 0].nonzero()
    sites = moved // 4 - 8
    assert len(moved) > 16
    assert int(sites.abs().max()) <= 4


def test_the_numbers_are_those_of_the_whole_set_whatever_the_batches():
    model = build_vqvae(config())
    pixels = torch.randint(256, (7, 1, 32, 32), generator=torch.Generator().manual_seed(0)).byte()
    objective = ObjectiveConfig(reconstruction="mse", commitment=2.0)
    means, codes = evaluate_codes(model, pixels, objective)
    again = evaluate_codes(model, pixels, objective, batch=3)
    assert again.means.model_dump(exclude_none=True) == pytest.approx(means.model_dump(exclude_none=True), rel=1e-5)
    torch.testing.assert_close(codes, again.codes)
    images = pixels / 255
    decoded = to_images(model.decode(model.encode(images)))
    assert means.ssim == pytest.approx(ssim(decoded, images).mean().item(), abs=1e-6)
    assert means.reconstruction == pytest.approx((decoded - images).square().sum().item() / 7, rel=1e-5)
    assert means.total == pytest.approx(means.reconstruction + 2 * means.commitment, rel=1e-6)
    assert means.usage == len(codes.unique()) / 12
    assert means.elbo is means.kl is None


def test_perplexity_is_how_many_codes_used_alike_would_be_as_varied():
    assert perplexity(torch.tensor([5, 5, 5, 5, 0])) == pytest.approx(4)
    assert perplexity(torch.tensor([9, 0, 0])) == pytest.approx(1)
    assert perplexity(torch.tensor([3, 1])) == pytest.approx(1.7548, abs=1e-4)
