"""Writing a file so that no reader, and no kill at any instant, ever sees half of it; and the end of a log."""

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTS = ".*.part"  # siblings that are being written, or that a killed process left
STALE = 3600.0  # seconds since anything was added to a sibling; nobody writes it any more
LONGEST_LINE = 300  # characters


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step. Raises OSError, and leaves `path` as it was."""
    with replacing(path) as sibling, sibling.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a sibling of `path` that nobody else has, and rename it over `path` when the block ends well."""
    sibling = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        yield sibling
        sibling.replace(path)
    finally:
        with suppress(FileNotFoundError):
            sibling.unlink()


def remove_stale(siblings: Iterable[Path]) -> None:
    """Remove those `siblings` (`PARTS`) that killed processes left; what cannot be removed stays."""
    for sibling in siblings:
        with suppress(OSError):
            if time.time() - sibling.stat().st_mtime > STALE:
                sibling.unlink()


def last_line(path: Path) -> str:
    """The last line of a text file that is not blank, cut where it is long; empty where there is none."""
    lines = path.read_text(errors="replace").split("\n") if path.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:LONGEST_LINE]
