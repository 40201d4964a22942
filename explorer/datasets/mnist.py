"""Fetching MNIST once, where there is a network."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from explorer.errors import MissingDatasetError

SILENCE_SECONDS = 5.0  # a mirror has several addresses, and each may take this long to fail


def download(root: Path) -> None:
    """Put MNIST's files, verified, into `root`/MNIST/raw, showing a progress bar.

    Raises DatasetError if they cannot be fetched or written.
    """
    from torchvision.datasets import MNIST

    try:
        with _impatient_sockets():
            MNIST(root, download=True)
    except (OSError, RuntimeError, HTTPException) as error:
        raise missing(root, f"could not be downloaded ({_last_line(error)})") from error


def missing(root: Path, reason: str) -> MissingDatasetError:
    """The error for MNIST that is not there because of `reason`: where its files go, and what works without."""
    return MissingDatasetError(
        f"MNIST's four files are not in the data root {root} and {reason}; put train-images-idx3-ubyte.gz, "
        f"train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz "
        f"into {root / 'MNIST' / 'raw'}, or use the embedded set `digits`."
    )


@contextmanager
def _impatient_sockets() -> Iterator[None]:
    """torchvision sets no timeout, so that a network that swallows packets would hang for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _last_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[-1] if lines else type(error).__name__
