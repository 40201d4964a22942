"""Latents laid out on a plane: their principal plane, and UMAP.

UMAP (McInnes, Healy & Melville 2018) as `umap-learn` has it, with what usually takes its time taken out: the
neighbours are exact and from one matrix product, the start is the principal plane, and what Numba compiles is kept
for the next process. The same seed gives the same map on one machine.
"""

import importlib
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from explorer.errors import RunError
from explorer.paths import cache_root
from explorer.principal import principal_plane
from explorer.validation import Config

EPOCHS = 200  # of the layout: more change nothing that can be measured
MOST_FITTED = 20_000  # latents that are laid out themselves; of more, a sample is
SAMPLE = 10_000
PLACED_BY = 15  # nearest latents at which another one is placed
START_SPAN = 10.0  # of the principal plane where the layout starts, as umap-learn scales its own
Floats = NDArray[np.float32]
Progress = Callable[[float], None]  # is told the share that is done, 0 to 1, and may raise to end it


class UmapConfig(Config):
    """What can be chosen of a UMAP map."""

    neighbours: int = Field(15, ge=2, le=200, description="Nearest latents that each is kept close to")
    min_dist: float = Field(0.1, ge=0, le=1, description="Smallest distance on the map; small values make tight clumps")
    seed: int = Field(42, ge=0, le=2**32 - 1, description="Seed of the layout")


def umap_points(latents: Floats, config: UmapConfig, progress: Progress = lambda _: None) -> Floats:
    """The places (N, 2) of latents (N, L), N > 2.

    Of more than `MOST_FITTED`, `SAMPLE` are laid out, spread evenly over the rows, and the others placed at them.
    Raises RunError when latents are not finite or too few, and what `progress` raises.
    """
    if len(latents) <= 2 or not np.isfinite(latents).all():
        raise RunError(f"UMAP lays out three or more finite latents; these are {len(latents)}, or not finite.")
    fitted = fitted_rows(len(latents))
    points = _lay_out(latents[fitted], config, progress)
    if len(fitted) == len(latents):
        return points
    every = place(latents, latents[fitted], points)
    every[fitted] = points
    return every


def fitted_rows(count: int) -> NDArray[np.int64]:
    """The rows of `count` latents that are laid out themselves."""
    return np.linspace(0, count - 1, count if count <= MOST_FITTED else SAMPLE).astype(np.int64)


def place(latents: Floats, mapped: Floats, points: Floats) -> Floats:
    """Where on a map latents (M, L) belong, whose points (N, 2) are those of the latents `mapped` (N, L); (M, 2).

    The mean of the points of the nearest `PLACED_BY`, weighted by the inverse of their distance in latent space; a
    latent that is mapped gets its own point.
    """
    from explorer.neighbours import nearest

    rows, distances = nearest(latents, mapped, PLACED_BY)
    inverse = 1 / np.maximum(distances, np.finfo(np.float32).eps).astype(np.float64)
    weights = inverse / inverse.sum(1, keepdims=True)
    placed: Floats = np.einsum("mk,mkd->md", weights, points[rows]).astype(np.float32)
    return placed


def _lay_out(latents: Floats, config: UmapConfig, progress: Progress) -> Floats:
    from explorer.neighbours import nearest_others

    progress(0)
    count = min(config.neighbours, len(latents) - 1)
    rows, distances = nearest_others(latents, count - 1)  # umap counts a point as its own first neighbour
    own = np.arange(len(latents))[:, np.newaxis]
    known = np.hstack([own, rows]), np.hstack([np.zeros_like(own, np.float32), distances])
    start = latents @ principal_plane(latents).axes.astype(np.float32)
    start = start * START_SPAN / max(float(np.abs(start - start.mean(0)).max()), 1e-6)
    with _compiled_once(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layout = importlib.import_module("umap").UMAP(
            n_neighbors=count,
            min_dist=config.min_dist,
            n_epochs=EPOCHS,
            init=start,
            random_state=config.seed,
            n_jobs=1,
            precomputed_knn=known,
            force_approximation_algorithm=True,  # else fewer than 4,096 would have their neighbours searched again
            tqdm_kwds={"disable": False, "file": _Listener(progress), "bar_format": "{n}", "mininterval": 0.2},
        )
        points: Floats = layout.fit_transform(latents)
    return points


class _Listener:
    """A file that umap-learn's progress bar is printed to, the number of the epoch and nothing else."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def write(self, text: str) -> None:
        """Pass on the share that is done."""
        if text.strip().isdecimal():
            self.progress(int(text) / EPOCHS)

    def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def _compiled_once() -> Iterator[None]:
    """Let Numba keep what it compiles here for later processes: umap-learn asks for that in one place only.

    Compiling takes several times as long as the map. Where the cache cannot be written all is compiled again.
    PyNNDescent, which umap-learn imports, has its own way of keeping.
    """
    numba = importlib.import_module("numba")
    importlib.import_module("pynndescent")
    folder = cache_root() / "numba"
    before = {name: getattr(numba, name) for name in ("jit", "njit")}, numba.config.CACHE_DIR
    if _is_writable(folder):
        numba.config.CACHE_DIR = str(folder)
        for name, decorator in before[0].items():
            setattr(numba, name, partial(decorator, cache=True))
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before[1]
        for name, decorator in before[0].items():
            setattr(numba, name, decorator)


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
