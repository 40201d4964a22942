"""Where training computes, and when half precision is worth it."""

import pytest
import torch

from explorer import compute
from explorer.compute import choose_compute, choose_device
from explorer.config import ObjectiveConfig, TrainingConfig, VAEConfig
from explorer.errors import ConfigError
from explorer.models import build_model
from explorer.ranks import Ranks


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


@pytest.fixture
def two_gpus(monkeypatch):
    """A machine with two GPUs, as far as choosing goes."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
def test_each_rank_of_a_machine_has_a_gpu_of_its_own():
    for wanted in ("auto", "cuda"):
        assert [choose_device(wanted, Ranks(2 + local, 4, local, 2)).index for local in range(2)] == [0, 1]
        assert choose_device(wanted).index == 0
        with pytest.raises(ConfigError, match="device: 3 processes cannot share 2 GPUs; start one for each"):
            choose_device(wanted, Ranks(0, 3, 0, 3))
    assert choose_device("cpu", Ranks(2, 3, 2, 3)).type == "cpu"


@pytest.mark.parametrize(
    ("cores", "wanted", "ranks", "threads"),
    [(8, 0, 1, 7), (1, 0, 1, 1), (8, 3, 1, 3), (8, 0, 2, 3), (8, 0, 7, 1), (2, 0, 4, 1), (8, 3, 4, 3)],
)
def test_ranks_share_the_cores_but_one_unless_threads_are_asked_for(cores, wanted, ranks, threads, monkeypatch):
    used = []
    monkeypatch.setattr(compute, "_cores", lambda: cores)
    monkeypatch.setattr(torch, "set_num_threads", used.append)
    compute.set_threads(wanted, Ranks(0, 2 * ranks, 0, ranks))
    assert used == [threads]
