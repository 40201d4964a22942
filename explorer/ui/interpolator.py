"""The panel between images as a typed function: the way between two latents, the square between four."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from explorer.interpolation import WAYS, bilinear
from explorer.ui.components import OWN, Letter, declare, rerun

Way = Literal["linear", "spherical", "both"]
Shares = NDArray[np.float64]
ANCHORS = 4
ROUND = (0, 1, 3, 2, 0)  # the corners of the square on a walk around it


@dataclass(frozen=True)
class Anchor:
    """A latent z (L,) to go from or to.

    `start` indexes the stored starts, or is PRIOR_MEAN, RANDOM_DRAW or OWN, or below them a test image (latent.js).
    """

    label: str
    z: tuple[float, ...]
    start: int = OWN


@dataclass(frozen=True)
class Walk:
    """Where the panel stands: four anchors A to D, and the place between them.

    A way goes from A to B, with the place at t; a square lies between the four, with the place at (u, v).
    """

    anchors: tuple[Anchor, ...]
    square: bool = False
    way: Way = "linear"
    t: float = 0.5
    u: float = 0.5
    v: float = 0.5

    @property
    def latents(self) -> NDArray[np.float32]:
        """The anchors' z, (4, L)."""
        return np.array([anchor.z for anchor in self.anchors], np.float32)

    @property
    def z(self) -> tuple[float, ...]:
        """The latent of this place; of both ways, the straight one's."""
        if self.square:
            (place,) = bilinear(self.latents, np.array([self.u]), np.array([self.v]))
        else:
            (place,) = self.along(self.ways[0], np.array([self.t]))
        return tuple(place.tolist())

    @property
    def shown(self) -> Sequence[Anchor]:
        """The anchors that count: two on a way, four around the square."""
        return self.anchors if self.square else self.anchors[:2]

    @property
    def ways(self) -> Sequence[str]:
        """The names of the ways that are shown."""
        return tuple(WAYS) if self.way == "both" else (self.way,)

    def along(self, way: str, t: Shares) -> NDArray[np.float32]:
        """Latents (T, L) on a way from A to B."""
        a, b, *_ = self.latents
        return WAYS[way](a, b, t)

    def frames(self, count: int) -> NDArray[np.float32]:
        """Latents from A to B (W, count, L), for each of the W ways; of a square, once around it."""
        t = np.linspace(0, 1, count)
        if not self.square:
            return np.stack([self.along(way, t) for way in self.ways])
        corners = self.latents[list(ROUND)]
        side = np.minimum((t * 4).astype(int), 3)
        share = (t * 4 - side)[:, np.newaxis]
        around: NDArray[np.float32] = ((1 - share) * corners[side] + share * corners[side + 1]).astype(np.float32)
        return around[np.newaxis]

    def lattice(self, side: int) -> NDArray[np.float32]:
        """Latents over the square, (side, side, L), rows downwards."""
        v, u = np.meshgrid(*2 * [np.linspace(0, 1, side)], indexing="ij")
        return bilinear(self.latents, u.ravel(), v.ravel()).reshape(side, side, -1)


_PANEL = declare("interpolate")


def interpolator(blob: bytes, *, key: str) -> Walk | None:
    """Mount the panel: the blob's decoder runs in the page while the playhead is dragged.

    `blob` is what `model_blob.py` makes, its `panel` a `Walk`, which counts at the first mount of a model.
    Returns where it was left last with this blob, None before that.
    """
    letter = Letter(key, blob)
    result = _PANEL(key=key, data=letter.data, on_committed_change=rerun)
    committed = letter.answer(result.committed)
    if committed is None:
        return None
    places = {name: float(committed[name]) for name in ("t", "u", "v")}
    anchors = tuple(map(_anchor, committed["anchors"]))
    return Walk(anchors, bool(committed["square"]), as_way(committed["way"]), **places)


def _anchor(sent: dict[str, Any]) -> Anchor:
    return Anchor(str(sent["label"]), tuple(map(float, sent["z"])), int(sent["start"]))


def as_way(name: str) -> Way:
    """The way of this name; the straight one where there is no such."""
    return next((way for way in get_args(Way) if way == name), "linear")
