"""Two ways of doing one thing, timed against each other."""

from collections.abc import Callable
from statistics import median
from time import perf_counter


def compare(
    usual: Callable[[], object], ours: Callable[[], object], *, label: str, blocks: int = 9, calls: int = 1
) -> float:
    """Time both in alternating blocks of `calls`, print one line and return how many times faster `ours` is.

    A machine's speed drifts from second to second, the ratio within a block hardly: the ratio is the
    median over the blocks, its spread the smallest and the largest.
    """
    usual(), ours()  # what is done only once is not timed
    times = [(_seconds(usual, calls), _seconds(ours, calls)) for _ in range(blocks)]
    ratios = [slow / fast for slow, fast in times]
    slow, fast = (1000 * median(column) for column in zip(*times, strict=True))
    print(
        f"{label}: {slow:.4g} ms -> {fast:.4g} ms, "
        f"×{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f} over {blocks} blocks)"
    )
    return median(ratios)


def _seconds(function: Callable[[], object], calls: int) -> float:
    """Seconds a call."""
    start = perf_counter()
    for _ in range(calls):
        function()
    return (perf_counter() - start) / calls
