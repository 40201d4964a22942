"""The vector quantiser, forward, backward and codebook step: the tutorials' one-hot form beside ours.

Run from the project's folder: python -m benchmarks.quantiser
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.timing import compare
from explorer.models.quantiser import DECAY, Quantiser

MAPS, DIM, SIDE, SIZE = 64, 64, 16, 512  # 16,384 vectors of 64 numbers, 512 codes


class OneHotQuantiser(nn.Module):
    """As most tutorials write it: all distances, a one-hot matrix, and three products with it."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SIZE, DIM)
        self.register_buffer("counts", torch.ones(SIZE))
        self.register_buffer("sums", self.embedding.weight.detach().clone())

    def forward(self, latents: Tensor) -> tuple[Tensor, Tensor]:
        channels_last = latents.permute(0, 2, 3, 1).contiguous()
        rows = channels_last.view(-1, DIM)
        codebook = self.embedding.weight
        distances = (rows**2).sum(1, keepdim=True) + (codebook**2).sum(1) - 2 * rows @ codebook.t()
        encodings = torch.zeros(len(rows), SIZE).scatter_(1, distances.argmin(1, keepdim=True), 1)
        quantised = (encodings @ codebook).view(channels_last.shape)
        with torch.no_grad():
            self.counts = self.counts * DECAY + (1 - DECAY) * encodings.sum(0)
            self.sums = self.sums * DECAY + (1 - DECAY) * (encodings.t() @ rows)
            total = self.counts.sum()
            smoothed = (self.counts + 1e-5) / (total + SIZE * 1e-5) * total
            self.embedding.weight.data = self.sums / smoothed[:, None]
        commitment = F.mse_loss(quantised.detach(), channels_last)
        quantised = channels_last + (quantised - channels_last).detach()
        return quantised.permute(0, 3, 1, 2).contiguous(), commitment


def main() -> None:
    """Print the ratio."""
    torch.set_num_threads(1)
    source = torch.Generator().manual_seed(0)
    latents = torch.randn(MAPS, DIM, SIDE, SIDE, generator=source).to(memory_format=torch.channels_last)
    usual, ours = OneHotQuantiser(), Quantiser(SIZE, DIM)
    ours.revive(torch.arange(SIZE), usual.embedding.weight.detach())

    def one_hot() -> None:
        vectors, commitment = usual(latents.detach().requires_grad_())
        (vectors.sum() + commitment).backward()

    def fast() -> None:
        found = ours(latents.detach().requires_grad_())
        (found.vectors.sum() + found.commitment).backward()
        ours.follow(ours.usage(latents, found.codes))

    print(f"{MAPS * SIDE**2:,} vectors of {DIM} numbers, {SIZE} codes, one thread")
    compare(one_hot, fast, label="one-hot form -> gather and index_add")


if __name__ == "__main__":
    main()
