"""What every model promises, over `MODELS`: a new model is tested by its line there and one here."""

import pytest
import torch
from torch import Tensor
from torch.optim import Adam

from explorer.models import MODELS, build_model
from explorer.models.base import Posterior, VariationalAutoencoder
from explorer.networks import ConvVAEConfig, NetworkConfig, VAEConfig
from explorer.objectives import vae_loss

CONV = ConvVAEConfig(image_size=12, latent_dim=3, encoder_channels=8, encoder_blocks=1, decoder_channels=8)

CONFIGS: dict[str, NetworkConfig] = {
    "vae": VAEConfig(image_size=12, hidden=32, latent_dim=3),
    "vae with projection": VAEConfig(image_size=12, hidden=32, latent_dim=3, projection=True),
    "conv": CONV,
    "conv with group normalisation": CONV.model_copy(update={"normalisation": "group"}),
    "conv with nearest upsampling": CONV.model_copy(update={"upsampling": "nearest"}),
}


@pytest.fixture(params=CONFIGS)
def model(request) -> VariationalAutoencoder:
    torch.manual_seed(0)
    return build_model(CONFIGS[request.param])


@pytest.fixture
def images() -> Tensor:
    """Eight images of blocks, easy to tell apart."""
    generator = torch.Generator().manual_seed(0)
    blocks = torch.rand(8, 1, 3, 3, generator=generator).round()
    return blocks.repeat_interleave(4, 2).repeat_interleave(4, 3)


def test_every_model_is_tested_here():
    assert {config.kind for config in CONFIGS.values()} == set(MODELS)


def test_a_pass_gives_logits_posterior_and_latent_of_the_stated_shapes(model, images):
    output = model(images, torch.zeros(8, 3))
    assert output.logits.shape == images.shape
    assert output.posterior.mean.shape == output.posterior.log_variance.shape == output.latent.shape == (8, 3)


def test_a_pass_decodes_mean_plus_sigma_times_noise(model, images):
    noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    mean, log_variance = model.encode(images)
    expected = mean + torch.sqrt(log_variance.exp()) * noise
    torch.testing.assert_close(model(images, noise).latent, expected)
    torch.testing.assert_close(model(images, noise).logits, model.decode(expected))


def test_samples_of_a_posterior_have_its_moments():
    posterior = Posterior(torch.full((1, 2), 3.0), torch.tensor([[0.0, -4.0]]))
    samples = posterior.sample(torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(samples.mean(0), torch.tensor([3.0, 3.0]), atol=0.03, rtol=0)
    torch.testing.assert_close(samples.var(0).log(), torch.tensor([0.0, -4.0]), atol=0.05, rtol=0)


def test_the_gradient_reaches_every_parameter(model, images):
    output = model(images, torch.ones(8, 3))
    vae_loss(output.logits, images, *output.posterior, reconstruction="bce", beta=1).total.backward()
    untouched = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert untouched == []


def test_an_image_is_coded_alike_alone_and_in_a_batch(model, images):
    torch.testing.assert_close(model.encode(images[:1]).mean, model.encode(images).mean[:1])
    torch.testing.assert_close(model.decode(torch.zeros(1, 3)), model.decode(torch.zeros(4, 3))[:1])


def test_one_batch_is_learnt_by_heart(model, images):
    optimizer = Adam(model.parameters(), lr=4e-3)
    errors = []
    for _ in range(300):
        output = model(images, torch.zeros(8, 3))
        loss = vae_loss(output.logits, images, *output.posterior, reconstruction="mse", beta=0)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        errors.append(loss.reconstruction.item())
    assert errors[-1] < 0.05 * errors[0]
