"""A file is replaced whole or not at all."""

import errno
import os
import time

import pytest

from explorer.files import LONGEST_LINE, PARTS, STALE, last_line, remove_stale, replacing, write_atomically


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def test_content_is_replaced(path):
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_write_that_fails_leaves_what_was_there_and_nothing_beside_it(path, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("explorer.files.os.fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_reader_never_sees_half_of_a_file(path):
    with replacing(path) as sibling:
        sibling.write_bytes(b"ne")
        assert path.read_bytes() == b"old"
        sibling.write_bytes(b"new")
    assert path.read_bytes() == b"new"


def test_two_writers_of_one_process_do_not_meet(path):
    with replacing(path) as first, replacing(path) as second:
        first.write_bytes(b"first")
        second.write_bytes(b"second")
        assert first.read_bytes() == b"first"
    assert path.read_bytes() == b"first"  # whose block ended last
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_removed_once_it_is_old(path):
    with replacing(path) as old, replacing(path) as young:
        for sibling, age in ((old, STALE + 60), (young, STALE - 60)):
            sibling.write_bytes(b"ne")
            os.utime(sibling, (time.time() - age,) * 2)
        remove_stale(path.parent.glob(PARTS))
        assert (old.exists(), young.exists(), path.exists()) == (False, True, True)
        old.write_bytes(b"new")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", ""),
        (b"\n \n", ""),
        (b"epoch 1\nKilled \xff\n\n", "Killed \N{REPLACEMENT CHARACTER}"),
        (b"x" * 999, "x" * LONGEST_LINE),
    ],
)
def test_the_last_line_of_a_log_is_the_last_that_says_something(content, line, path):
    path.write_bytes(content)
    assert last_line(path) == line
    path.unlink()
    assert last_line(path) == ""
