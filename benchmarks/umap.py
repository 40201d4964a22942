"""UMAP of 10,000 latents of 20 dimensions, each time in a new process: `umap.UMAP(random_state=42)` beside ours.

The latents are those that `mnist-20` stores. Ours keeps what Numba compiles; its first process, with nothing kept,
is printed too. Trustworthiness is scikit-learn's, of 2,000 latents and their 15 nearest.

Run from the project's folder: python -m benchmarks.umap
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.timing import compare
from explorer.library import find_run

BLOCKS = 3
JUDGED, NEIGHBOURS = 2000, 15


def main() -> None:
    """Print the first map's seconds, the ratio, and how trustworthy both maps are."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        latents = find_run("mnist-20").read_latents()["mean"].astype(np.float32)
        np.save(folder / "latents.npy", latents)
        start = perf_counter()
        in_new_process("ours", folder)
        print(f"ours with nothing compiled yet: {perf_counter() - start:.1f} s")
        compare(
            lambda: in_new_process("usual", folder),
            lambda: in_new_process("ours", folder),
            label=f"UMAP of {len(latents):,} × {latents.shape[1]} in a new process",
            blocks=BLOCKS,
        )
        usual, ours = (trust(latents, np.load(folder / f"{way}.npy")) for way in ("usual", "ours"))
        print(f"trustworthiness: {usual:.4f} -> {ours:.4f}, {ours - usual:+.4f}")


def in_new_process(way: str, folder: Path) -> None:
    """Make the map in a process that imports everything anew."""
    roots = os.environ | {"EXPLORER_CACHE": str(folder / "cache")}
    subprocess.run([sys.executable, "-W", "ignore", "-m", "benchmarks.umap", way, folder], env=roots, check=True)


def make(way: str, folder: Path) -> None:
    """Read latents, and write their map."""
    latents = np.load(folder / "latents.npy")
    if way == "ours":
        from explorer.projection import UmapConfig, umap_points

        points = umap_points(latents, UmapConfig(seed=42))
    else:
        import umap

        points = umap.UMAP(random_state=42).fit_transform(latents)
    np.save(folder / f"{way}.npy", points)


def trust(latents: np.ndarray, points: np.ndarray) -> float:
    """How many of the nearest on the map are near in latent space too."""
    from sklearn.manifold import trustworthiness

    rows = np.linspace(0, len(latents) - 1, JUDGED).astype(int)
    return float(trustworthiness(latents[rows], points[rows], n_neighbors=NEIGHBOURS))


if __name__ == "__main__":
    if sys.argv[1:]:
        make(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
