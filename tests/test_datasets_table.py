"""The CSV file beside the images: whose its rows are, what is taken, and what is said of the rest."""

from pathlib import Path

import pytest
from datasets_files import opened, write_adni, write_images, write_oasis

from explorer.datasets.image_set import ImageSet

NAMES = ["cat/1.png", "cat/2.png", "dog/1.png", "dog/3.png"]


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Four images of two classes, two of the same name, under a data root, and a cache of its own."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return write_images(tmp_path / "data" / "own", NAMES)


def columns(images: ImageSet) -> dict[str, list[int]]:
    """The metadata as lists."""
    return {name: column.tolist() for name, column in images.metadata.items()}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_whole_numbers_are_taken_by_file_name(own: Path, delimiter: str, mark: str) -> None:
    """Rows in any order are found by file name; what is not whole, or clashes, is left out and named."""
    rows = ["File,age,weight,sex,mean,codes", "dog/3.png,4,1.5,f,0,0", "dog/1.png,3.0,2,m,0,0", "cat/2.png,-2,2,m,0,0"]
    text = "\n".join([*rows, "cat/1.png,1,2,f,0,0", "cat/9.png,9,9,f,0,0"]).replace(",", delimiter)
    (own / "facts.csv").write_text(mark + text, encoding="utf-8")
    images = opened(own, 8)
    assert columns(images) == {"age": [1, -2, 3, 4]}
    assert "facts.csv added age." in images.notices
    assert images.notices[-1].endswith("were left out: weight, sex, mean, codes.")


def test_rows_may_name_files_without_folder_and_ending(own: Path) -> None:
    """A name without its folder is enough where no other image has it, and another folder's is not taken for it."""
    rows = ["file,age", "cat/1.png,1", "2,2", "3.jpg,3", "1.png,4"]
    (own / "facts.csv").write_text("\n".join(rows))
    assert "no row, or several, for 1 of 4 images (dog/1.png)" in opened(own, 8).notices[-1]
    (own / "dog" / "1.png").rename(own / "dog" / "4.png")
    (own / "facts.csv").write_text("\n".join([*rows, "pig/4.png,5"]))
    assert "no row, or several, for 1 of 4 images (dog/4.png)" in opened(own, 8).notices[-1]
    (own / "facts.csv").write_text("\n".join([*rows, "4.png,5"]))
    assert columns(opened(own, 8)) == {"age": [1, 2, 3, 5]}


@pytest.mark.parametrize("form", ["{}", "{:03d}", "case_{:03d}"])
def test_rows_are_found_by_subject(own: Path, form: str) -> None:
    """In the OASIS layout a row of a subject counts for all of its slices, and is no new data."""
    brains = write_oasis(own.with_name("brains"))
    before = opened(brains, 16)
    lines = [f"{form.format(subject)},{subject + 50}" for subject in (1, 2, 402, 441)]
    (brains / "ages.csv").write_text("\n".join(["subject,age", *lines]))
    after = opened(brains, 16)
    assert columns(after)["age"] == [51, 51, 52, 52, 452, 452, 491, 491]
    assert after.fingerprint == before.fingerprint


def test_rows_are_found_by_scan(own: Path) -> None:
    """In the ADNI layout the same goes for scans."""
    brains = write_adni(own.with_name("brains"))
    (brains / "ages.csv").write_text("\n".join(["scan,age", *[f"{scan},{scan + 50}" for scan in range(1, 30)]]))
    assert columns(opened(brains, 16))["age"][:3] == [60, 60, 61]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("age\n1", "facts.csv has no column file, to tell whose its rows are"),
        ("", "facts.csv cannot be read as a table"),
        ("file,age\ncat/1.png,1", "no row, or several, for 3 of 4 images (cat/2.png, dog/1.png, dog/3.png)"),
        ("file,age\n" + "x" * 200_000, "facts.csv cannot be read as a table"),
    ],
)
def test_unusable_table_is_a_notice(own: Path, content: str, problem: str) -> None:
    """A table that cannot be used leaves the set as it is, and a notice says why."""
    (own / "facts.csv").write_text(content)
    images = opened(own, 8)
    assert problem in images.notices[-1]
    assert images.notices[-1].endswith("nothing was taken from it.")
    assert columns(images) == {}


def test_several_tables_are_a_notice(own: Path) -> None:
    """With two tables none is taken."""
    for name in ("a.csv", "b.csv"):
        (own / name).write_text("file,age\n")
    assert "several CSV files beside the images (a.csv, b.csv); nothing" in opened(own, 8).notices[-1]
