"""Code maps drawn from a PixelCNN: a pass of the whole network for every site beside `explorer.ancestral`.

Run from the project's folder: python -m benchmarks.sample [THREADS]; one thread unless told.
"""

import sys
from statistics import median
from time import perf_counter

import torch

from benchmarks.timing import compare
from explorer.ancestral import CachedSampler, Draws, sample_plainly
from explorer.config import PixelCNNConfig
from explorer.models.pixelcnn import PixelCNN

CODES = 512
BLOCKS = 7


def main(threads: int) -> None:
    """Print a line for each size of map and batch."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    config = PixelCNNConfig()
    print(
        f"{config.prior_layers} layers, {config.prior_channels} channels, {CODES} codes, random weights, "
        f"{threads} thread{'s'[: threads > 1]}"
    )
    model = build(config, 16)
    sampler, draws = CachedSampler(model), Draws(1, seed=0)
    same = torch.equal(sample_plainly(model, draws), sampler.sample(draws))
    print(f"16 × 16, one map, both ways in full: {'the same map' if same else 'DIFFERENT MAPS'}")
    compare(lambda: sample_plainly(model, draws), lambda: sampler.sample(draws), label="16 × 16, 1 map", blocks=3)
    print("below, the usual way is one pass of the network times the number of sites")
    for size, count in ((7, 1), (7, 16), (16, 1), (16, 16), (32, 1), (32, 16)):
        extrapolate(build(config, size), count)


def build(config: PixelCNNConfig, size: int) -> PixelCNN:
    """A prior of maps of size × size codes, without classes."""
    return PixelCNN(config, codebook_size=CODES, map_size=size, classes=0).eval()


@torch.inference_mode()
def extrapolate(model: PixelCNN, count: int) -> None:
    """Alternate one pass of the network and whole maps by the cached sampler; print the ratio a map."""
    size, sampler, draws = model.map_size, CachedSampler(model), Draws(count, seed=0)
    codes = sampler.sample(draws)
    model(codes)
    usual, ours = [], []
    for _ in range(BLOCKS):
        start = perf_counter()
        model(codes)
        middle = perf_counter()
        sampler.sample(draws)
        usual.append((middle - start) * size**2)
        ours.append(perf_counter() - middle)
    ratios = [slow / fast for slow, fast in zip(usual, ours, strict=True)]
    print(
        f"{size} × {size}, {count} map{'s'[: count > 1]}: {median(usual):.3g} s -> {median(ours):.3g} s, "
        f"×{median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f} over {BLOCKS} blocks)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
