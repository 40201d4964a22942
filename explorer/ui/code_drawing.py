"""Drawing code maps step by step: what was asked for, and what is there by now.

s is the side of a code map, H the side of an image. Sites that are not drawn yet are unknown.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.palette import grey_tiles

if TYPE_CHECKING:  # imports torch; the page is drawn first
    from explorer.ancestral import Draws
    from explorer.code_inference import CodeSession

AT_ONCE = 64  # images between two looks at whether to go on
COMPARED_AT_ONCE = 4  # the same where each is compared with many
Codes = NDArray[np.int64]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Tiles = NDArray[np.uint8]


@dataclass(frozen=True)
class Hole:
    """A rectangle of sites that was erased: rows `top` to `bottom` − 1 and columns `left` to `right` − 1."""

    top: int
    bottom: int
    left: int
    right: int

    def kept(self, side: int) -> Mask:
        """Which sites are left, bool (s, s)."""
        sites = np.ones((side, side), bool)
        sites[self.top : self.bottom, self.left : self.right] = False
        return sites


@dataclass(frozen=True)
class Unfinished:
    """A test image with a hole: `row` is its number among the test images."""

    row: int
    hole: Hole


@dataclass(frozen=True)
class Wish:
    """What was asked for; `label` None is any class, `top_k` 0 all codes, `image` None whole new images."""

    seed: int = 0
    temperature: float = 1.0
    top_k: int = 0
    label: int | None = None
    count: int = 1
    image: Unfinished | None = None

    def kept(self, side: int) -> Mask:
        """Which sites are given, bool (s, s)."""
        return np.zeros((side, side), bool) if self.image is None else self.image.hole.kept(side)

    def draws(self, given: Codes) -> Draws:
        """The same for `ancestral.py`; `given` int64 (s, s) is the map of the image to complete."""
        import torch

        from explorer.ancestral import Draws

        labels = None if self.label is None else torch.full((self.count,), self.label)
        draws = Draws(self.count, self.seed, temperature=self.temperature, top_k=self.top_k, labels=labels)
        if self.image is None:
            return draws
        fixed, keep = (torch.from_numpy(part).expand(self.count, -1, -1) for part in (given, self.kept(len(given))))
        return replace(draws, fixed=fixed, keep=keep)


@dataclass(frozen=True)
class Drawing:
    """What there is so far.

    Attributes:
        wish: what was asked for.
        codes: int64 (N, s, s); whoever draws writes into the rows from `rows` on.
        rows: how many rows are finished.
        images: u8 (N, H, H) decoded, once all rows are there.
        nearest: u8 (M, H, H), the training images nearest to the first M images, as they are decoded.
        ssim: f32 (M,), how similar they are.
    """

    wish: Wish
    codes: Codes
    rows: int = 0
    images: Tiles | None = None
    nearest: Tiles | None = None
    ssim: Floats | None = None

    @property
    def known(self) -> Mask:
        """Which sites are drawn or kept, bool (s, s)."""
        side = self.codes.shape[1]
        return self.wish.kept(side) | (np.arange(side)[:, np.newaxis] < self.rows)

    @classmethod
    def begin(cls, wish: Wish, test: Codes) -> Drawing:
        """What there is before the first row; `test` (M, s, s) are the maps of the test images."""
        side = test.shape[1]
        given = np.zeros((side, side), np.int64) if wish.image is None else test[wish.image.row]
        return cls(wish, np.repeat(given[np.newaxis], wish.count, axis=0))


class TrainingImages:
    """The training images of a run as their stored codes are decoded: once, when they are first wanted."""

    def __init__(self, session: CodeSession, codes: Codes) -> None:
        self._session, self._codes = session, codes
        self._lock = threading.Lock()
        self._images: Tiles | None = None

    def __len__(self) -> int:
        return len(self._codes)

    def decoding(self) -> Iterator[float]:
        """Decode them if nobody has; yields the share that is done."""
        with self._lock:
            parts: list[Tiles] = []
            while self._images is None:
                done = len(parts) * AT_ONCE
                if done >= len(self):
                    self._images = np.concatenate(parts)
                else:
                    parts.append(grey_tiles(self._session.decode(self._codes[done : done + AT_ONCE])))
                    yield done / len(self)

    def images(self) -> Floats:
        """(M, H, H) in [0, 1], after `decoding`."""
        if self._images is None:
            raise ValueError("The training images are not decoded yet.")
        return _unit(self._images)


def draw(session: CodeSession, drawing: Drawing, training: TrainingImages) -> Iterator[Drawing]:
    """Go on from `Drawing.begin`: draw rows, decode them, and find the nearest training image of each sample.

    Raises RunError when the run has no prior, ConfigError for a wish out of range.
    """
    wish = drawing.wish
    for row, codes in session.sample_rows(wish.draws(drawing.codes[0])):
        drawing.codes[:, row] = codes
        drawing = replace(drawing, rows=row + 1)
        yield drawing
    images = grey_tiles(session.decode(drawing.codes))
    drawing = replace(drawing, images=images)
    yield drawing
    if wish.image is not None:
        return
    for _ in training.decoding():
        yield drawing
    yield from _compare(drawing, images, training.images())


def _compare(drawing: Drawing, images: Tiles, training: Floats) -> Iterator[Drawing]:
    from explorer.prior_health import nearest_images

    rows, ssim = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for start in range(0, len(images), COMPARED_AT_ONCE):
        found = nearest_images(_unit(images[start : start + COMPARED_AT_ONCE]), training)
        rows, ssim = np.append(rows, found.rows), np.append(ssim, found.ssim)
        yield replace(drawing, nearest=grey_tiles(training[rows]), ssim=ssim)


def _unit(tiles: Tiles) -> Floats:
    images = tiles.astype(np.float32)
    images /= 255
    return images
