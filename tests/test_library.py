"""The runs there are: shipped ones first, own ones by age, broken ones with a reason."""

import os
import shutil

import pytest
from small_runs import train_small

from explorer import library
from explorer.errors import RunError
from explorer.library import find_run, list_runs
from explorer.runs import Run


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A shipped run that is the only one, in a library of the test's own."""
    monkeypatch.setattr(library, "PRETRAINED", tmp_path / "pretrained")
    return train_small(tmp_path / "pretrained" / "shipped", epochs=1)


def copy(run: Run, name: str) -> Run:
    root = run.directory.parents[1] / "runs"
    return Run(shutil.copytree(run.directory, root / name))


def keys() -> list[str]:
    return [entry.key for entry in list_runs()[0]]


def test_without_own_runs_the_shipped_ones_are_there(run):
    (entry,), broken = list_runs()
    assert (entry.key, entry.shipped, entry.run.directory, broken) == ("shipped", True, run.directory, [])
    assert entry.record == run.read_record()


def test_own_runs_follow_newest_first(run):
    for age, name in enumerate(("young", "old", "older")):
        os.utime(copy(run, name).directory, (1000 - age, 1000 - age))
    assert keys() == ["shipped", "young", "old", "older"]
    assert [entry.shipped for entry in list_runs()[0]] == [True, False, False, False]


def test_an_own_run_with_the_name_of_a_shipped_one_is_told_apart(run):
    own = copy(run, "shipped")
    assert keys() == ["shipped", "own:shipped"]
    assert find_run("shipped").directory == run.directory
    assert find_run("own:shipped").directory == own.directory


def test_a_broken_run_is_listed_with_its_reason_and_the_others_go_on(run):
    (copy(run, "torn").directory / "run.json").write_text("{")
    (copy(run, "light").directory / "model.safetensors").unlink()
    entries, broken = list_runs()
    assert [entry.key for entry in entries] == ["shipped"]
    reasons = {each.key: each.reason for each in broken}
    assert reasons.keys() == {"torn", "light"}
    assert reasons["light"] == "light has no weights yet."
    assert "run.json is broken" in reasons["torn"]
    with pytest.raises(RunError, match="light has no weights yet"):
        find_run("light")


def test_a_run_is_found_by_path_wherever_it_lies(run, tmp_path, monkeypatch):
    elsewhere = shutil.copytree(run.directory, tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    assert find_run(str(elsewhere)).directory == find_run("elsewhere").directory == elsewhere


@pytest.mark.usefixtures("run")
def test_an_unknown_run_is_answered_with_the_known_ones():
    with pytest.raises(RunError, match=r"There is no run 'atlantis', neither .* \(shipped\)\.$"):
        find_run("atlantis")


def test_without_any_run_nothing_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "PRETRAINED", tmp_path / "nowhere")
    assert list_runs() == ([], [])
    with pytest.raises(RunError, match=r"\(none yet\)"):
        find_run("atlantis")
