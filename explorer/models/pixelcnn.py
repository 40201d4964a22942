"""The gated PixelCNN of van den Oord et al., Conditional Image Generation with PixelCNN Decoders (2016), over codes.

    codes (S, S) -> embedding (C, S, S) -> v = Conv of the 3 rows above, 7 wide; h = Conv of the 3 sites before
    layer:  a = Conv of v, rows -d and 0, columns -d, 0 and d         b = Conv of h, columns -d and 0, + Conv 1 of a
            v + gate(a) -> v                                          h + Conv 1(gate(b)) -> h
    h -> ReLU -> Conv 1 -> ReLU -> Conv 1 -> logits (K, S, S)         gate(x, y) = tanh(x) sigmoid(y)

The vertical stack v sees the rows above a site, the horizontal one h also the sites before it in its
row, so there is no blind spot: every earlier site in raster order within `reach`, and no other. The
kernels hold only the taps that a mask would leave. An embedding of every site, and of the class where
there are classes, is added to a and b in every layer, each time by a projection of its own: registered
scans differ from site to site more than from scan to scan.

Two departures from the paper: v has residuals too, without which twelve gates leave little of what it
saw, and layers are dilated (Yu and Koltun 2016), so that few of them span the map.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.config import PixelCNNConfig

FIRST_REACH = 3  # rows above, and sites to either side, that the first layer sees
POSITION_SCALE = 0.1  # standard deviation of the initial embeddings of sites and classes; those of codes have 1


class PixelCNN(nn.Module):
    """A distribution over maps of S × S codes out of K, of any class or of one."""

    def __init__(self, config: PixelCNNConfig, *, codebook_size: int, map_size: int, classes: int) -> None:
        super().__init__()
        width = config.prior_channels
        self.config, self.codebook_size, self.map_size, self.classes = config, codebook_size, map_size, classes
        self.embedding = nn.Embedding(codebook_size, width)
        self.position = nn.Parameter(POSITION_SCALE * torch.randn(width, map_size, map_size))
        self.class_embedding = nn.Embedding(classes + 1, width) if classes else None  # the last row: no class
        if self.class_embedding:
            nn.init.normal_(self.class_embedding.weight, std=POSITION_SCALE)
        reach = FIRST_REACH
        self.first_vertical = PaddedConv(width, width, (reach, 2 * reach + 1), padding=(reach, reach, reach, -1))
        self.first_horizontal = PaddedConv(width, width, (1, reach), padding=(reach, -1, 0, 0), bias=False)
        self.dilations = [config.prior_dilations[i % len(config.prior_dilations)] for i in range(config.prior_layers)]
        self.layers = nn.ModuleList([GatedLayer(width, dilation, config.prior_dropout) for dilation in self.dilations])
        self.head = nn.Sequential(
            nn.ReLU(), nn.Conv2d(width, 2 * width, 1), nn.ReLU(), nn.Conv2d(2 * width, codebook_size, 1)
        )

    @property
    def reach(self) -> int:
        """How many rows up, and sites to either side, a site sees."""
        return FIRST_REACH + sum(self.dilations)

    def forward(self, codes: Tensor, labels: Tensor | None = None) -> Tensor:
        """Logits (N, K, S, S) of every site given the sites before it in raster order.

        `codes` int64 (N, S, S) in [0, K); `labels` int64 (N,) in [0, classes], where `classes` itself
        means that the class is not given, and so does None. Raises ValueError for labels without classes.
        """
        features = self.embedding(codes).movedim(-1, 1)  # which makes every map below channels_last
        vertical, horizontal = self.first_vertical(features), self.first_horizontal(features)
        class_features = self.class_features(labels, len(codes))
        for layer in self.layers:
            vertical, horizontal = layer(vertical, horizontal, self.position[None], class_features)
        logits: Tensor = self.head(horizontal)
        return logits

    def class_features(self, labels: Tensor | None, count: int) -> Tensor | None:
        """The embeddings (N, C, 1, 1) of `labels`; None for a model without classes."""
        if self.class_embedding is None:
            if labels is not None:
                raise ValueError("this prior was built without classes: leave the labels out")
            return None
        if labels is None:
            labels = torch.full((count,), self.classes, device=self.position.device)
        features: Tensor = self.class_embedding(labels)[:, :, None, None]
        return features


class PaddedConv(nn.Conv2d):
    """A convolution of its zero-padded input; `padding` is left, right, top, bottom, and negative crops."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: tuple[int, int],
        *,
        padding: tuple[int, int, int, int],
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(inputs, outputs, kernel, dilation=dilation, bias=bias)
        self.borders = padding

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, S, S) -> (N, outputs, S, S)."""
        return super().forward(F.pad(features, self.borders))


class GatedLayer(nn.Module):
    """One layer of both stacks."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.dilation = dilation
        self.vertical = PaddedConv(
            width, 2 * width, (2, 3), padding=(dilation, dilation, dilation, 0), dilation=dilation
        )
        self.horizontal = PaddedConv(
            width, 2 * width, (1, 2), padding=(dilation, 0, 0, 0), dilation=dilation, bias=False
        )
        self.across = nn.Conv2d(2 * width, 2 * width, 1)  # from the vertical stack to the horizontal one
        self.condition = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.residual = nn.Conv2d(width, width, 1, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, vertical: Tensor, horizontal: Tensor, position: Tensor, class_features: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Both stacks (N, C, S, S), given sites (1, C, S, S) and classes (N, C, 1, 1)."""
        condition = self.condition(position)
        if class_features is not None:
            condition = condition + self.condition(class_features)
        above, before = condition.chunk(2, dim=1)
        above = self.vertical(vertical) + above
        before = self.horizontal(horizontal) + self.across(above) + before
        vertical = vertical + self.dropout(gate(above))
        return vertical, horizontal + self.residual(self.dropout(gate(before)))


def gate(features: Tensor, dim: int = 1) -> Tensor:
    """tanh of the first half of the channels, 2 C along `dim`, times the sigmoid of the second."""
    values, gates = features.chunk(2, dim=dim)
    return values.tanh() * gates.sigmoid()


def bits_per_code(logits: Tensor, codes: Tensor) -> Tensor:
    """What each code costs, −log2 p: float32 (N, S, S) of logits (N, K, S, S) and codes int64 (N, S, S)."""
    rows = logits.float().movedim(1, -1).flatten(end_dim=-2)  # a view of the logits that the model gives
    return F.cross_entropy(rows, codes.flatten(), reduction="none").view(codes.shape) / math.log(2)
