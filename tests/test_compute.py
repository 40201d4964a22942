"""Where training computes, and when half precision is worth it."""

import pytest
import torch

from explorer import compute
from explorer.autoencoders import VAELearner
from explorer.batches import Batch
from explorer.compute import Compute, choose_device, choose_precision
from explorer.config import RunConfig
from explorer.errors import ConfigError
from explorer.networks import VAEConfig
from explorer.ranks import ALONE, Ranks


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_precision_that_was_asked_for_is_not_timed(precision):
    assert choose_precision(precision, torch.device("cpu"), lambda _: pytest.fail("a step was taken")) == precision


@pytest.mark.parametrize(("gain", "chosen"), [(0.2, "fp32"), (1.0, "fp32"), (1.05, "fp32"), (1.2, "bf16")])
def test_half_precision_is_chosen_where_it_is_clearly_faster(gain, chosen, monkeypatch):
    monkeypatch.setattr(compute, "_time_steps", lambda each, *_: {"fp32": gain, "bf16": 1.0}[each.precision])
    assert choose_precision("auto", torch.device("cpu"), lambda _: None) == chosen


def test_half_precision_that_is_hopeless_is_tried_once(monkeypatch):
    counts = []

    def time_steps(each: Compute, _step, count: int) -> float:
        counts.append(count)
        return {"fp32": 1.0, "bf16": 10.0}[each.precision]

    monkeypatch.setattr(compute, "_time_steps", time_steps)
    assert choose_precision("auto", torch.device("cpu"), lambda _: None) == "fp32"
    assert counts == [1, 1]


def test_the_timing_leaves_a_learner_as_it_was():
    config = RunConfig(recipe="", model=VAEConfig(image_size=8, hidden=4, latent_dim=2))
    learner = VAELearner(config, ALONE)
    before = {name: tensor.clone() for name, tensor in learner.model.state_dict().items()}
    images = Batch(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), None)
    assert learner.choose_precision(images) in {"fp32", "bf16"}
    torch.testing.assert_close(dict(learner.model.state_dict()), before, atol=0, rtol=0)
    assert all(parameter.grad is None for parameter in learner.model.parameters())


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
