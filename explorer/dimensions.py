"""What each latent dimension does over the test images: what it costs, whether it is used, how it is spread, what it
goes along with."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent import LatentSpace
from explorer.metrics import ACTIVE_VARIANCE

BINS = 64  # of a density
REACH = 4.0  # standard deviations of the prior that densities span at least
MARGIN = 1.25  # beyond the quantiles of q(z), where it is wider
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Dimensions:
    """The latent dimensions of a model.

    The aggregate posterior q(z) is the average of q(z|x) over the test images: in each dimension a mixture of as many
    Gaussians, so that its density needs no samples.

    Attributes:
        kl: f32 (L,), mean KL of q(z|x) from the prior, nats.
        variance: f32 (L,), of the posterior means over the images; a dimension above 0.01 is active (Burda et al.
            2016, section 5.2).
        mean, deviation: f32 (L,), of q(z).
        places: f32 (B,), the middles of bins of z.
        density, prior: f32 (L, B) and (B,), the densities of q(z) and of N(0, 1), means over each bin.
        moved: f32 (L,), the share of q(z), 0 to 1, that would have to move to make it N(0, 1): half the sum of the
            differences over the bins and the two ends, their total variation distance.
        correlation: f32 (L, L), of the posterior means; 0 where one of two does not vary.
    """

    kl: Floats
    variance: Floats
    mean: Floats
    deviation: Floats
    places: Floats
    density: Floats
    prior: Floats
    moved: Floats
    correlation: Floats

    @classmethod
    def of(cls, space: LatentSpace) -> "Dimensions":
        """Those of the test images' posteriors."""
        mean, deviation = space.mean.astype(np.float64), np.exp(0.5 * space.log_variance.astype(np.float64))
        reach = max(REACH, MARGIN * float(np.abs([space.low, space.high]).max()))
        edges = np.linspace(-reach, reach, BINS + 1)
        bounds = np.concatenate([[-np.inf], edges, [np.inf]])
        pairs = zip(mean.T, deviation.T, strict=True)
        mass = np.stack([np.diff(_below(bounds, *pair).mean(0)) for pair in pairs])
        prior = np.diff(_below(bounds, np.zeros(1), np.ones(1))[0])
        width = edges[1] - edges[0]
        spread = np.sqrt(mean.var(0) + np.square(deviation).mean(0))
        moved = 0.5 * np.abs(mass - prior).sum(1)
        densities = mass[:, 1:-1] / width, prior[1:-1] / width
        parts = space.kl, mean.var(0), mean.mean(0), spread, (edges[:-1] + edges[1:]) / 2
        return cls(
            *(np.ascontiguousarray(part, np.float32) for part in (*parts, *densities, moved, _correlation(mean)))
        )

    @property
    def active(self) -> NDArray[np.int64]:
        """The dimensions whose posterior means vary over the images, those of the largest KL first."""
        return np.array([dim for dim in self.order if self.variance[dim] > ACTIVE_VARIANCE], np.int64)

    @property
    def order(self) -> NDArray[np.int64]:
        """All dimensions, those of the largest KL first; (L,)."""
        return np.argsort(-self.kl, kind="stable")

    @property
    def closest_pair(self) -> tuple[int, int] | None:
        """The two active dimensions whose means are the most correlated; None where fewer than two are active."""
        active = np.sort(self.active)
        if len(active) < 2:
            return None
        strength = np.abs(self.correlation[np.ix_(active, active)])
        np.fill_diagonal(strength, -1)
        first, second = np.unravel_index(strength.argmax(), strength.shape)
        return int(active[first]), int(active[second])


def _below(
    bounds: NDArray[np.float64], mean: NDArray[np.float64], deviation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shares of Gaussians (N,) that lie below bounds (B,); (N, B)."""
    scaled = torch.from_numpy((bounds - mean[:, np.newaxis]) / deviation[:, np.newaxis])
    shares: NDArray[np.float64] = torch.special.ndtr(scaled).numpy()
    return shares


def _correlation(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = mean - mean.mean(0)
    length = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(length > 0, length, 1)
    matrix: NDArray[np.float64] = unit.T @ unit
    return matrix
