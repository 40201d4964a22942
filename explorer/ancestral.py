"""Ancestral sampling of code maps from a PixelCNN: site after site in raster order, each given the codes before it.

The plain way runs the whole network for every site and reads one site's logits. Here everything that
stays the same is computed once: the vertical stack when a row is finished, for all columns of the next
row, as it sees only rows above; then, site by site, the horizontal stack alone, whose layers hand what
later sites will need straight to them. The same sums in another order, so the draws are the same: a
code is the argmax of logits plus Gumbel noise (Gumbel 1954), and the noise of a map is a function of
the seed and of the map's number. Sites therefore also keep their noise when other sites, the
temperature or the class change, and more maps leave the first as they are.

Row tensors are (S, N, channels), a site's (N, channels) contiguous. S is the map's size, C the width
of the network, K the number of codes.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.draws import MOST_SEED, MOST_TEMPERATURE
from explorer.errors import ConfigError
from explorer.models.pixelcnn import FIRST_REACH, GatedLayer, PixelCNN, gate

LEAST_TEMPERATURE = 0.1
_SEED_STEP = 0x6D2B79F5  # between the seeds of two maps; odd, so that 2^32 maps of one seed differ


@dataclass(frozen=True)
class Draws:
    """Which maps are drawn, and how.

    Attributes:
        count: N, how many.
        seed: 0 to 2^32 − 1.
        first: the number of the first map, so that batches continue each other.
        temperature: 0.1 to 2; divides the logits.
        top_k: draw among the k likeliest codes; 0 is all of them.
        labels: int64 (N,), or None for no class; see `PixelCNN.forward`.
        fixed: int64 (N, S, S), the codes of the sites that are kept; None keeps nothing.
        keep: bool (N, S, S), which sites are kept. Goes with `fixed`.

    Raises ConfigError for a number out of range.
    """

    count: int
    seed: int
    first: int = 0
    temperature: float = 1.0
    top_k: int = 0
    labels: Tensor | None = None
    fixed: Tensor | None = None
    keep: Tensor | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or self.first < 0 or not 0 <= self.seed <= MOST_SEED:
            raise ConfigError(f"Maps need a count of at least 1 and a seed between 0 and {MOST_SEED}.")
        if (self.fixed is None) != (self.keep is None):
            raise ConfigError("Codes that are kept need their sites, and sites that are kept their codes.")
        check_temper(self.temperature, self.top_k)

    def to(self, device: torch.device) -> "Draws":
        """The same with all its tensors on `device`."""
        labels, fixed, keep = (
            None if each is None else each.to(device) for each in (self.labels, self.fixed, self.keep)
        )
        return replace(self, labels=labels, fixed=fixed, keep=keep)

    def noise(self, size: int, codes: int) -> Iterator[Tensor]:
        """Standard Gumbel noise of each row, float64 (S, N, K), made on the CPU."""
        numbers = range(self.first, self.first + self.count)
        generators = [torch.Generator().manual_seed((self.seed + i * _SEED_STEP) % 2**32) for i in numbers]
        for _ in range(size):
            # In float64: of float32's 2^24 uniform numbers one is 0, whose code would win whatever its logit.
            rows = [torch.empty(size, codes, dtype=torch.float64).exponential_(generator=g) for g in generators]
            yield torch.stack(rows, dim=1).log().neg()

    def draw(self, logits: Tensor, noise: Tensor, row: int, column: int) -> Tensor:
        """The code (N,) of a site, given its logits and noise (N, K)."""
        if self.top_k:
            logits, likeliest = logits.topk(min(self.top_k, logits.shape[1]))
            chosen = (logits + self.temperature * noise.gather(1, likeliest)).argmax(dim=1, keepdim=True)
            codes = likeliest.gather(1, chosen)[:, 0]
        else:
            codes = torch.add(logits, noise, alpha=self.temperature).argmax(dim=1)
        if self.fixed is None or self.keep is None:
            return codes
        return torch.where(self.keep[:, row, column], self.fixed[:, row, column], codes)


def check_temper(temperature: float, top_k: int) -> None:
    """Raises ConfigError if logits cannot be sharpened in this way."""
    if not LEAST_TEMPERATURE <= temperature <= MOST_TEMPERATURE:
        raise ConfigError(
            f"The temperature of codes lies between {LEAST_TEMPERATURE} and {MOST_TEMPERATURE}, not {temperature}."
        )
    if top_k < 0:
        raise ConfigError(f"The number of likeliest codes must be 0, which is all of them, or more, not {top_k}.")


@torch.inference_mode()
def site_distribution(
    model: PixelCNN,
    codes: Tensor,
    site: tuple[int, int],
    *,
    label: int | None = None,
    temperature: float = 1.0,
    top_k: int = 0,
) -> Tensor:
    """Probabilities (K,) of the code at `site` = row, column, given the sites before it in `codes` (S, S).

    Codes at the site and after it have no influence; they may be anything in [0, K).
    """
    check_temper(temperature, top_k)
    labels = None if label is None else torch.tensor([label], device=codes.device)
    logits: Tensor = model(codes[None], labels)[0, :, site[0], site[1]] / temperature
    if top_k:
        logits, likeliest = logits.topk(min(top_k, len(logits)))
        return logits.new_zeros(model.codebook_size).scatter(0, likeliest, logits.softmax(dim=0))
    return logits.softmax(dim=0)


@torch.inference_mode()
def sample_plainly(model: PixelCNN, draws: Draws) -> Tensor:
    """The maps, int64 (N, S, S), by a pass of the network, in eval mode, for every site: what `CachedSampler` draws."""
    size, device = model.map_size, model.position.device
    codes = torch.zeros(draws.count, size, size, dtype=torch.int64, device=device)
    for row, noise in enumerate(draws.noise(size, model.codebook_size)):
        for column in range(size):
            logits = model(codes, draws.labels)[:, :, row, column]
            codes[:, row, column] = draws.draw(logits, noise[column].to(logits), row, column)
    return codes


class CachedSampler:
    """The sampler of one model, whose weights are laid out for sampling once: other weights need another sampler."""

    @torch.inference_mode()
    def __init__(self, model: PixelCNN) -> None:
        self.model = model
        self.layers = [_Layer(layer, model.position) for layer in model.layers if isinstance(layer, GatedLayer)]
        # The first horizontal layer as a table (K, 3, C): what a code adds to the next sites, the nearest first.
        taps = model.first_horizontal.weight[:, :, 0].flip(-1)
        self.first = torch.einsum("kc,oct->kto", model.embedding.weight, taps).contiguous()
        self.head = [(layer.weight.flatten(1), layer.bias) for layer in model.head if isinstance(layer, nn.Conv2d)]

    def sample(self, draws: Draws) -> Tensor:
        """The maps, int64 (N, S, S)."""
        return torch.stack([codes for _, codes in self.rows(draws)], dim=1)

    @torch.inference_mode()
    def rows(self, draws: Draws) -> Iterator[tuple[int, Tensor]]:
        """Each row's number and its codes, int64 (N, S), as soon as it is finished."""
        model = self.model
        size, weight = model.map_size, model.first_vertical.weight
        class_features = model.class_features(draws.labels, draws.count)
        states = [_State(layer, size, draws.count, class_features) for layer in self.layers]
        above = weight.new_zeros(draws.count, weight.shape[1], FIRST_REACH, size)  # embeddings of the last rows
        for row, noise in enumerate(draws.noise(size, model.codebook_size)):
            vertical = F.conv2d(above, weight, model.first_vertical.bias, padding=(0, FIRST_REACH))
            vertical = vertical[:, :, 0].permute(2, 0, 1)
            for state in states:
                vertical = state.advance(vertical, row)
            codes = self._fill(states, draws, noise.to(weight), row)
            yield row, codes
            above = torch.cat([above[:, :, 1:], model.embedding(codes).movedim(-1, 1)[:, :, None]], dim=2)

    def _fill(self, states: list["_State"], draws: Draws, noise: Tensor, row: int) -> Tensor:
        """Draw a row whose vertical stack is done, from the noise (S, N, K): its codes (N, S)."""
        size = self.model.map_size
        horizontal = noise.new_zeros(size + FIRST_REACH, draws.count, self.first.shape[2])
        if draws.fixed is None or draws.keep is None:
            codes, drawn = torch.zeros(draws.count, size, dtype=torch.int64, device=noise.device), size
        else:  # nothing depends on the sites after the last one that is drawn
            codes = draws.fixed[:, row].clone()
            drawn = 1 + max((~draws.keep[:, row]).any(dim=0).nonzero().flatten().tolist(), default=-1)
        for column in range(drawn):
            features = horizontal[column]
            for state in states:
                state.step(features, column)
            codes[:, column] = draws.draw(self._logits(features), noise[column], row, column)
            horizontal[column + 1 : column + 1 + FIRST_REACH] += self.first[codes[:, column]].transpose(0, 1)
        return codes

    def _logits(self, features: Tensor) -> Tensor:
        """(N, C) -> (N, K)."""
        for weight, bias in self.head:
            features = F.linear(features.relu(), weight, bias)
        return features


class _Layer:
    """The weights of one gated layer as matrices from inputs to outputs.

    Of both stacks a tap that looks back, up or to the left, is turned to look ahead: what it adds to a
    later row or site is computed where its input is.
    """

    def __init__(self, layer: GatedLayer, position: Tensor) -> None:
        self.dilation = layer.dilation
        later, now = layer.vertical.weight.unbind(2)
        self.vertical = torch.cat([now, later]).permute(2, 1, 0).contiguous()  # (3, C, 4 C), of 3 columns
        self.across = _matrix(layer.across.weight)
        self.later, self.now = layer.horizontal.weight[:, :, 0].permute(2, 1, 0).contiguous().unbind()
        self.residual = _matrix(layer.residual.weight)
        self.condition = _matrix(layer.condition.weight)
        biases = [bias for bias in (layer.vertical.bias, layer.across.bias) if bias is not None]
        self.sites = position.permute(1, 2, 0) @ self.condition + torch.cat(biases)  # (S, S, 4 C)


class _State:
    """What one layer remembers of N maps while they are drawn."""

    def __init__(self, layer: _Layer, size: int, count: int, class_features: Tensor | None) -> None:
        self.layer = layer
        sites, width = layer.sites, len(layer.residual)
        self.classes = None if class_features is None else class_features.flatten(1) @ layer.condition
        self.window = sites.new_zeros(size + 2 * layer.dilation, count, width)  # a row of v between zeros
        self.later = deque([sites.new_zeros(size, count, 2 * width)] * layer.dilation)
        self.before: tuple[Tensor, ...] = ()  # what b of each site of the row is known to be already

    def advance(self, vertical: Tensor, row: int) -> Tensor:
        """The vertical stack of one row, (S, N, C) -> the same."""
        layer, size = self.layer, len(vertical)
        self.window[layer.dilation : layer.dilation + size] = vertical
        columns = [self.window[tap * layer.dilation :][:size].flatten(0, 1) for tap in range(3)]
        sums = columns[0] @ layer.vertical[0]
        for column, weight in zip(columns[1:], layer.vertical[1:], strict=True):
            sums.addmm_(column, weight)
        now, later = sums.view(size, -1, sums.shape[1]).chunk(2, dim=2)
        condition = layer.sites[row][:, None] if self.classes is None else layer.sites[row][:, None] + self.classes
        above, before = condition.chunk(2, dim=2)
        above = above + now + self.later.popleft()
        self.later.append(later)
        self.before = (before + above @ layer.across).unbind()
        return vertical + gate(above, dim=2)

    def step(self, features: Tensor, column: int) -> None:
        """The horizontal stack of one site; changes `features` (N, C)."""
        layer, ahead = self.layer, column + self.layer.dilation
        gated = gate(torch.addmm(self.before[column], features, layer.now))
        if ahead < len(self.before):
            self.before[ahead].addmm_(features, layer.later)
        features.addmm_(gated, layer.residual)


def _matrix(weight: Tensor) -> Tensor:
    """The weight (outputs, inputs, 1, 1) of a 1 × 1 convolution as (inputs, outputs)."""
    return weight[:, :, 0, 0].T.contiguous()
