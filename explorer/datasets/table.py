"""Further columns of metadata, from the one CSV file beside the images of a set.

    subject,age,score          file,age,weight
    1,74,3                     cat/1.png,4,3.25

A column of `FILE_COLUMNS` or `SUBJECT_COLUMNS` says whose row it is. Columns of whole numbers are
taken, because a run stores its metadata as 32-bit integers. A table is never an error: what cannot
be used is left out, and a notice says what and why.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.decoding import MAX_FILE_BYTES, first_few
from explorer.datasets.image_set import ImageSet

FILE_COLUMNS = ("file", "filename", "file_name", "path", "image")
SUBJECT_COLUMNS = ("subject", "subject_id", "case", "scan", "scan_id", "id")
SUBJECT = re.compile(r"(?:[A-Za-z]+[_-]?)?([0-9]{1,9})")  # 1, 001, case_001
DELIMITERS = ",;\t"
LARGEST = 2**31 - 1
# what a run stores beside metadata: in its latents, and in its codes
RESERVED = ("mean", "log_variance", "kl", "low", "high", "labels", "codes", "__metadata__")


def with_table(images: ImageSet, home: Path) -> ImageSet:
    """`images` with the columns of the CSV file in `home`, if there is one."""
    paths = sorted(path for path in home.glob("*.csv") if not path.name.startswith("."))
    if not paths:
        return images
    try:
        columns, notices = _columns(_table(paths), images)
    except _UnusableError as error:
        columns, notices = {}, (f"{error}; nothing was taken from it.",)
    return replace(images, metadata={**images.metadata, **columns}, notices=(*images.notices, *notices))


class _UnusableError(Exception):
    """Why a table cannot be used."""


@dataclass(frozen=True)
class _Table:
    """A CSV file: its name, the names of its columns, and its rows, each with a text for every column."""

    name: str
    header: list[str]
    rows: list[list[str]]

    def find(self, names: Iterable[str]) -> int | None:
        """The place of the first column that has one of `names`."""
        header = [name.lower() for name in self.header]
        return next((header.index(name) for name in names if name in header), None)


def _table(paths: list[Path]) -> _Table:
    path = paths[0]
    if len(paths) > 1:
        raise _UnusableError(f"There are several CSV files beside the images ({first_few([p.name for p in paths])})")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _UnusableError(f"{path.name} is larger than {MAX_FILE_BYTES // 1024**2} MiB")
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        delimiter = max(DELIMITERS, key=lines[0].count) if lines else ","
        header, *rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter) if row]
    except (OSError, csv.Error, ValueError) as error:
        raise _UnusableError(f"{path.name} cannot be read as a table ({error})") from error
    return _Table(path.name, header, [row for row in rows if len(row) == len(header)])


def _columns(table: _Table, images: ImageSet) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    """The columns of `table` in the order of `images`, and what to say of them."""
    key, rows = _rows(table, images)
    columns: dict[str, NDArray[np.int64]] = {}
    left_out = []
    for place, name in enumerate(table.header):
        values = [_whole(row[place]) for row in rows]
        if place == key:
            continue
        if None in values or not name or name in (*RESERVED, *images.metadata, *columns):
            left_out.append(name)
        else:
            columns[name] = np.array(values, np.int64)
    notices = [f"{table.name} added {', '.join(columns)}."] if columns else []
    if left_out:
        notices.append(
            f"Columns of {table.name} that have other than whole numbers, or the name of another column, were left "
            f"out: {', '.join(left_out)}."
        )
    return columns, tuple(notices)


def _rows(table: _Table, images: ImageSet) -> tuple[int, list[list[str]]]:
    """Which column says whose a row is, and the row of every image. Raises _UnusableError."""
    subjects = images.metadata.get("subject", images.metadata.get("scan"))
    key = table.find(FILE_COLUMNS)
    if key is not None:
        wanted = _names_of(images.ids.tolist())
        found = _by_key((form, row) for row in table.rows for form in {row[key], *_short_names(row[key])})
    elif subjects is not None and (key := table.find(SUBJECT_COLUMNS)) is not None:
        wanted = [[str(subject)] for subject in subjects.tolist()]
        found = _by_key((str(int(match[1])), row) for row in table.rows if (match := SUBJECT.fullmatch(row[key])))
    else:
        raise _UnusableError(
            f"{table.name} has no column {FILE_COLUMNS[0]}"
            + ("" if subjects is None else f" or {SUBJECT_COLUMNS[0]}")
            + ", to tell whose its rows are"
        )
    rows = [next((row for form in forms if (row := found.get(form))), None) for forms in wanted]
    lacking = [name for name, row in zip(images.ids.tolist(), rows, strict=True) if row is None]
    if lacking:
        raise _UnusableError(
            f"{table.name} has no row, or several, for {len(lacking):,} of {len(rows):,} images ({first_few(lacking)})"
        )
    return key, [row for row in rows if row is not None]


def _by_key(pairs: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """The row of each key; a key that several rows share has none."""
    rows: dict[str, list[str]] = {}
    shared = set()
    for key, row in pairs:
        if key in rows:
            shared.add(key)
        rows[key] = row
    return {key: row for key, row in rows.items() if key not in shared}


def _names_of(ids: list[str]) -> list[list[str]]:
    """What a row may call each image: its id, and its short name if no other image has the same."""
    short = [_short_names(name)[0] for name in ids]
    count = Counter(short)
    places = ["*/" if "/" in name else "" for name in ids]
    return [
        [name, *([place + stem] if count[stem] == 1 else [])]
        for name, stem, place in zip(ids, short, places, strict=True)
    ]


def _short_names(name: str) -> list[str]:
    """The file name without folders and endings; where there are no folders also as "*/name", for an image in any."""
    stem = Path(name).name.partition(".")[0]
    return [stem] if "/" in name else [stem, f"*/{stem}"]


def _whole(text: str) -> int | None:
    """The whole number that `text` is, also as 74.0; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if abs(value) <= LARGEST and value.is_integer() else None
