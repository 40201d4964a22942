"""What pages are shown with: small image sets, whole runs, models to be damaged, and a server for looking."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasets_files import write_adni, write_idx, write_oasis
from small_runs import change_json, train_small, train_small_vqvae

from explorer import library
from explorer.paths import PRETRAINED, runs_root
from explorer.records import Status
from explorer.runs import Run

pytest.register_assert_rewrite("visitor")


@pytest.fixture(scope="module", autouse=True)
def thawed() -> Iterator[None]:
    """What the app froze is collected again once a file is through; else torch reports leaks."""
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def known_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server learns from its first visitor that app.py calls `st.navigation`; AppTest forgets it before each run."""
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.testing.v1 import app_test

    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    monkeypatch.setattr(app_test, "PagesManager", type("Remembering", (PagesManager,), {}))


@pytest.fixture
def readonly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server for looking."""
    monkeypatch.setenv("EXPLORER_READONLY", "1")


# images


@pytest.fixture(scope="session")
def small_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a little of every set that a shipped model knows: noise in MNIST's, OASIS's and ADNI's form."""
    root = tmp_path_factory.mktemp("data")
    write_idx(root / "MNIST" / "raw", test=40)
    write_oasis(root / "oasis", side=64)
    write_adni(root / "adni" / "AD_NC", height=120, width=128)
    return root


@pytest.fixture
def small_data(small_sets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages find the small sets."""
    monkeypatch.setenv("EXPLORER_DATA", str(small_sets))


@pytest.fixture
def no_data(small_data: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001 (has the last word)
    """A data root that does not exist."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "nowhere"))
    return tmp_path / "nowhere"


# runs


@pytest.fixture
def no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is shipped, and nothing was trained."""
    monkeypatch.setattr(library, "PRETRAINED", tmp_path / "nothing")


@pytest.fixture(scope="session")
def trained_vae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as the command line leaves it, of digits of 12 × 12 pixels."""
    return train_small(tmp_path_factory.mktemp("trained") / "run").directory


@pytest.fixture(scope="session")
def trained_vqvae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VQ-VAE of 4 × 4 codes out of 16 and its prior, as the command line leaves them."""
    return train_small_vqvae(tmp_path_factory.mktemp("codes") / "run").directory


@pytest.fixture
def own_run(trained_vae: Path) -> Run:
    """A copy of that VAE in the runs root, stopped."""
    directory = runs_root() / "mine"
    shutil.copytree(trained_vae, directory)
    run = Run(directory)
    run.write_status(Status(phase="stopped", epoch=2, epochs=4))
    return run


@pytest.fixture
def two_runs(trained_vae: Path) -> list[Run]:
    """Two copies of it, whose images are always here."""
    for name in ("first", "second"):
        shutil.copytree(trained_vae, runs_root() / name)
    return [Run(runs_root() / name) for name in ("first", "second")]


@pytest.fixture
def code_run(trained_vqvae: Path) -> Run:
    """A copy of that VQ-VAE in the runs root."""
    directory = runs_root() / "codes"
    shutil.copytree(trained_vqvae, directory)
    return Run(directory)


@pytest.fixture
def own_model() -> Run:
    """A copy of a shipped model in the runs root, there to be damaged."""
    directory = runs_root() / "mine"
    shutil.copytree(PRETRAINED / "mnist-2d", directory, copy_function=shutil.copyfile)  # with a date of its own
    return Run(directory)


@pytest.fixture
def lost_model(own_model: Run) -> Run:
    """A model whose images are nowhere, and nothing like them."""
    change_json(own_model.directory / "run.json", ("data",), name="gone", source="far/gone")
    return own_model
