"""What the README says is true: its commands parse, its paths exist, its numbers are the recorded ones."""

import re
import shlex
from pathlib import Path

import pytest

from explorer.__main__ import build_parser
from explorer.library import find_run
from explorer.paths import PROJECT
from explorer.recipes import RECIPES

README = (PROJECT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    python -m explorer (.+)$", README, re.MULTILINE)
TREE = README.split("## The tree")[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_readme_parses(command):
    assert build_parser().parse_args(shlex.split(command)).command


def test_the_readme_names_every_recipe_and_every_benchmark():
    assert all(f"`{recipe}`" in README for recipe in RECIPES)
    scripts = {path.stem for path in (PROJECT / "benchmarks").glob("*.py")} - {"__init__", "browsing", "timing"}
    assert set(re.findall(r"python -m benchmarks\.(\w+)", README)) == scripts


def test_the_tree_names_every_module_once_and_no_other():
    named = re.findall(r"(\w+\.py)\b", TREE)
    there = [path.name for folder in ("explorer", "pages") for path in (PROJECT / folder).rglob("*.py")]
    assert sorted(set(named)) == sorted({"app.py", *there})


def test_files_that_the_readme_links_to_exist():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert all((PROJECT / link).exists() for link in links if "://" not in link)


@pytest.mark.parametrize(
    "row", re.findall(r"^\| `([\w.-]+)` \|.*\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| [\d.]+ \|$", README, re.M)
)
def test_the_table_of_shipped_models_holds_their_recorded_numbers(row):
    name, *numbers = row
    test = find_run(name).read_record().trained.test
    assert [f"{test.elbo:.1f}", f"{test.ssim:.3f}", f"{test.psnr:.1f}"] == numbers


def test_every_shipped_model_is_in_the_table():
    assert {path.name for path in Path(PROJECT / "pretrained").iterdir()} <= set(
        re.findall(r"^\| `([\w.-]+)`", README, re.M)
    )
