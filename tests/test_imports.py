"""The import rule as the docstring of `explorer` draws it: every line may import itself and what is below."""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import explorer
from explorer.paths import PROJECT

DRAWN = [line[4:48] if line[44:48].isspace() else line for line in explorer.__doc__.splitlines() if line[:4].isspace()]
LAYERS = [re.findall(r"(\w+)(?:\.py|/)", line) for line in DRAWN]
HEIGHTS = {name: -depth for depth, layer in enumerate(LAYERS) for name in layer}
SOURCES = sorted([PROJECT / "app.py", *(PROJECT / "pages").glob("*.py"), *(PROJECT / "explorer").rglob("*.py")])
HEAVY = ("torch", "torchvision", "sklearn", "umap")


def part_of(path: Path) -> str:
    """What the drawing calls a file: its name, or that of the folder of `explorer` or of pages that it is in."""
    inner = path.relative_to(PROJECT).parts
    return Path(inner[1] if inner[0] == "explorer" else inner[0]).stem


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports anywhere, also within functions: "numpy", "explorer.runs"."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (
                [f"explorer.{alias.name}" for alias in node.names] if node.module == "explorer" else [node.module]
            )


def own_imports(path: Path) -> set[str]:
    """The parts of `explorer` that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("explorer.")}


def importers(package: str) -> set[str]:
    """The parts that import a package from elsewhere."""
    return {part_of(path) for path in SOURCES if package in {name.split(".")[0] for name in imports(path)}}


def test_every_part_stands_in_the_drawing_once():
    drawn = sorted(itertools.chain(*LAYERS))
    assert drawn == sorted({part_of(path) for path in SOURCES} - {"__init__"})


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_import_points_up(path):
    height = HEIGHTS.get(part_of(path), -len(LAYERS))
    assert {name for name in own_imports(path) if HEIGHTS[name] > height} == set()


def test_training_inference_and_exporting_never_meet():
    parts = {"training", "inference", "exporting"}
    for part in parts:
        assert own_imports(PROJECT / "explorer" / f"{part}.py") & parts == set()


@pytest.mark.parametrize(
    ("package", "parts"),
    [
        ("streamlit", {"app", "pages", "ui"}),
        ("plotly", {"figures", "latent_figures", "comparison_figures", "anomaly_figures"}),
        ("subprocess", {"jobs"}),
        ("argparse", {"__main__", "commands"}),
    ],
)
def test_a_package_is_imported_only_where_it_belongs(package, parts):
    assert importers(package) <= parts
    assert importers(package) != set()


def test_nothing_is_unpickled():
    assert importers("pickle") == importers("joblib") == importers("shelve") == set()


def test_what_pages_import_at_their_top_is_light():
    modules = ("explorer.library", "explorer.jobs", "explorer.latent", "explorer.ui.state", "explorer.datasets.catalog")
    script = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert set(HEAVY) & set(result.stdout.split()) == set()
