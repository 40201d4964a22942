"""Metrics against the libraries and the formulas that define them."""

import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from explorer.errors import DatasetError
from explorer.metrics import PSNR_CAP, active_units, gaussian_kl, mse, psnr, ssim

SIZES = [(28, 28), (64, 64), (23, 40), (7, 7)]
SEED = 0


def noise(height: int, width: int, count: int = 8, channels: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(SEED)
    return torch.rand(count, channels, height, width, generator=generator)


def strokes(height: int, width: int) -> Tensor:
    """Soft bright shapes on exact black, as handwriting has."""
    smooth = F.avg_pool2d(noise(height, width), 5, stride=1, padding=2, count_include_pad=False)
    return (8 * (smooth - 0.5)).clamp(0, 1)


def flat(height: int, width: int) -> Tensor:
    """Constant images from black to white."""
    return torch.linspace(0, 1, 8)[:, None, None, None].expand(-1, 1, height, width)


def nearly_flat(height: int, width: int) -> Tensor:
    """Bright and almost constant: where variances lose their digits."""
    return 0.95 + 1e-4 * noise(height, width)


IMAGES = [noise, strokes, flat, nearly_flat]


def reference_ssim(a: Tensor, b: Tensor) -> Tensor:
    pairs = zip(a[:, 0].double().numpy(), b[:, 0].double().numpy(), strict=True)
    return torch.tensor([structural_similarity(x, y, data_range=1) for x, y in pairs], dtype=torch.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("first", IMAGES)
@pytest.mark.parametrize("second", IMAGES)
def test_ssim_is_that_of_scikit_image(first, second, size):
    a, b = first(*size), second(*size).flip(0, 3)
    torch.testing.assert_close(ssim(a, b), reference_ssim(a, b), atol=1e-6, rtol=0)


@pytest.mark.parametrize("images", IMAGES)
def test_ssim_of_an_image_with_itself_is_one(images):
    a = images(28, 28)
    torch.testing.assert_close(ssim(a, a), torch.ones(8), atol=1e-6, rtol=0)


def test_ssim_does_not_depend_on_how_images_are_batched():
    a = noise(28, 28, count=150)  # more than one chunk
    b = a.roll(1, 0)
    torch.testing.assert_close(ssim(a, b), torch.cat([ssim(x[None], y[None]) for x, y in zip(a, b, strict=True)]))


def test_ssim_of_colour_is_the_mean_over_channels():
    a = noise(28, 28, channels=3)
    b = a.flip(0)
    pairs = zip(a.double().numpy(), b.double().numpy(), strict=True)
    expected = [structural_similarity(x, y, data_range=1, channel_axis=0) for x, y in pairs]
    torch.testing.assert_close(ssim(a, b), torch.tensor(expected, dtype=torch.float32), atol=1e-6, rtol=0)


def test_ssim_refuses_images_smaller_than_its_window():
    with pytest.raises(DatasetError, match="7 × 7 pixels, not 6 × 28"):
        ssim(noise(6, 28), noise(6, 28))


def test_mse_is_a_mean_over_each_image():
    a = torch.zeros(2, 1, 2, 2)
    b = torch.tensor([[[[0.0, 0.0], [0.0, 1.0]]], [[[1.0, 1.0], [1.0, 1.0]]]])
    torch.testing.assert_close(mse(a, b), torch.tensor([0.25, 1.0]))


def test_psnr_is_per_image_so_that_its_mean_is_not_the_psnr_of_the_mean():
    a = torch.zeros(2, 1, 8, 8)
    b = torch.tensor([0.1, 0.01])[:, None, None, None].expand_as(a)
    torch.testing.assert_close(psnr(a, b), torch.tensor([20.0, 40.0]))


def test_psnr_of_identical_images_is_the_cap():
    a = noise(28, 28)
    assert (psnr(a, a) == PSNR_CAP).all()


@pytest.mark.parametrize("metric", [mse, psnr, ssim])
def test_shapes_that_would_broadcast_are_refused(metric):
    with pytest.raises(ValueError, match="one shape"):
        metric(noise(28, 28), noise(28, 28, count=1))


def test_gaussian_kl_is_that_of_torch_distributions():
    mean, log_variance = 3 * torch.randn(2, 64, 20, generator=torch.Generator().manual_seed(SEED))
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(gaussian_kl(mean, log_variance), expected, atol=1e-5, rtol=1e-5)


def test_gaussian_kl_keeps_its_digits_near_the_prior():
    log_variance = torch.tensor([[1e-3]])
    kl = gaussian_kl(torch.zeros(1, 1), log_variance)
    torch.testing.assert_close(kl.double(), gaussian_kl(torch.zeros(1, 1), log_variance.double()), rtol=1e-3, atol=0)


def test_active_units_are_those_that_vary_with_the_image():
    deviations = torch.tensor([1.0, 0.11, 0.09, 0.0])  # variances 1, 0.0121, 0.0081, 0
    signs = torch.tensor([1.0, -1.0]).repeat(50)[:, None]
    assert active_units(5 + signs * deviations) == 2
