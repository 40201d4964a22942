"""A file is replaced whole or not at all."""

import errno
import os

import pytest

from explorer.files import replacing, write_atomically


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
