"""How many bits a prior gives a code, and what that is worth: the same for models that need no network.

All are cross-entropies in bits per code, means over images and sites: what a code of these images costs
under a distribution that was found on the training images.

    uniform        log2 K, for codes that are all alike
    unigram        how often each code is in the training images
    site unigram   how often it is at its own site, smoothed: registered scans are black at the edges
                   and alike in the middle, so a prior has to beat this one
"""

import math

import torch
from torch import Tensor

from explorer.batches import pieces
from explorer.evaluation import eval_mode
from explorer.models.pixelcnn import PixelCNN, bits_per_code
from explorer.ranks import ALONE, Ranks

BATCH = 64
STRENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # of the smoothing, in images


@torch.inference_mode()
def bits_of_maps(
    prior: PixelCNN, codes: Tensor, labels: Tensor | None, *, batch: int = BATCH, ranks: Ranks = ALONE
) -> Tensor:
    """What each code of maps int64 (N, s, s) costs, bits; float32 (N, s, s) on the CPU.

    `labels` int64 (N,) are the classes that are given; None withholds them. It is in eval mode
    meanwhile. Several ranks share the maps, and all of them get the whole result.
    """
    device = next(prior.parameters()).device
    bits = torch.zeros(codes.shape)
    with eval_mode(prior):
        for rows in pieces(ranks.rows(len(codes)), batch):
            maps = codes[rows].to(device)
            given = None if labels is None else labels[rows].to(device)
            bits[rows] = bits_per_code(prior(maps, given), maps).cpu()
    ranks.sum([bits], bits.device)
    return bits


def unigram_bits(train: Tensor, test: Tensor, codebook_size: int) -> float:
    """Of codes `test` (M, s, s) under the shares of the codes in `train` (N, s, s), one added to every count."""
    return float(-_unigram(train, codebook_size).log2()[test].mean())


def site_unigram_bits(train: Tensor, test: Tensor, codebook_size: int) -> float:
    """The same with the shares of each site alone, smoothed towards those of all sites.

    The smoothing is worth as many images as make `test` cheapest: the baseline is as strong as its
    form allows.
    """
    count, side = len(train), train.shape[-1]
    sites = torch.arange(side * side).expand(count, -1)
    flat = sites * codebook_size + train.flatten(1)
    counts = torch.bincount(flat.flatten(), minlength=side * side * codebook_size).view(side * side, codebook_size)
    everywhere = _unigram(train, codebook_size)
    return min(
        float(-((counts + weight * everywhere) / (count + weight)).gather(1, test.flatten(1).T).log2().mean())
        for weight in STRENGTHS
    )


def uniform_bits(codebook_size: int) -> float:
    """log2 K."""
    return math.log2(codebook_size)


def _unigram(codes: Tensor, codebook_size: int) -> Tensor:
    counts = torch.bincount(codes.flatten(), minlength=codebook_size).double() + 1
    return counts / counts.sum()
