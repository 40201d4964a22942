"""The runs there are: shipped ones first, own ones by age, broken ones with a reason."""

import os
import shutil
from pathlib import Path

import pytest
from small_runs import train_small

from explorer import library, runs
from explorer.errors import RunError
from explorer.library import delete_run, find_run, key_of, list_runs, own_runs, rename_run, size_on_disk
from explorer.paths import runs_root
from explorer.records import Status
from explorer.runs import Run


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """A shipped run that is the only one, in a library of the test's own."""
    for module in (library, runs):
        monkeypatch.setattr(module, "PRETRAINED", tmp_path / "pretrained")
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


def test_a_shipped_run_found_by_a_roundabout_path_is_the_shipped_one(run):
    roundabout = find_run(str(run.directory / ".." / run.name))
    assert (roundabout.is_shipped, key_of(roundabout)) == (True, "shipped")


@pytest.mark.usefixtures("run")
def test_an_unknown_run_is_answered_with_the_known_ones():
    with pytest.raises(RunError, match=r"There is no run 'atlantis', neither .* \(shipped\)\.$"):
        find_run("atlantis")


def test_without_any_run_nothing_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(library, "PRETRAINED", tmp_path / "nowhere")
    assert list_runs() == ([], [])
    with pytest.raises(RunError, match=r"\(none yet\)"):
        find_run("atlantis")


def test_a_run_that_vanishes_while_the_runs_are_listed_is_left_out(run, monkeypatch):
    copy(run, "stays")
    gone = copy(run, "gone")
    check = Run.check

    def check_late(each: Run) -> None:
        shutil.rmtree(gone.directory, ignore_errors=True)
        check(each)

    monkeypatch.setattr(Run, "check", check_late)
    entries, broken = list_runs()
    assert ([entry.key for entry in entries], broken) == (["shipped", "stays"], [])


def test_runs_that_have_not_begun_are_among_one_s_own(run):
    copy(run, "whole")
    (runs_root() / "queued").mkdir()
    Run(runs_root() / "queued").write_status(Status(phase="queued"))
    (runs_root() / "empty").mkdir()
    assert {each.name for each in own_runs()} == {"whole", "queued"}


# renaming and deleting


def test_a_run_is_renamed_and_found_by_its_new_name_alone(run):
    own = copy(run, "old")
    renamed = rename_run(own, "new.name_2-b")
    assert renamed.directory == runs_root() / "new.name_2-b"
    assert renamed.read_record() == run.read_record()
    assert keys() == ["shipped", "new.name_2-b"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "-flag", "a/b", "../a", "a b", "a\nb", "a\\b", "a:b", "x" * 101]
)
def test_a_name_that_is_none_is_refused(name, run):
    own = copy(run, "old")
    with pytest.raises(RunError, match="A name is made of"):
        rename_run(own, name)
    assert keys() == ["shipped", "old"]


def test_a_name_that_is_taken_is_refused(run):
    own, _ = copy(run, "old"), copy(run, "other")
    for name in ("other", "shipped", "old"):
        with pytest.raises(RunError, match=f"There is a run {name} already"):
            rename_run(own, name)


def test_a_deleted_run_is_gone_and_nothing_is_left(run):
    own = copy(run, "own")
    delete_run(own)
    assert [*runs_root().iterdir()] == []
    assert keys() == ["shipped"]


@pytest.mark.parametrize("change", [delete_run, lambda run: rename_run(run, "new")])
def test_what_is_not_one_s_own_or_not_there_or_training_is_neither_renamed_nor_deleted(change, run, tmp_path):
    elsewhere = Run(shutil.copytree(run.directory, tmp_path / "elsewhere"))
    for other in (run, elsewhere, Run(runs_root() / "..")):
        with pytest.raises(RunError, match="is not one of the runs in"):
            change(other)
    with pytest.raises(RunError, match="There is no run gone any more"):
        change(Run(runs_root() / "gone"))
    own = copy(run, "own")
    with Run(own.directory).locked(), pytest.raises(RunError, match="own is training or waits in the queue; stop it"):
        change(own)
    assert keys() == ["shipped", "own"]
    assert find_run(str(elsewhere.directory)).exists


def test_links_are_deleted_and_what_they_lead_to_stays(run, tmp_path):
    elsewhere = Run(shutil.copytree(run.directory, tmp_path / "elsewhere"))
    own = copy(run, "own")
    (own.directory / "link").symlink_to(elsewhere.directory)
    (runs_root() / "linked").symlink_to(elsewhere.directory)
    assert size_on_disk(own) == pytest.approx(size_on_disk(elsewhere), rel=0.01)
    delete_run(own)
    delete_run(Run(runs_root() / "linked"))
    assert [*runs_root().iterdir()] == []
    assert elsewhere.read_weights().keys() == run.read_weights().keys()


def test_a_run_that_cannot_be_removed_entirely_is_deleted_with_a_sentence_that_names_the_rest(run, monkeypatch):
    own = copy(run, "own")

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(library.shutil, "rmtree", refuse)
    with pytest.raises(RunError, match=r"own is deleted, but not all of .*\.deleted-\d+-own could be removed"):
        delete_run(own)
    assert (keys(), own_runs()) == (["shipped"], [])


def test_a_folder_that_cannot_be_moved_is_a_sentence(run, monkeypatch):
    own = copy(run, "own")

    def refuse(*_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(RunError, match=r"own cannot be moved: Permission denied\.$"):
        delete_run(own)
