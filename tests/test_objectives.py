"""The loss against torch's own, its reductions, and its precision."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.metrics import gaussian_kl
from explorer.objectives import RECONSTRUCTIONS, LossParts, bernoulli_nll, beta_at, to_images, vae_loss


@pytest.fixture
def batch() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits, images = torch.randn(2, 6, 1, 8, 8, generator=generator)
    mean, log_variance = torch.randn(2, 6, 3, generator=generator)
    return {"logits": 4 * logits, "images": images.sigmoid(), "mean": mean, "log_variance": log_variance}


def test_bce_is_torchs_summed_over_pixels_and_averaged_over_the_batch(batch):
    loss = vae_loss(**batch, reconstruction="bce", beta=1)
    expected = F.binary_cross_entropy_with_logits(batch["logits"], batch["images"], reduction="sum") / 6
    torch.testing.assert_close(loss.reconstruction, expected)


def test_bce_has_the_gradient_of_torchs(batch):
    logits = batch["logits"].requires_grad_()
    ours = torch.autograd.grad(bernoulli_nll(logits, batch["images"]), logits)
    reference = F.binary_cross_entropy_with_logits(logits, batch["images"], reduction="sum")
    torch.testing.assert_close(ours, torch.autograd.grad(reference, logits))


def test_bce_gradient_is_that_of_finite_differences(batch):
    logits, images = batch["logits"].double().requires_grad_(), batch["images"].double()
    assert torch.autograd.gradcheck(bernoulli_nll, (logits, images))


@pytest.mark.parametrize("logit", [-200.0, -30.0, 0.0, 30.0, 200.0])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_bce_holds_where_the_sigmoid_saturates(logit, value):
    logits, images = torch.tensor([logit]), torch.tensor([value])
    expected = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    torch.testing.assert_close(bernoulli_nll(logits, images), expected, atol=1e-6, rtol=1e-6)


def test_mse_is_the_squared_error_of_the_images(batch):
    loss = vae_loss(**batch, reconstruction="mse", beta=1)
    expected = F.mse_loss(to_images(batch["logits"]), batch["images"], reduction="sum") / 6
    torch.testing.assert_close(loss.reconstruction, expected)


def test_kl_is_summed_over_dimensions_and_averaged_over_the_batch(batch):
    loss = vae_loss(**batch, reconstruction="bce", beta=1)
    expected = gaussian_kl(batch["mean"], batch["log_variance"]).sum(1).mean()
    torch.testing.assert_close(loss.kl, expected)


@pytest.mark.parametrize("beta", [0.0, 0.5, 4.0])
def test_beta_weighs_the_kl_in_the_total_alone(batch, beta):
    loss, plain = (vae_loss(**batch, reconstruction="bce", beta=weight) for weight in (beta, 1.0))
    torch.testing.assert_close(loss.total, plain.reconstruction + beta * plain.kl)
    assert (loss.kl, loss.reconstruction) == (plain.kl, plain.reconstruction)


@pytest.mark.parametrize("reconstruction", RECONSTRUCTIONS)
def test_loss_does_not_depend_on_the_batch_size(batch, reconstruction):
    twice = {name: torch.cat([values, values]) for name, values in batch.items()}
    once_parts, twice_parts = (vae_loss(**b, reconstruction=reconstruction, beta=2) for b in (batch, twice))
    torch.testing.assert_close(once_parts, twice_parts)


@pytest.mark.parametrize("reconstruction", RECONSTRUCTIONS)
def test_parts_are_float32_under_bf16_autocast(batch, reconstruction):
    half = {name: values.bfloat16() for name, values in batch.items()}
    with torch.autocast("cpu", torch.bfloat16):
        loss = vae_loss(**half, reconstruction=reconstruction, beta=1)
    exact = vae_loss(**{k: v.double() for k, v in half.items()}, reconstruction=reconstruction, beta=1)
    assert {part.dtype for part in loss} == {torch.float32}
    torch.testing.assert_close(loss, exact)


def test_gradient_through_bf16_logits(batch):
    logits = batch["logits"].bfloat16().requires_grad_()
    vae_loss(**(batch | {"logits": logits}), reconstruction="bce", beta=1).total.backward()
    expected = (to_images(logits) - batch["images"]) / 6
    torch.testing.assert_close(logits.grad, expected.bfloat16())


def test_parts_are_spelled_once():
    assert LossParts._fields == ("total", "reconstruction", "kl")


def test_images_are_float32_between_black_and_white():
    images = to_images(torch.tensor([-1e4, 0.0, 1e4], dtype=torch.bfloat16))
    torch.testing.assert_close(images, torch.tensor([0.0, 0.5, 1.0]))


@pytest.mark.parametrize(("epoch", "expected"), [(0, 0.0), (0.5, 0.5), (2, 2.0), (3, 2.0), (math.inf, 2.0)])
def test_beta_grows_linearly_over_the_warmup(epoch, expected):
    assert beta_at(2.0, warmup_epochs=2.0, epoch=epoch) == expected


def test_beta_is_constant_without_a_warmup():
    assert beta_at(2.0, warmup_epochs=0, epoch=0) == 2.0
