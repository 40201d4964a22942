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

from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import open_recorded
from explorer.errors import DatasetError
from explorer.exporting import POINTS, SNAPSHOTS
from explorer.inference import Session, standard_normal
from explorer.latent import LatentSpace
from explorer.metrics import ssim
from explorer.paths import PRETRAINED
from explorer.runs import Run

NAMES = sorted(path.parent.name for path in PRETRAINED.glob("*/run.json"))
FIRST = ("mnist-20", "mnist-2d", "oasis-8")
MOST_BYTES = {True: 16_000_000, False: 12_000_000}  # of the first three, of the others
FILES = {"run.json", "history.jsonl", "model.safetensors", "latents.safetensors"}
LATENTS = {"mean", "log_variance", "kl", "low", "high", "labels", "subject", "slice"}
SNAPSHOT = {"latents", "reconstructions", "rows", "samples"}


@pytest.fixture(params=NAMES)
def run(request) -> Run:
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


@pytest.mark.parametrize("are_first", [True, False])
def test_shipped_models_are_small_together(are_first):
    folders = [folder for folder in PRETRAINED.iterdir() if (folder.name in FIRST) is are_first]
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*.*")) < MOST_BYTES[are_first]


def test_a_shipped_model_loads_and_decodes(run):
    images = session_of(run.name).sample(3, seed=0)
    size = run.read_record().config.model.image_size
    assert images.shape == (3, size, size)
    assert np.isfinite(images).all()


def test_its_weights_are_in_half_precision(run):
    assert {array.dtype for array in run.read_weights().values()} == {np.dtype(np.float16)}


def test_it_has_no_state_of_a_process_and_few_snapshots(run):
    files = {str(path.relative_to(run.directory)) for path in run.directory.rglob("*") if path.is_file()}
    snapshots = {f"snapshots/epoch-{epoch:05d}.safetensors" for epoch in run.snapshot_epochs()}
    assert files == FILES | snapshots
    assert 2 <= len(snapshots) <= SNAPSHOTS
    assert all(len(run.read_snapshot(epoch)["latents"]) <= POINTS for epoch in run.snapshot_epochs())


def test_it_holds_no_images_of_its_data(run):
    assert run.read_latents().keys() <= LATENTS
    assert {name for epoch in run.snapshot_epochs() for name in run.read_snapshot(epoch)} <= SNAPSHOT


def test_it_credits_its_data_and_names_no_path_of_a_machine(run):
    record = run.read_record()
    assert record.data.credit
    strings = list(strings_in(json.loads(record.model_dump_json())))
    assert [text for text in strings if Path(text).is_absolute() or "\\" in text or "~" in text] == []


def strings_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings_in(part)]


def test_its_history_leads_to_its_record(run):
    record, history = run.read_record(), run.read_epochs()
    assert [line.epoch for line in history] == [*range(record.config.training.epochs + 1)]
    assert history[-1] == record.trained
    assert run.snapshot_epochs()[-1] == record.trained.epoch


def test_its_latents_are_those_of_every_test_image(run):
    record = run.read_record()
    latents = LatentSpace.from_arrays(run.read_latents(), run.read_record().data)
    assert latents.mean.shape == (record.data.counts["test"], record.config.model.latent_dim)
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
    latents = standard_normal((16, run.read_record().config.model.latent_dim), seed=0)
    images = (255 * session.decode(latents)[:, None]).astype(np.uint8)
    decoded = run_net(blob, latents, tmp_path)
    np.testing.assert_allclose(decoded, session.decode(latents).reshape(16, -1), atol=1e-3)
    encoded = run_net(blob, images / 255, tmp_path, "encoder")
    np.testing.assert_allclose(encoded, np.concatenate(session.encode(images), axis=1), atol=1e-3)
