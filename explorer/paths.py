"""Where things lie: the data root, the runs root, the shipped runs and the cache of decoded folders.

Each root is an environment variable or a folder of the project; reading them at call time lets
tests and the app see a change. Nothing here creates a folder.
"""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PRETRAINED = PROJECT / "pretrained"


def data_root() -> Path:
    """Folder of image sets: `EXPLORER_DATA`, else `data/` in the project. It may not exist."""
    return _root("EXPLORER_DATA", PROJECT / "data")


def runs_root() -> Path:
    """Folder of own runs: `EXPLORER_RUNS`, else `runs/` in the project. It may not exist."""
    return _root("EXPLORER_RUNS", PROJECT / "runs")


def cache_root() -> Path:
    """Folder of decoded image folders: `EXPLORER_CACHE`, else the user's cache folder."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return _root("EXPLORER_CACHE", home / "latent-explorer")


def is_inside(path: Path, root: Path) -> bool:
    """Whether `path`, symbolic links followed, is `root` or lies in it."""
    return path.resolve().is_relative_to(root.resolve())


def _root(variable: str, default: Path) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else default
