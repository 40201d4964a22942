"""Too little memory: fewer images at a time, and then the CPU."""

import sys
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from explorer.errors import RunError

WORDS = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")  # CUDA, Linux, Windows, cuBLAS
CPU = torch.device("cpu")
T = TypeVar("T")


def is_shortage(error: Exception) -> bool:
    """Whether `error` says that memory is short, on a GPU or in the computer."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(words in str(error) for words in WORDS)


class Room:
    """Where something computes, and on how many images at once: fewer whenever memory is short.

    Attributes:
        device: the wanted one, or the CPU once not even one image fitted there.
        most: images that fit at once, as far as is known.
    """

    def __init__(self, device: torch.device, place: Callable[[torch.device], object]) -> None:
        """`place` brings all that computes to a device; it is called at once."""
        self.device, self._wanted, self._place = device, device, place
        self.most = sys.maxsize
        self._streams = False
        self.fit(1, lambda _: place(self.device))

    def fit(self, count: int, compute: Callable[[int], T]) -> T:
        """`compute(count)`, or `compute` of half as many images at once, again and again, until they fit.

        Where one does not fit it is the CPU's turn, with `count` again. `compute` may be called many
        times, so a call that fails must leave nothing behind. Raises RunError when nothing helps.
        """
        while True:
            most = max(1, min(count, self.most))
            try:
                return compute(most)
            except (RuntimeError, MemoryError) as error:
                if not is_shortage(error):
                    raise
            self._give_way(most)  # not before the error is gone, whose traceback holds on to tensors

    def hold(self, images: Tensor) -> Tensor:
        """`images` on the device, or where they are when they do not fit there."""
        try:
            return images.to(self.device)
        except RuntimeError as error:
            if not is_shortage(error):
                raise
        self._streams = True
        return images

    @property
    def notices(self) -> tuple[str, ...]:
        """What was done about a shortage, a sentence each."""
        moved = self.device != self._wanted
        sentences = {
            "The GPU has too little memory for even one image, so the CPU computes.": moved,
            f"Memory is short, so images are computed {self.most} at a time, with the same result.": self.most
            < sys.maxsize,
            "The images do not fit into the GPU's memory, so they are sent there a batch at a time.": self._streams
            and not moved,
        }
        return tuple(sentence for sentence, holds in sentences.items() if holds)

    def _give_way(self, most: int) -> None:
        if most > 1:
            self.most = most // 2
        elif self.device != CPU:
            self.device, self.most = CPU, sys.maxsize
            self._place(self.device)
        else:
            raise RunError(
                "There is too little memory for even one image; close other programs or choose a smaller model."
            )
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
