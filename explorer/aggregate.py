"""The aggregate posterior q(z), which is the average of q(z|x) over images, as Gaussians that can be drawn from.

The decoder has seen q(z) in training, and the prior is what one samples: where the two differ, the prior has holes.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from explorer import support
from explorer.draws import Mixture, draw_noise
from explorer.latent import LatentSpace

COMPONENTS = (2, 4, 8, 16, 32)
POINTS_A_DIMENSION = 10  # latents that a component has on average, of each of its dimensions
BLOCKS = 25  # of neighbouring latents, which may be slices of one subject
HELD_OUT = 5  # every fifth block chooses the number of components
LEAST_POINTS = 50
SPREAD = 1e-4  # added to each variance
SEED = 0
DRAWN = 2_000  # draws whose share beyond the data is stated
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Aggregate:
    """What q(z) was fitted by: one Gaussian; and, where there are latents enough, a mixture of several.

    `gain` is how many nats more than the prior the fit gives the held-out draws of q(z), on average: an estimate
    from below of KL(q(z) || p(z)), which a perfect fit would reach.
    """

    gaussian: Mixture
    mixture: Mixture | None
    gain: float


@dataclass(frozen=True)
class Nearness:
    """How near to the test images a latent is, counting each dimension as far as images differ in it.

    A dimension that says nothing about an image is noise in q(z|x) too: it would put every draw, even of
    q(z) itself, far from all posterior means.

    Attributes:
        between: f32 (L,), how much of each dimension's variance under q(z) is between images, 0 to 1.
        latents: f32 (N, L), the posterior means of the test images, so weighted.
        radius, nearest: f32 (N,) and (R,), their `support.py` distances.
    """

    between: Floats
    latents: Floats
    radius: Floats
    nearest: Floats

    @classmethod
    def of(cls, space: LatentSpace, rows: NDArray[np.int64]) -> "Nearness":
        """From the stored latents; `rows` (R,) are those whose nearest others make up the scale."""
        between = space.between
        latents = space.mean * between
        nearest = support.nearest_other(latents[rows], latents, rows, space.metadata.get("subject"))
        return cls(between, latents, support.radius(latents), nearest)

    def share_beyond(self, distribution: Mixture) -> float:
        """The share of draws that are further out, or further from every test image, than any test image is."""
        draws = distribution.draw(draw_noise(SEED, DRAWN, len(self.between))) * self.between
        nearest = support.nearest(draws, self.latents)
        beyond = (support.radius(draws) > self.radius.max()) | (nearest > self.nearest.max())
        return float(beyond.mean())


def fit_aggregate(space: LatentSpace) -> Aggregate | None:
    """Fit one draw of q(z|x) of each stored test image; None where there are too few of them."""
    count, size = space.mean.shape
    if count < LEAST_POINTS:
        return None
    noise = draw_noise(SEED, count, size).normals
    draws = (space.mean + np.exp(0.5 * space.log_variance) * noise).astype(np.float32)
    held_out = np.arange(count) * BLOCKS // count % HELD_OUT == 0
    fitted, test = draws[~held_out], draws[held_out]
    candidates = [1, *(k for k in COMPONENTS if k * size * POINTS_A_DIMENSION <= len(fitted))]
    fits = [_fit(fitted, k) for k in candidates]
    scores = [float(fit.score(test)) for fit in fits]
    best = int(np.argmax(scores))
    log_prior = -0.5 * (size * np.log(2 * np.pi) + np.square(test).sum(1).mean())
    gain = scores[best] - float(log_prior)
    return Aggregate(_mixture(fits[0]), _mixture(fits[best]) if best else None, gain)


def _fit(draws: Floats, components: int) -> GaussianMixture:
    with warnings.catch_warnings(), threadpool_limits(1):  # many threads fight over so little work
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(components, random_state=SEED, reg_covar=SPREAD, tol=1e-2).fit(draws)


def _mixture(fit: GaussianMixture) -> Mixture:
    variances, axes = np.linalg.eigh(fit.covariances_.astype(np.float64))
    roots = axes * np.sqrt(variances.clip(0))[:, np.newaxis] @ axes.swapaxes(1, 2)
    arrays = [each.astype(np.float32) for each in (fit.weights_, fit.means_, roots)]
    return Mixture(*arrays)
