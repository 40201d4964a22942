"""How large images are drawn: the smaller they are, the larger each of their pixels."""

SMALL, MEDIUM = 32, 64  # pixels of a side, at most


def is_small(size: int) -> bool:
    """Whether many images of `size` pixels find room on a page."""
    return size <= SMALL


def row_scale(size: int) -> int:
    """CSS pixels of a pixel where images stand in rows that are compared."""
    return 2 if size <= SMALL else 1
