"""Draws of latents that are the same wherever they are made: a seed names a sheet, in Python and in the browser.

`web/random.js` and `web/distribution.js` do the same arithmetic, so a sheet on the page, its file and the command
line agree. Every draw is a function of the seed and of its own number alone: more draws leave the first as they are.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

MOST_SEED = 2**32 - 1
MOST_TEMPERATURE = 2.0
LEAST_TRUNCATION = 0.1
_STEP = 0x6D2B79F5
_NORMAL = NormalDist()
_quantile = np.vectorize(_NORMAL.inv_cdf, otypes=[np.float64])
Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Noise:
    """What is random in N draws: `pick` (N,), uniform, chooses a component; `normals` (N, L) are its directions."""

    pick: Doubles
    normals: Doubles


@dataclass(frozen=True)
class Mixture:
    """A mixture of K Gaussians over latents; one Gaussian is a mixture of one.

    Attributes:
        weights: f32 (K,), sum 1.
        means: f32 (K, L).
        roots: f32 (K, L, L), the symmetric square roots of the covariances. Of all the ways to turn the
            prior's noise into that of a Gaussian it is the one that moves it least, so that draws of two
            distributions from one seed resemble each other as far as they can.
    """

    weights: Floats
    means: Floats
    roots: Floats

    @classmethod
    def prior(cls, size: int) -> Self:
        """N(0, I)."""
        return cls(np.ones(1, np.float32), np.zeros((1, size), np.float32), np.eye(size, dtype=np.float32)[np.newaxis])

    def draw(self, noise: Noise, temperature: float = 1.0) -> Floats:
        """Latents (N, L); the temperature scales their distance from the mean of their component."""
        component = np.searchsorted(np.cumsum(self.weights, dtype=np.float64)[:-1], noise.pick, side="right")
        latents = np.empty(noise.normals.shape)
        for index in np.unique(component):
            rows = component == index
            latents[rows] = self.means[index] + temperature * (noise.normals[rows] @ self.roots[index])
        return latents.astype(np.float32)


def draw_noise(seed: int, count: int, size: int, truncation: float | None = None) -> Noise:
    """The noise of the first `count` draws of a seed, in `size` dimensions.

    With a truncation t every number is a standard normal one given that it lies in [-t, t] (Brock et al. 2019).
    It is the quantile of a uniform number that the seed fixes, so it moves continuously with t.
    """
    uniform = uniforms(seed, (count, size + 1))
    return Noise(uniform[:, 0], truncated_normal(uniform[:, 1:], truncation))


def uniforms(seed: int, shape: tuple[int, ...]) -> Doubles:
    """Numbers between 0 and 1, never either, by the generator mulberry32."""
    state = ((np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * _STEP + seed) % 2**32).astype(np.uint32)
    mixed = (state ^ (state >> 15)) * (state | 1)
    mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)
    numbers: Doubles = ((mixed ^ (mixed >> 14)) + 0.5).reshape(shape) / 2**32
    return numbers


def truncated_normal(uniform: Doubles, truncation: float | None) -> Doubles:
    """Standard normal numbers within +-`truncation`, if there is one, at these shares of their distribution."""
    below = 0.0 if truncation is None else _NORMAL.cdf(-truncation)
    normals: Doubles = _quantile(below + uniform * (1 - 2 * below))
    return normals
