"""The browser's network: its own tests in node, and its outputs against torch's."""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from torch import nn

from explorer.browser_net import export_decoder, export_encoder
from explorer.models import build_model
from explorer.networks import ConvVAEConfig, VAEConfig
from explorer.ui.components import WEB, bundle

WEB_TESTS = Path(__file__).parent / "web"
NODE = shutil.which("node")
ENTRIES = sorted(path.stem for path in WEB.glob("*.js") if "export default " in path.read_text(encoding="utf-8"))
ACTIVATIONS = {
    "relu": (nn.ReLU(), {}),
    "sigmoid": (nn.Sigmoid(), {}),
}

if NODE is None and os.environ.get("CI"):
    raise RuntimeError("node is not installed: CI has to run the browser's network")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def node(*arguments: str | Path) -> bytes:
    """Run node and return what it printed; its error output becomes the failure."""
    result = subprocess.run([str(NODE), *map(str, arguments)], capture_output=True, timeout=60)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()
    return result.stdout


def run_net(blob: bytes, inputs: np.ndarray, folder: Path, name: str = "decoder") -> np.ndarray:
    """The outputs (n, P) float32 of inputs (n, ...) by the net of a blob that has this name, in node."""
    (folder / "blob").write_bytes(blob)
    (folder / "inputs").write_bytes(inputs.astype(np.float32).tobytes())
    output = node(WEB_TESTS / "run_net.mjs", name, folder / "blob", folder / "inputs")
    return np.frombuffer(output, np.float32).reshape(len(inputs), -1)


def half_mlp(widths: list[int], activation: str) -> tuple[nn.Sequential, bytes]:
    """A random MLP ending in a sigmoid, its weights rounded to half precision, and its blob."""
    module, parameters = ACTIVATIONS[activation]
    net, layers = nn.Sequential(), [{"type": "input", "shape": [widths[0]]}]
    for inputs, outputs in itertools.pairwise(widths):
        name = f"decoder.{len(net)}"
        net.append(nn.Linear(inputs, outputs)).append(module)
        layers += [
            {"type": "linear", "in": inputs, "out": outputs, "weight": f"{name}.weight", "bias": f"{name}.bias"},
            {"type": activation, **parameters},
        ]
    net[-1], layers[-1] = nn.Sigmoid(), {"type": "sigmoid"}
    net = net.half().float()
    tensors = {f"decoder.{name}": tensor.half().numpy() for name, tensor in net.state_dict().items()}
    return net, save(tensors, metadata={"decoder": json.dumps(layers)})


def test_the_web_folder_s_own_tests():
    node("--test", WEB_TESTS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [[20, 400, 784], [2, 7, 5, 64], [1, 3]])
def test_node_decodes_what_torch_decodes(widths, activation, tmp_path):
    torch.manual_seed(0)
    net, blob = half_mlp(widths, activation)
    latents = 2 * torch.randn(16, widths[0])
    with torch.inference_mode():
        expected = net(latents).numpy()
    np.testing.assert_allclose(run_net(blob, latents.numpy(), tmp_path), expected, atol=1e-3)


@pytest.mark.parametrize("upsampling", ["transposed", "nearest"])
@pytest.mark.parametrize("normalisation", ["none", "group"])
@pytest.mark.parametrize("sizes", [{"image_size": 28}, {"image_size": 10, "downsamplings": 1, "latent_dim": 2}])
def test_node_runs_residual_convolutions_as_torch_does(sizes, normalisation, upsampling, tmp_path):
    torch.manual_seed(0)
    config = ConvVAEConfig(normalisation=normalisation, upsampling=upsampling, **sizes)
    decoder = build_model(config).decoder
    for parameter in decoder.parameters():
        parameter.data += 0.05 * torch.randn(
            parameter.shape
        )  # no scale of 1 or offset of 0 that could be left out unseen
    net = export_decoder(decoder, config.latent_dim)
    blob = save(net.tensors, metadata={"decoder": json.dumps(net.layers)})
    expected = net.tensors["decoder.reference.output"]
    assert expected.std() > 0.01
    np.testing.assert_allclose(run_net(blob, net.tensors["decoder.reference.input"], tmp_path), expected, atol=1e-5)


@pytest.mark.parametrize(
    "config",
    [
        VAEConfig(image_size=8, hidden=6, latent_dim=3, projection=True),
        ConvVAEConfig(image_size=12, latent_dim=3, encoder_channels=8, normalisation="group"),
    ],
)
def test_node_encodes_as_torch_does(config, tmp_path):
    torch.manual_seed(0)
    encoder = build_model(config).encoder
    net = export_encoder(encoder, torch.rand(5, 1, config.image_size, config.image_size))
    blob = save(net.tensors, metadata={"encoder": json.dumps(net.layers)})
    expected = net.tensors["encoder.reference.output"]
    assert expected.shape == (5, 6)
    outputs = run_net(blob, net.tensors["encoder.reference.input"], tmp_path, "encoder")
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_is_one_module_that_parses(entry, tmp_path):
    source = bundle(entry)
    assert "\nimport " not in source
    assert source.count("export default ") == 1
    (tmp_path / "bundle.mjs").write_text(source)
    node("--check", tmp_path / "bundle.mjs")
