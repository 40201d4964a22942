"""The models that come with the project: small, whole, free of images, and as good as they say."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from sklearn.decomposition import PCA
from test_net_js import NODE, run_net

from explorer.code_inference import CodeSession
from explorer.code_maps import unpack_codes
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import open_recorded
from explorer.errors import DatasetError
from explorer.exporting import POINTS, SNAPSHOTS
from explorer.held_out import MOST, calibration_of
from explorer.inference import Session, standard_normal
from explorer.latent import LatentSpace
from explorer.metrics import ssim
from explorer.paths import PRETRAINED
from explorer.runs import Run

ALL = sorted(path.parent.name for path in PRETRAINED.glob("*/run.json"))
CODES = [name for name in ALL if Run(PRETRAINED / name).read_record().config.has_codes]
NAMES = [name for name in ALL if name not in CODES]
FIRST = ("mnist-20", "mnist-2d", "oasis-8")
BETAS = tuple(name for name in NAMES if name.startswith("mnist-beta-"))
OTHERS = tuple(name for name in NAMES if name not in FIRST + BETAS)
MOST_BYTES = {FIRST: 16_000_000, OTHERS: 12_000_000, BETAS: 8_000_000, tuple(CODES): 20_000_000}
MOST_MAP_BYTES = 60_000  # of a map of 10,000 images, beside these
MOST_CALIBRATION_BYTES = 1_100_000  # likewise
FILES = {"run.json", "history.jsonl", "model.safetensors", "calibration.safetensors"}
CODE_FILES = {"codes.safetensors", "prior/history.jsonl", "prior/model.safetensors", "prior/health.json"}
LATENTS = {"mean", "log_variance", "kl", "low", "high"}
COLUMNS = {"labels", "subject", "scan", "slice"}
SNAPSHOT = {"latents", "reconstructions", "rows", "samples"}


@pytest.fixture(params=NAMES)
def run(request) -> Run:
    """A VAE."""
    return Run(PRETRAINED / request.param)


@pytest.fixture(params=ALL)
def any_run(request) -> Run:
    """A VAE or a VQ-VAE."""
    return Run(PRETRAINED / request.param)


@pytest.fixture(params=CODES)
def code_run(request) -> Run:
    """A VQ-VAE with its prior."""
    return Run(PRETRAINED / request.param)


@cache
def session_of(name: str) -> Session:
    return Session(Run(PRETRAINED / name))


@cache
def images_of(name: str) -> ImageSet | None:
    """The images that a model was trained on, where they are here."""
    record = Run(PRETRAINED / name).read_record()
    try:
        images = open_recorded(record.data, record.config.model.image_size, allow_download=False)
    except DatasetError:
        return None
    return images if images.fingerprint == record.data.fingerprint else None


def images_or_skip(name: str) -> ImageSet:
    return images_of(name) or pytest.skip(f"the images of {name} are not here")


def test_the_first_models_are_there():
    assert {"mnist-20", "mnist-2d", "oasis-8"} <= set(NAMES)


@pytest.mark.parametrize("names", MOST_BYTES, ids="-".join)
def test_shipped_models_are_small_together(names):
    files = [
        path
        for name in names
        for path in (PRETRAINED / name).rglob("*.*")
        if path.parent.name != "maps" and path.stem != "calibration"
    ]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES[names]


def test_a_model_of_more_than_two_dimensions_has_its_map(run):
    maps = list(run.directory.glob("maps/*.safetensors"))
    assert len(maps) == (run.read_record().config.latent_dim > 2)
    assert all(path.stat().st_size < MOST_MAP_BYTES for path in maps)


def test_a_model_has_its_calibration(any_run):
    record = any_run.read_record()
    found = calibration_of(any_run, record)
    assert found is not None
    assert found.count == min(MOST, record.data.counts[found.split])
    assert (any_run.directory / "calibration.safetensors").stat().st_size < MOST_CALIBRATION_BYTES


def test_a_shipped_model_loads_and_decodes(run):
    images = session_of(run.name).sample(3, seed=0)
    size = run.read_record().config.model.image_size
    assert images.shape == (3, size, size)
    assert np.isfinite(images).all()


def test_its_weights_are_in_half_precision(any_run):
    weights = {name: array for name, array in any_run.read_weights().items() if not name.startswith("quantiser.")}
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float16)}


def test_it_has_no_state_of_a_process_and_few_snapshots(any_run):
    directory = any_run.directory
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    snapshots = {f"snapshots/epoch-{epoch:05d}.safetensors" for epoch in any_run.snapshot_epochs()}
    maps = {str(path.relative_to(directory)) for path in directory.glob("maps/*.safetensors")}
    own = CODE_FILES if any_run.has_codes else {"latents.safetensors"}
    assert files == FILES | own | snapshots | maps
    assert 2 <= len(snapshots) <= SNAPSHOTS
    for epoch in any_run.snapshot_epochs():
        assert len(any_run.read_snapshot(epoch).get("latents", [])) <= POINTS


def test_it_holds_no_images_of_its_data(any_run):
    names = any_run.read_codes() if any_run.has_codes else any_run.read_latents()
    assert {name.removeprefix("test.").removeprefix("train.") for name in names} <= (
        COLUMNS | {"codes"} if any_run.has_codes else COLUMNS | LATENTS
    )
    assert {name for epoch in any_run.snapshot_epochs() for name in any_run.read_snapshot(epoch)} <= SNAPSHOT


def test_it_credits_its_data_and_names_no_path_of_a_machine(any_run):
    record = any_run.read_record()
    assert record.data.credit
    strings = list(strings_in(json.loads(record.model_dump_json())))
    assert [text for text in strings if Path(text).is_absolute() or "\\" in text or "~" in text] == []


def strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings_in(part)]


def test_its_history_leads_to_its_record(any_run):
    record, history = any_run.read_record(), any_run.read_epochs()
    assert [line.epoch for line in history] == [*range(record.config.training.epochs + 1)]
    assert history[-1] == record.trained
    assert any_run.snapshot_epochs()[-1] == record.trained.epoch


def test_its_latents_are_those_of_every_test_image(run):
    record = run.read_record()
    latents = LatentSpace.from_arrays(run.read_latents(), run.read_record().data)
    assert latents.mean.shape == (record.data.counts["test"], record.config.latent_dim)
    assert len({start.group for start in latents.starts(record.data)}) == 10


def test_it_reaches_its_recorded_metrics(run):
    means = session_of(run.name).evaluate(images_or_skip(run.name).select("test"))
    recorded = run.read_record().trained.test
    assert means.count == recorded.count
    assert means.elbo == pytest.approx(recorded.elbo, rel=1e-3, abs=0.1)
    assert means.ssim == pytest.approx(recorded.ssim, abs=0.002)


def test_mnist_20_is_as_good_as_this_architecture_gets_in_ten_epochs():
    record = Run(PRETRAINED / "mnist-20").read_record()
    assert record.trained.test.elbo <= 104.0
    assert (record.config.training.epochs, record.data.counts["test"]) == (10, 10_000)


def test_mnist_conv_20_uses_convolutions_well():
    record = Run(PRETRAINED / "mnist-conv-20").read_record()
    assert record.trained.test.elbo <= 95.5
    assert record.config.training.epochs <= 20


def test_brain_conv_32_keeps_more_of_a_slice_than_oasis_8():
    conv, mlp = (Run(PRETRAINED / name).read_record() for name in ("brain-conv-32", "oasis-8"))
    assert conv.data.fingerprint == mlp.data.fingerprint
    assert conv.trained.test.ssim >= mlp.trained.test.ssim + 0.01


def test_a_browser_runs_its_decoder_in_a_frame(run):
    assert session_of(run.name).browser_decoder().flops < 40e6


@pytest.mark.parametrize(("latent_dim", "least"), [(2, 0.45), (4, 0.58), (16, 0.76)])
def test_more_latent_dimensions_of_a_squared_error_buy_structure(latent_dim, least):
    test = Run(PRETRAINED / f"mnist-mse-{latent_dim}").read_record().trained.test
    assert test.ssim >= least


def test_oasis_8_is_as_near_to_the_slices_as_eight_principal_components():
    images = images_or_skip("oasis-8")
    train, test = (images.select(split).images.reshape(images.count(split), -1) / 255 for split in ("train", "test"))
    pca = PCA(8, svd_solver="randomized", random_state=0).fit(train)
    projected = pca.inverse_transform(pca.transform(test)).clip(0, 1)
    pair = (torch.from_numpy(each).float().view(-1, 1, 64, 64) for each in (projected, test))
    assert Run(PRETRAINED / "oasis-8").read_record().trained.test.ssim >= ssim(*pair).mean().item() - 0.005


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_browser_decodes_and_encodes_as_torch_does(run, tmp_path):
    session = session_of(run.name)
    decoder, encoder = session.browser_decoder(), session.browser_encoder()
    tables = {"decoder": json.dumps(decoder.layers), "encoder": json.dumps(encoder.layers)}
    blob = save(decoder.tensors | encoder.tensors, tables)
    latents = standard_normal((16, run.read_record().config.latent_dim), seed=0)
    images = (255 * session.decode(latents)[:, None]).astype(np.uint8)
    decoded = run_net(blob, latents, tmp_path)
    np.testing.assert_allclose(decoded, session.decode(latents).reshape(16, -1), atol=1e-3)
    encoded = run_net(blob, images / 255, tmp_path, "encoder")
    np.testing.assert_allclose(encoded, np.concatenate(session.encode(images), axis=1), atol=1e-3)


# codes


def test_a_vqvae_and_its_prior_load_and_draw(code_run):
    session = CodeSession(code_run)
    images = session.sample(2, seed=0)
    size = code_run.read_record().config.model.image_size
    assert images.shape == (2, size, size)
    assert np.isfinite(images).all()


def test_a_vqvae_reaches_its_recorded_metrics(code_run):
    record, images = code_run.read_record(), images_or_skip(code_run.name).select("test")
    rows = np.linspace(0, len(images) - 1, min(500, len(images))).astype(int)
    means = CodeSession(code_run).evaluate(images.take(rows))
    assert means.ssim == pytest.approx(record.trained.test.ssim, abs=0.005)


def test_the_stored_codes_cost_what_the_record_says(code_run):
    record = code_run.read_record()
    maps = unpack_codes(code_run.read_codes(), "test", record.config.model, record.data)
    assert len(maps.codes) == record.data.counts["test"]
    rows = np.linspace(0, len(maps.codes) - 1, 60).astype(int)
    labels = None if maps.labels is None else maps.labels[rows]
    bits = CodeSession(code_run).bits(maps.codes[rows], labels).mean()
    assert bits == pytest.approx(record.prior.test, rel=0.05)


def test_a_prior_beats_counting_codes_at_each_site_by_a_tenth(code_run):
    prior = code_run.read_record().prior
    assert prior.test <= 0.9 * prior.site_unigram < prior.unigram < prior.uniform


def test_samples_of_a_prior_are_neither_noise_nor_copies(code_run):
    health = code_run.read_health()
    low, _, high = health.reference
    assert health.samples == 64
    assert low <= health.sample <= high


def test_adni_vqvae_keeps_the_structure_of_a_scan_and_uses_its_codebook():
    session = CodeSession(Run(PRETRAINED / "adni-vqvae"))
    means = session.evaluate(images_or_skip("adni-vqvae").select("test"))
    assert means.ssim >= 0.95
    assert means.ssim_mask >= 0.92
    assert means.usage >= 0.9
