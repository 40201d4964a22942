"""Writing a file so that no reader, and no kill at any instant, ever sees half of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step. Raises OSError, and leaves `path` as it was."""
    with replacing(path) as sibling, sibling.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a sibling of `path` to write to, and rename it over `path` when the block ends well."""
    sibling = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield sibling
        sibling.replace(path)
    finally:
        with suppress(FileNotFoundError):
            sibling.unlink()
