"""Where training computes, and when half precision is worth it."""

import pytest
import torch

from explorer import compute
from explorer.compute import choose_compute, choose_device
from explorer.config import ObjectiveConfig, TrainingConfig, VAEConfig
from explorer.errors import ConfigError
from explorer.models import build_model


@pytest.fixture
def choose():
    """A function that chooses the compute of a small model, which has to stay as it was."""
    model = build_model(VAEConfig(image_size=8, hidden=4, latent_dim=2))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def choose_precision(precision: str) -> str:
        config = TrainingConfig(precision=precision)
        return choose_compute(config, model, torch.rand(2, 1, 8, 8), ObjectiveConfig()).precision

    yield choose_precision
    torch.testing.assert_close(dict(model.state_dict()), before, atol=0, rtol=0)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_precision_that_was_asked_for_is_not_timed(precision, choose, monkeypatch):
    monkeypatch.delattr(compute, "_time_steps")
    assert choose(precision) == precision


@pytest.mark.parametrize(("gain", "chosen"), [(0.5, "fp32"), (1.0, "fp32"), (1.05, "fp32"), (1.2, "bf16")])
def test_half_precision_is_chosen_where_it_is_clearly_faster(gain, chosen, choose, monkeypatch):
    monkeypatch.setattr(compute, "_time_steps", lambda each, *_: {"fp32": gain, "bf16": 1.0}[each.precision])
    assert choose("auto") == chosen


def test_the_timing_leaves_the_model_as_it_was(choose):
    assert choose("auto") in {"fp32", "bf16"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_a_sentence():
    with pytest.raises(ConfigError, match="there is no CUDA device here; choose cpu or auto"):
        choose_device("cuda")
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"


@pytest.mark.parametrize(("cores", "wanted", "threads"), [(8, 0, 7), (1, 0, 1), (8, 3, 3)])
def test_a_core_is_left_for_the_page_unless_threads_are_asked_for(cores, wanted, threads, monkeypatch):
    used = []
    monkeypatch.setattr(compute, "_cores", lambda: cores)
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    compute.set_threads(wanted)
    assert used == [threads]
