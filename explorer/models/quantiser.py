"""The vector quantiser: the nearest code of a codebook that follows the encoder by moving averages.

van den Oord et al. 2017, "Neural discrete representation learning", with the codebook of its appendix
A.1: each code is the running mean of the vectors it was given, so no gradient moves it. Codes that are
hardly used are put where vectors are (Dhariwal et al. 2020, section 3.1): a code far from everything
would never be chosen again.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

DECAY = 0.99  # of the running means, a step
SMOOTHING = 1e-5  # added to every count, so that an unused code has a mean
CHUNK = 2048  # vectors at once: their distances to all codes stay in a processor's cache
DEAD = 0.1  # a code with less than this share of the average code's count is revived


class Quantised(NamedTuple):
    """What the quantiser makes of latents (N, D, h, w).

    Attributes:
        codes: int64 (N, h, w), 0 to K - 1.
        vectors: (N, D, h, w), the codes' vectors; their gradient goes straight to the latents.
        commitment: scalar, squared distance of the latents to their codes, summed over all; its
            gradient moves the latents alone.
    """

    codes: Tensor
    vectors: Tensor
    commitment: Tensor


class Usage(NamedTuple):
    """What a batch gave each of K codes: how many vectors, float (K,), and their sum (K, D)."""

    counts: Tensor
    sums: Tensor


class Quantiser(nn.Module):
    """A codebook of `size` vectors of `dim` numbers. All of it is computed in float32.

    Attributes:
        codebook: (K, D).
        counts: (K,), running mean of how many vectors a step gave each code.
        sums: (K, D), running mean of their sum.
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        codebook = torch.randn(size, dim) / dim**0.5
        self.register_buffer("codebook", codebook)
        self.register_buffer("counts", torch.zeros(size))  # no code has been used: all are dead and revived at once
        self.register_buffer("sums", torch.zeros(size, dim))

    def nearest(self, latents: Tensor) -> Tensor:
        """Codes (N, h, w) of latents (N, D, h, w).

        |z|² is the same for every code, so it is left out of the distance.
        """
        count, dim, height, width = latents.shape
        rows = latents.float().permute(0, 2, 3, 1).reshape(-1, dim)
        lengths = self.codebook.square().sum(1)
        with torch.autocast(rows.device.type, enabled=False):
            parts = [
                torch.addmm(lengths, part, self.codebook.T, alpha=-2).argmin(1) for part in torch.split(rows, CHUNK)
            ]
        return torch.cat(parts).view(count, height, width)

    def look_up(self, codes: Tensor) -> Tensor:
        """The vectors (N, D, h, w) of codes (N, h, w)."""
        return nn.functional.embedding(codes, self.codebook).permute(0, 3, 1, 2)

    def forward(self, latents: Tensor) -> Quantised:
        """Quantise latents (N, D, h, w)."""
        latents = latents.float()
        with torch.no_grad():
            codes = self.nearest(latents)
            vectors = self.look_up(codes)
        return Quantised(codes, latents + (vectors - latents).detach(), (latents - vectors).square().sum())

    @torch.no_grad()
    def usage(self, latents: Tensor, codes: Tensor) -> Usage:
        """What latents (N, D, h, w) with these codes (N, h, w) add to the running means."""
        size, dim = self.codebook.shape
        rows, flat = latents.float().permute(0, 2, 3, 1).reshape(-1, dim), codes.flatten()
        sums = torch.zeros_like(self.codebook).index_add_(0, flat, rows)
        return Usage(torch.bincount(flat, minlength=size).float(), sums)

    @torch.no_grad()
    def follow(self, usage: Usage) -> None:
        """Move the codebook after one step that used it so."""
        self.counts.lerp_(usage.counts, 1 - DECAY)
        self.sums.lerp_(usage.sums, 1 - DECAY)
        total, size = self.counts.sum(), len(self.counts)
        smoothed = (self.counts + SMOOTHING) / (total + size * SMOOTHING) * total  # a count of 0 divides nothing
        used = self.counts > 0
        self.codebook[used] = (self.sums / smoothed.clamp_min(SMOOTHING)[:, None])[used]

    @property
    def dead(self) -> Tensor:
        """Indices of the codes that are hardly used; int64 (d,)."""
        return torch.nonzero(self.counts < DEAD * self.counts.mean().clamp_min(SMOOTHING))[:, 0]

    @torch.no_grad()
    def revive(self, codes: Tensor, vectors: Tensor) -> None:
        """Put these codes, int64 (d,), on vectors (d, D), each with the count of an average code."""
        count = self.counts.mean().clamp_min(SMOOTHING)
        self.codebook[codes] = vectors.float()
        self.counts[codes] = count
        self.sums[codes] = vectors.float() * count
