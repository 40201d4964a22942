"""Painting in the browser: what is decoded again after a change is what decoding the whole map gives."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from test_net_js import NODE, WEB_TESTS, node

from explorer.browser_net import export_code_decoder
from explorer.models import build_vqvae
from explorer.models.vqvae import VQVAE
from explorer.networks import VQVAEConfig
from explorer.ui.components import bundle

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")

DIGITS = VQVAEConfig(image_size=28, codebook_size=64, code_dim=8, hidden_channels=32, residual_blocks=1)
BRAIN = VQVAEConfig(image_size=128, codebook_size=200, code_dim=32, hidden_channels=64, residual_blocks=2)
DEEP = VQVAEConfig(image_size=64, downsamplings=3, codebook_size=9, code_dim=4, hidden_channels=8, residual_blocks=1)
CONFIGS = {"digits": DIGITS, "brain": BRAIN, "downsampling 8": DEEP}


@dataclass(frozen=True)
class Decoded:
    """What node made of maps: followed one after the other, each anew, and the regions that were decoded again."""

    reach: tuple[int, int]
    followed: NDArray[np.float32]
    whole: NDArray[np.float32]
    regions: NDArray[np.int64]


def model_of(config: VQVAEConfig) -> VQVAE:
    """Random weights of half precision, large enough that no pixel is grey whatever the codes are."""
    torch.manual_seed(0)
    model = build_vqvae(config)
    for parameter in model.decoder.parameters():
        parameter.data = (2 * parameter.data).half().float()
    return model.requires_grad_(False).eval()


def decode(model: VQVAE, maps: NDArray[np.int64], folder: Path) -> Decoded:
    """Decode maps (N, s, s) in node."""
    count, side, _ = maps.shape
    net = export_code_decoder(model, 4)
    tensors = net.tensors | {"codebook": model.quantiser.codebook.numpy()}
    (folder / "blob").write_bytes(save(tensors, {"decoder": json.dumps(net.layers)}))
    (folder / "maps").write_bytes(maps.astype(np.uint8).tobytes())
    output = node(WEB_TESTS / "run_codes.mjs", folder / "blob", folder / "maps", str(side))
    numbers = np.frombuffer(output, np.float32)
    size = model.config.image_size
    rows = numbers[2:].reshape(count, -1)
    followed, whole, regions = np.split(rows, [size**2, 2 * size**2], axis=1)
    shape = (count, size, size)
    before, after = map(int, numbers[:2])
    return Decoded((before, after), followed.reshape(shape), whole.reshape(shape), regions.astype(np.int64))


def strokes(config: VQVAEConfig) -> NDArray[np.int64]:
    """A map, and then the same after a dab of 1 to 5 codes in each corner, at each edge, in the middle; each stays."""
    rng = np.random.default_rng(1)
    side = config.map_size
    maps = [rng.integers(config.codebook_size, size=(side, side))]
    middle, last = side // 2, side - 1
    corners = [(0, 0), (0, last), (last, 0), (last, last)]
    edges = [(0, middle), (middle, 0), (last, middle), (middle, last)]
    for n, (row, column) in enumerate([*corners, *edges, (middle, middle), (middle - 1, middle + 1)]):
        painted = maps[-1].copy()
        dab = painted[row : row + 1 + n % 5, column : column + 1 + n % 5]
        dab[:] = (dab + 1 + rng.integers(config.codebook_size - 1)) % config.codebook_size
        maps.append(painted)
    return np.stack(maps)


@pytest.mark.parametrize("name", CONFIGS)
def test_decoding_what_changed_equals_decoding_the_whole_map(name, tmp_path):
    model, maps = model_of(CONFIGS[name]), strokes(CONFIGS[name])
    decoded = decode(model, maps, tmp_path)
    with torch.inference_mode():
        expected = model.decode(torch.from_numpy(maps)).sigmoid().numpy()[:, 0]
    assert expected.std() > 0.01
    np.testing.assert_allclose(decoded.followed, decoded.whole, atol=1e-6)
    np.testing.assert_allclose(decoded.followed, expected, atol=1e-4)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_code_reaches_as_far_as_the_table_says_and_no_further(name, tmp_path):
    config = CONFIGS[name]
    model, side = model_of(config), config.map_size
    pixels = config.image_size // side
    rng = np.random.default_rng(2)
    first = rng.integers(config.codebook_size, size=(side, side))
    second = first.copy()
    row, column = side // 2, side // 2 - 1
    second[row, column] = (second[row, column] + 1) % config.codebook_size
    decoded = decode(model, np.stack([first, second]), tmp_path)
    before, after = decoded.reach
    with torch.inference_mode():
        images = model.double().decode(torch.from_numpy(np.stack([first, second])))[:, 0].numpy()
    changed = np.nonzero(images[0] != images[1])
    for where, site, (low, high) in zip(changed, (row, column), decoded.regions[1].reshape(2, 2), strict=True):
        assert low == max(0, site * pixels - before) == where.min()
        assert high == min(config.image_size, (site + 1) * pixels + after) == where.max() + 1


def test_a_map_that_did_not_change_is_not_decoded_again(tmp_path):
    (tmp_path / "test.mjs").write_text(
        f"""
        import {{ readFileSync }} from "node:fs";
        import {{ CodeDecoder }} from "{WEB_TESTS.parents[1]}/explorer/ui/web/codedecoder.js";
        import {{ readSafetensors }} from "{WEB_TESTS.parents[1]}/explorer/ui/web/safetensors.js";
        const {{ metadata, tensors }} = readSafetensors(readFileSync(process.argv[2]));
        const parts = {{ layers: JSON.parse(metadata.decoder), tensors, codebook: tensors.codebook }};
        const decoder = new CodeDecoder(parts, 7);
        const codes = new Uint16Array(49).fill(3);
        decoder.follow(codes);
        codes[5] = 3;
        if (decoder.follow(codes).changed !== null) process.exit(1);
        codes[5] = 4; // the caller's own array changed: the decoder has its own copy
        if (decoder.follow(codes).changed === null) process.exit(1);
        """
    )
    decode(model_of(DIGITS), strokes(DIGITS)[:1], tmp_path)
    node(tmp_path / "test.mjs", tmp_path / "blob")


@pytest.mark.parametrize("entry", ["codebook"])
def test_the_bundle_is_one_module_that_parses(entry, tmp_path):
    source = bundle(entry)
    assert "\nimport " not in source
    assert source.count("export default ") == 1
    (tmp_path / "bundle.mjs").write_text(source)
    node("--check", tmp_path / "bundle.mjs")
