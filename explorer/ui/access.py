"""What a visitor may do: a public class server shows everything and lets nobody change it."""

import os

READONLY = "EXPLORER_READONLY"


def is_readonly() -> bool:
    """Whether `EXPLORER_READONLY` hides training, import, uploads, renaming and deletion."""
    return os.environ.get(READONLY, "") not in {"", "0"}
