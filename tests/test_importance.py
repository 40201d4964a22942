"""The importance-weighted bound against what is known in closed form."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from small_runs import train_small, train_small_vqvae
from torch import Tensor
from torch.distributions import MultivariateNormal

from explorer import importance
from explorer.__main__ import main
from explorer.batches import to_unit
from explorer.errors import ConfigError
from explorer.evaluation import evaluate
from explorer.importance import Bound, ScoredVAE, binarised, importance_bound, require_bound
from explorer.metrics import gaussian_kl
from explorer.models.base import Posterior
from explorer.runs import Run

PIXELS, LATENTS, NOISE = 6, 2, 0.5


@dataclass(frozen=True)
class LinearGaussian:
    """x = W z + noise, W with orthogonal columns: the posterior is diagonal, and q is that, made wider by a factor."""

    weights: Tensor
    too_wide: float = 1.0

    def posterior(self, images: Tensor) -> Posterior:
        precision = 1 + self.weights.square().sum(0) / NOISE**2
        mean = images @ self.weights / NOISE**2 / precision
        return Posterior(mean, (self.too_wide**2 / precision).log().expand_as(mean))

    def log_likelihood(self, images: Tensor, latents: Tensor) -> Tensor:
        error = (images[:, None] - latents @ self.weights.T).square().sum(-1)
        return -0.5 * error / NOISE**2 - PIXELS * math.log(NOISE * math.sqrt(2 * math.pi))

    def loss(self, images: Tensor) -> float:
        """-log p(x), in closed form."""
        covariance = self.weights @ self.weights.T + NOISE**2 * torch.eye(PIXELS)
        return -float(MultivariateNormal(torch.zeros(PIXELS), covariance).log_prob(images).mean())

    def analytic_elbo(self, images: Tensor) -> float:
        """The ELBO as a loss: its error at the mean, what the width adds to it, and the KL."""
        mean, log_variance = self.posterior(images)
        spread = (log_variance.exp() * self.weights.square().sum(0)).sum(1) / (2 * NOISE**2)
        error = -self.log_likelihood(images, mean[:, None])[:, 0]
        return float((error + spread + gaussian_kl(mean, log_variance).sum(1)).mean())


@pytest.fixture
def linear() -> LinearGaussian:
    return LinearGaussian(
        torch.linalg.qr(torch.randn(PIXELS, LATENTS, generator=seeded(0)))[0] * torch.tensor([2.0, 0.7])
    )


@pytest.fixture
def images(linear: LinearGaussian) -> Tensor:
    latents = torch.randn(50, LATENTS, generator=seeded(1))
    return latents @ linear.weights.T + NOISE * torch.randn(50, PIXELS, generator=seeded(2))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train_small(tmp_path_factory.mktemp("trained") / "run")


@pytest.fixture(scope="module")
def pixels() -> Tensor:
    return torch.randint(0, 256, (20, 1, 12, 12), generator=seeded(3), dtype=torch.uint8)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def found(model: importance.LatentVariableModel, images: Tensor, samples: int, **options: int) -> Bound:
    *_, last = importance_bound(model, images, samples, **options)
    assert last.share == 1
    assert last.found is not None
    return last.found


@pytest.mark.parametrize("samples", [1, 7, 64, 100])
def test_where_q_is_the_true_posterior_every_bound_is_exact(linear, images, samples):
    both = found(linear, images, samples)
    assert both.bound == pytest.approx(linear.loss(images), abs=1e-4)
    assert both.elbo == pytest.approx(linear.loss(images), abs=1e-4)


def test_of_one_sample_the_bound_is_on_average_the_elbo_in_closed_form(linear, images):
    wide = LinearGaussian(linear.weights, too_wide=1.6)
    bounds = np.array([found(wide, images, 1, seed=seed).bound for seed in range(200)])
    standard_error = bounds.std(ddof=1) / math.sqrt(len(bounds))
    assert abs(bounds.mean() - wide.analytic_elbo(images)) < 4 * standard_error
    assert standard_error < 0.02 < wide.analytic_elbo(images) - wide.loss(images)


def test_of_one_sample_the_bound_of_a_vae_is_on_average_the_elbo_that_evaluate_gives(run, pixels):
    model = ScoredVAE.open(run)
    bounds = np.array([found(model, pixels, 1, seed=seed).bound for seed in range(100)])
    many = pixels.repeat(100, 1, 1, 1)
    expected = evaluate(model.model, many, run.read_record().config.objective).means.elbo
    assert bounds.mean() == pytest.approx(expected, abs=5 * bounds.std() / math.sqrt(100))


def test_on_average_more_samples_tighten_the_bound_towards_the_truth(linear, images):
    wide = LinearGaussian(linear.weights, too_wide=1.6)
    means = [np.mean([found(wide, images, k, seed=seed).bound for seed in range(20)]) for k in (1, 4, 16, 256)]
    assert means == sorted(means, reverse=True)
    assert means[-1] == pytest.approx(wide.loss(images), abs=0.01)
    assert means[0] - means[-1] > 0.1


def test_the_elbo_beside_a_bound_is_never_below_it_and_equal_for_one_sample(run, pixels):
    model = ScoredVAE.open(run)
    one, many = found(model, pixels, 1), found(model, pixels, 70)
    assert one.bound == pytest.approx(one.elbo, abs=1e-9)
    assert many.bound < many.elbo
    assert (many.samples, many.count) == (70, 20)


def test_the_pieces_that_fit_into_memory_change_nothing(run, pixels, monkeypatch):
    model = ScoredVAE.open(run)
    whole = found(model, pixels, 70)
    monkeypatch.setattr(importance, "MOST_PIXELS", 64 * 144 * 3)
    steps = list(importance_bound(model, pixels, 70))
    assert [step.share for step in steps] == sorted(step.share for step in steps)
    assert len(steps) == 2 * 7 + 1
    assert steps[-1].found.bound == pytest.approx(whole.bound, abs=1e-4)


def test_a_squared_error_is_a_gaussian_of_variance_one_half_without_its_constant(tmp_path, pixels):
    model = ScoredVAE.open(train_small(tmp_path / "run", reconstruction="mse", epochs=1))
    latents = torch.randn(20, 3, 2, generator=seeded(4))
    decoded = model.model.decode(latents.flatten(0, 1)).sigmoid().view(20, 3, -1)
    gaussian = torch.distributions.Normal(decoded, math.sqrt(0.5)).log_prob(to_unit(pixels).flatten(1)[:, None])
    expected = gaussian.sum(-1) + 144 * math.log(math.pi) / 2
    torch.testing.assert_close(model.log_likelihood(pixels, latents), expected, atol=1e-4, rtol=1e-5)


def test_pixels_are_scored_as_bernoulli(run, pixels):
    model = ScoredVAE.open(run)
    latents = torch.randn(20, 3, 2, generator=seeded(4))
    logits = model.model.decode(latents.flatten(0, 1)).view(20, 3, -1)
    white = binarised(pixels)
    expected = torch.distributions.Bernoulli(logits=logits).log_prob(to_unit(white).flatten(1)[:, None]).sum(-1)
    torch.testing.assert_close(model.log_likelihood(white, latents), expected, atol=1e-3, rtol=1e-5)


def test_binarised_images_are_black_and_white_as_often_as_they_are_grey():
    images = torch.tensor([0, 64, 255], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 1, 100, 100)
    white = binarised(images)
    assert white.unique().tolist() == [0, 255]
    shares = to_unit(white).mean((1, 2, 3))
    assert shares.tolist() == pytest.approx([0, 64 / 255, 1], abs=0.02)
    assert torch.equal(binarised(images[:2]), white[:2])


# the command line


def test_evaluate_adds_the_bound_and_the_elbo_of_the_same_images(run, capsys):
    facts = evaluated(capsys, run, "--iw", "8")
    assert facts["iw_bound"] < facts["iw_elbo"]
    assert facts["iw_elbo"] == pytest.approx(facts["elbo"], rel=0.01)
    assert facts["iw_k"] == 8
    assert "grey images, Bernoulli" in facts["iw_protocol"]


def test_evaluate_scores_binarised_images_when_asked(run, capsys):
    facts = evaluated(capsys, run, "--iw", "8", "--binarize")
    assert "binarised by chance" in facts["iw_protocol"]
    grey = evaluated(capsys, run, "--iw", "8")
    assert abs(grey["iw_elbo"] - facts["iw_elbo"]) > 1e-3
    assert "iw_bound" not in evaluated(capsys, run)


def test_a_bound_that_cannot_be_is_refused_in_one_sentence(run, tmp_path, capsys):
    squared = train_small(tmp_path / "squared", reconstruction="mse", epochs=1)
    codes = train_small_vqvae(tmp_path / "codes", epochs=1, prior_epochs=1)
    assert "at least one sample" in refused(capsys, run, "--iw", "0")
    assert "add --iw K" in refused(capsys, run, "--binarize")
    assert "leave the images grey" in refused(capsys, squared, "--iw", "4", "--binarize")
    assert "no posterior to draw from" in refused(capsys, codes, "--iw", "4")
    config = run.read_record().config.override(reconstruction="ssim")
    with pytest.raises(ConfigError, match="needs a likelihood"):
        require_bound(config, 4, is_binarised=False)


def evaluated(capsys: pytest.CaptureFixture[str], run: Run, *options: str) -> dict[str, object]:
    assert main(["evaluate", str(run.directory), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], run: Run, *options: str) -> str:
    assert main(["evaluate", str(run.directory), *options]) == 2
    return capsys.readouterr().err
