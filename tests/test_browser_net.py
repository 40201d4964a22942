"""The decoder that the browser runs: its table, its tensors, and the reference that it checks itself against."""

import numpy as np
import pytest
import torch
from small_runs import train_small
from torch import nn

from explorer.browser_net import LAYERS, export_decoder
from explorer.inference import Session
from explorer.models import build_model
from explorer.networks import ConvVAEConfig, VAEConfig

CONFIG = VAEConfig(image_size=8, hidden=5, latent_dim=3)


@pytest.fixture
def decoder() -> nn.Sequential:
    torch.manual_seed(0)
    return build_model(CONFIG).decoder


def test_the_table_names_every_layer_and_its_tensors(decoder):
    net = export_decoder(decoder, latent_dim=3)
    assert net.layers == [
        {"type": "input", "shape": [3]},
        {"type": "linear", "in": 3, "out": 5, "weight": "decoder.0.weight", "bias": "decoder.0.bias"},
        {"type": "relu"},
        {"type": "linear", "in": 5, "out": 64, "weight": "decoder.2.weight", "bias": "decoder.2.bias"},
        {"type": "reshape", "shape": [1, 8, 8]},
        {"type": "sigmoid"},
    ]
    assert {name: (array.dtype, array.shape) for name, array in net.tensors.items()} == {
        "decoder.0.weight": (np.float16, (5, 3)),
        "decoder.0.bias": (np.float16, (5,)),
        "decoder.2.weight": (np.float16, (64, 5)),
        "decoder.2.bias": (np.float16, (64,)),
        "decoder.reference.input": (np.float32, (4, 3)),
        "decoder.reference.output": (np.float32, (4, 64)),
    }


def test_a_residual_block_is_a_table_within_the_table():
    config = ConvVAEConfig(image_size=8, latent_dim=2, downsamplings=1, encoder_blocks=1, normalisation="group")
    net = export_decoder(build_model(config).decoder, latent_dim=2)
    conv = {"in": 32, "out": 32, "kernel": 3, "stride": 1, "padding": 1}
    assert [layer["type"] for layer in net.layers] == [
        "input", "linear", "reshape", "residual", "convTranspose2d", "relu", "conv2d", "sigmoid"
    ]  # fmt: skip
    assert net.layers[3]["layers"] == [
        {"type": "groupNorm", "groups": 4, "eps": 1e-5, "weight": "decoder.2.0.weight", "bias": "decoder.2.0.bias"},
        {"type": "relu"},
        {"type": "conv2d", **conv, "weight": "decoder.2.2.weight", "bias": "decoder.2.2.bias"},
        {"type": "groupNorm", "groups": 4, "eps": 1e-5, "weight": "decoder.2.3.weight", "bias": "decoder.2.3.bias"},
        {"type": "relu"},
        {"type": "conv2d", **conv, "weight": "decoder.2.5.weight", "bias": "decoder.2.5.bias"},
    ]
    assert net.layers[4] == {
        "type": "convTranspose2d", "in": 32, "out": 16, "kernel": 4, "stride": 2, "padding": 1,
        "weight": "decoder.3.weight", "bias": "decoder.3.bias",
    }  # fmt: skip
    assert net.tensors["decoder.3.weight"].flags.c_contiguous  # what safetensors writes, whatever the strides say


def test_the_reference_is_what_torch_computes_with_the_rounded_weights(decoder):
    net = export_decoder(decoder, latent_dim=3)
    rounded = build_model(CONFIG).decoder
    rounded.load_state_dict(
        {
            name.removeprefix("decoder."): torch.from_numpy(array)
            for name, array in net.tensors.items()
            if "reference" not in name
        }
    )
    with torch.inference_mode():
        expected = rounded(torch.from_numpy(net.tensors["decoder.reference.input"])).sigmoid().flatten(1)
    np.testing.assert_allclose(net.tensors["decoder.reference.output"], expected, atol=1e-6)


def test_exporting_leaves_the_decoder_as_it_was(decoder):
    before = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    export_decoder(decoder, latent_dim=3)
    torch.testing.assert_close(dict(decoder.state_dict()), before, atol=0, rtol=0)


def test_a_layer_that_the_browser_does_not_know_is_refused():
    assert nn.Bilinear not in LAYERS
    with pytest.raises(ValueError, match=r"net\.js has no layer GELU"):
        export_decoder(nn.Sequential(nn.Linear(2, 64), nn.GELU()), latent_dim=2)


def test_the_decoder_of_a_session_is_that_of_its_run(tmp_path):
    session = Session(train_small(tmp_path / "run", epochs=1))
    net = session.browser_decoder()
    decoded = session.decode(net.tensors["decoder.reference.input"]).reshape(4, -1)
    np.testing.assert_allclose(net.tensors["decoder.reference.output"], decoded, atol=2e-3)
