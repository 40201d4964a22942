"""How near a reconstruction is, and how much the latent holds; pure functions over a batch.

Images are float32 (N, C, H, W) in [0, 1] and results are one number an image, (N,), so that a mean
over a data set is a mean over images whatever the batches were. Functions that compare two batches
raise ValueError if their shapes differ: broadcasting would give a plausible wrong number.
"""

import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import DatasetError

SSIM_PROTOCOL = "data range 1, scikit-image's default 7 × 7 window"
PSNR_CAP = 100.0  # dB; rounding to 8 bits alone gives 59 dB
ACTIVE_VARIANCE = 0.01  # Burda et al. 2016, section 5.2

_WINDOW = 7
_CHUNK_PIXELS = 50_000  # 64 images of 28 × 28: a chunk and what is computed from it stay near the L2 cache


def mse(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared error over channels and pixels; (N,), 0 to 1."""
    _check_pair(a, b)
    return (a - b).square().mean((1, 2, 3))


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio for data range 1; (N,), dB, 0 to `PSNR_CAP`.

    Identical images have no finite PSNR. They get the cap, so that one of them does not make the
    mean over a data set infinite.
    """
    return (-10 * mse(a, b).log10()).clamp(max=PSNR_CAP)


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (Wang et al. 2004) under `SSIM_PROTOCOL`; (N,), -1 to 1, 1 for identical images.

    Equals `skimage.metrics.structural_similarity(data_range=1)` in float64: uniform window, sample
    covariance, mean over the windows that lie inside the image, then over channels. Raises
    DatasetError for images smaller than the window.
    """
    _check_pair(a, b)
    channels, height, width = a.shape[1:]
    if min(height, width) < _WINDOW:
        raise DatasetError(
            f"SSIM needs images of at least {_WINDOW} × {_WINDOW} pixels, not {height} × {width}; use larger images."
        )
    chunk = max(1, _CHUNK_PIXELS // (height * width))
    pairs = zip(torch.split(a.flatten(0, 1), chunk), torch.split(b.flatten(0, 1), chunk), strict=True)
    return torch.cat([_plane_ssim(x, y) for x, y in pairs]).view(-1, channels).mean(1).float()


def ssim_map(a: Tensor, b: Tensor) -> Tensor:
    """The same of every window that lies inside the image, float32 and differentiable; (N, C, H - 6, W - 6)."""
    mean_a, mean_b, square_a, square_b, product = (
        functional.avg_pool2d(each, _WINDOW, 1) for each in (a, b, a * a, b * b, a * b)
    )
    sample = _WINDOW**2 / (_WINDOW**2 - 1)  # scikit-image divides by one less than the window's area
    variances = sample * (square_a - mean_a**2 + square_b - mean_b**2)
    covariance = sample * (product - mean_a * mean_b)
    luminance = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
    return luminance * (2 * covariance + 0.03**2) / (variances + 0.03**2)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each image and dimension; (N, L) from (N, L) twice, nats.

    Kingma & Welling 2014, appendix B. `expm1` keeps the digits that 1 + log variance - variance
    loses where the posterior is close to the prior.
    """
    return 0.5 * (mean.square() + log_variance.expm1() - log_variance)


def active_units(mean: Tensor) -> int:
    """How many of L dimensions vary with the image: variance of the posterior means (N, L) over N above 0.01.

    Burda et al. 2016, "Importance weighted autoencoders", section 5.2.
    """
    return int((mean.var(0, correction=0) > ACTIVE_VARIANCE).sum())


def _check_pair(a: Tensor, b: Tensor) -> None:
    if a.ndim != 4 or a.shape != b.shape:
        raise ValueError(f"expected two batches of one shape (N, C, H, W), not {tuple(a.shape)} and {tuple(b.shape)}")


def _plane_ssim(a: Tensor, b: Tensor) -> Tensor:
    """SSIM of grey images (n, H, W) twice; float64 (n,).

    Float64 because a variance is a difference of two sums: in float32, flat bright regions lose more
    than 1e-6. Both ratios of SSIM are multiplied through by powers of the window's area, which turns
    means into sums and leaves no division but the last.
    """
    # The batch goes last, so that every shifted slice below is a long contiguous run.
    x, y = (images.permute(1, 2, 0).to(torch.float64, memory_format=torch.contiguous_format) for images in (a, b))
    sums = _window_sums(_window_sums(torch.stack([x, y, x * x + y * y, x * y]), 1), 2)
    x, y, squares, product = sums.unbind()  # each (H - 6, W - 6, n)
    area = _WINDOW**2
    luminance, contrast = 0.01**2 * area**2, 0.03**2 * area * (area - 1)  # C1 and C2 of the paper
    means, powers = x * y, x * x + y * y
    above = (2 * means + luminance) * (2 * (area * product - means) + contrast)
    below = (powers + luminance) * (area * squares - powers + contrast)
    return (above / below).mean((0, 1))


def _window_sums(values: Tensor, dim: int) -> Tensor:
    """Sums of 7 neighbours along `dim`, which gets shorter by 6; four additions instead of six."""
    count = values.shape[dim]
    pairs = values.narrow(dim, 0, count - 1) + values.narrow(dim, 1, count - 1)
    fours = pairs.narrow(dim, 0, count - 3) + pairs.narrow(dim, 2, count - 3)
    sixes = fours.narrow(dim, 0, count - 6) + pairs.narrow(dim, 4, count - 6)
    return sixes + values.narrow(dim, 6, count - 6)
