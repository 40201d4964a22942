"""The PixelCNN: what a site sees and what it does not, what conditions it, and its loss in bits."""

import math

import pytest
import torch
from torch import Tensor
from torch.optim import Adam

from explorer.config import PixelCNNConfig
from explorer.models.pixelcnn import PixelCNN, bits_per_code
from explorer.networks import VQVAEConfig

CODES = 6


def prior(*, size: int = 8, layers: int = 2, dilations: tuple[int, ...] = (1,), classes: int = 0) -> PixelCNN:
    torch.manual_seed(0)
    config = PixelCNNConfig(prior_layers=layers, prior_channels=8, prior_dilations=dilations)
    return PixelCNN(config, codebook_size=CODES, map_size=size, classes=classes).double().eval()


def random_codes(count: int, size: int) -> Tensor:
    return torch.randint(CODES, (count, size, size), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("layers", [1, 3])
def test_the_config_knows_how_large_the_network_is(layers):
    model, config = VQVAEConfig(image_size=32, codebook_size=12), PixelCNNConfig(prior_layers=layers, prior_channels=16)
    network = PixelCNN(config, codebook_size=12, map_size=model.map_size, classes=0)
    assert config.parameter_count(model) == sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize(("layers", "dilations"), [(1, (1,)), (2, (2,)), (4, (1, 2)), (3, (1, 2, 4))])
def test_a_site_sees_every_earlier_site_within_reach_and_no_other(layers, dilations):
    size = 8
    model = prior(size=size, layers=layers, dilations=dilations)
    embedded = []
    model.embedding.register_forward_hook(lambda *call: embedded.append(call[-1]))
    logits = model(random_codes(1, size))
    weights = torch.randn(CODES, dtype=torch.float64)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    for row in range(size):
        for column in range(size):
            score = weights @ logits[0, :, row, column]
            (gradient,) = torch.autograd.grad(score, embedded[0], retain_graph=True)
            earlier = (rows < row) | (rows == row) & (columns < column)
            near = (row - rows <= model.reach) & ((columns - column).abs() <= model.reach)
            assert torch.equal(gradient[0].ne(0).any(dim=-1), earlier & near), f"site {row}, {column}"


def test_twelve_layers_span_a_map_of_32():
    model = PixelCNN(PixelCNNConfig(prior_layers=12, prior_channels=8), codebook_size=2, map_size=32, classes=0)
    assert model.reach == 31


def test_logits_have_a_row_for_every_code_and_maps_do_not_mix():
    model, codes = prior(), random_codes(3, 8)
    assert model(codes).shape == (3, CODES, 8, 8)
    torch.testing.assert_close(model(codes)[1:2], model(codes[1:2]))


def test_the_class_matters_and_none_is_the_row_after_the_last():
    model, codes = prior(classes=2), random_codes(1, 8)
    first, second, none = (model(codes, torch.tensor([label])) for label in range(3))
    assert not torch.allclose(first, second)
    assert not torch.allclose(first, none)
    torch.testing.assert_close(model(codes), none)


def test_labels_without_classes_are_refused():
    with pytest.raises(ValueError, match="without classes"):
        prior()(random_codes(1, 8), torch.tensor([0]))


def test_the_position_matters():
    """On a uniform map, far from the border, the position is all that tells two sites apart."""
    model, codes = prior(size=12, layers=1), torch.zeros(1, 12, 12, dtype=torch.int64)
    logits = model(codes)[0]
    assert not torch.allclose(logits[:, 5, 5], logits[:, 6, 6])
    torch.nn.init.zeros_(model.position)
    logits = model(codes)[0]
    torch.testing.assert_close(logits[:, 5, 5], logits[:, 6, 6])


def test_bits_per_code_by_hand():
    logits = torch.tensor([0.5, 0.25, 0.125, 0.125]).log() + 3  # unnormalised
    codes = torch.tensor([[[0, 1], [2, 3]]])
    bits = bits_per_code(logits.view(1, 4, 1, 1).expand(1, 4, 2, 2), codes)
    torch.testing.assert_close(bits, torch.tensor([[[1.0, 2.0], [3.0, 3.0]]]))
    assert bits_per_code(torch.zeros(2, 8, 3, 3).bfloat16(), random_codes(2, 3)).dtype == torch.float32


def test_the_gradient_reaches_every_parameter():
    model, codes = prior(classes=2), random_codes(2, 8)
    bits_per_code(model(codes, torch.tensor([0, 1])), codes).mean().backward()
    untouched = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert untouched == []


def test_learning_starts_from_a_uniform_guess_and_ends_by_heart():
    model, codes = prior(size=5).float(), random_codes(4, 5)
    optimizer = Adam(model.parameters(), lr=1e-2)
    bits = []
    for _ in range(80):
        loss = bits_per_code(model(codes), codes).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        bits.append(loss.item())
    assert bits[0] == pytest.approx(math.log2(CODES), abs=0.3)
    assert bits[-1] < 0.3
