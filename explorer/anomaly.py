"""How strange an image is to a model: its scores, all of them large for what is strange.

    elbo             the negative ELBO of one posterior sample, beta 1, as `evaluation.py` has it: its mean over a
                     set is that of `evaluate`; nats for BCE, up to a constant for MSE, no likelihood for SSIM
    reconstruction   the run's own term between the image and its reconstruction from the posterior mean, or from
                     the codes, summed over pixels; nats for BCE
    kl               KL(q(z|x) || N(0, I)), summed over dimensions, nats
    latent_distance  from the posterior mean to that of the nearest test image, each dimension counting as far as
                     images differ in it (`aggregate.Nearness`)
    quantisation     of a VQ-VAE: squared distance of the encoder's vectors to their codes, summed
    bits_per_code    of a VQ-VAE with a prior: what a code costs, no class given, mean over sites
    intensity        the mean grey value, 0 to 1: the trivial score. Where it does as well as a model, the task is easy

A score says what is unlike the images that a model learned from, and neither why nor whether it matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from explorer import support
from explorer.batches import generator
from explorer.code_inference import CodeSession
from explorer.datasets.image_set import ImageSet
from explorer.datasets.recorded import learned_part
from explorer.errors import RunError
from explorer.evaluation import NOISE_SEED
from explorer.inference import BATCH, Session
from explorer.latent import LatentSpace
from explorer.records import RunRecord
from explorer.runs import Run

TRIVIAL = "intensity"
VAE_SCORES = ("elbo", "reconstruction", "kl", "latent_distance", TRIVIAL)
CODE_SCORES = ("reconstruction", "quantisation", "bits_per_code", TRIVIAL)
OUTSIDE = -1  # an image that is not among the reference latents
Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class Piece(NamedTuple):
    """Some scored images: which rows of those given, their scores, each (n,), and reconstructions (n, H, W)."""

    rows: slice
    scores: dict[str, Floats]
    decoded: Floats


@dataclass(frozen=True)
class Reference:
    """The posterior means of a run's test images, that a distance is measured to.

    Attributes:
        between: f32 (L,), what each dimension counts.
        latents: f32 (N, L), so weighted.
        subjects: int64 (N,), whose slice each image is; None where images have no subjects.
    """

    between: Floats
    latents: Floats
    subjects: NDArray[np.int64] | None

    @classmethod
    def of(cls, space: LatentSpace) -> "Reference":
        """From the stored latents."""
        return cls(space.between, space.mean * space.between, space.metadata.get("subject"))

    def distance(self, mean: Floats, own: Rows) -> Floats:
        """Of posterior means (n, L) to the nearest here, (n,).

        An image that is itself here, in row `own` (n,), has neither itself nor its own subject's slices for a
        neighbour; `OUTSIDE` are the others.
        """
        points, is_here = mean * self.between, own != OUTSIDE
        found = np.empty(len(points), np.float32)
        if is_here.any():
            found[is_here] = support.nearest_other(points[is_here], self.latents, own[is_here], self.subjects)
        if not is_here.all():
            found[~is_here] = support.nearest(points[~is_here], self.latents)
        return found


class Scorer:
    """Scores images by the model of `run`, which `session` has loaded. Raises RunError when its latents are broken.

    Attributes:
        names: of its scores: `VAE_SCORES`, or `CODE_SCORES`, without bits where there is no prior.
    """

    names: tuple[str, ...]

    def __init__(self, session: Session | CodeSession, run: Run) -> None:
        self.session = session
        if isinstance(session, CodeSession):
            self.names = tuple(name for name in CODE_SCORES if session.has_prior or name != "bits_per_code")
        else:
            self.names = VAE_SCORES
            space = LatentSpace.from_arrays(run.read_latents(), session.record.data)
            if space.mean.shape[1] != session.model.config.latent_dim:
                raise RunError(f"{run.name} has latents of another model beside its own; train it again.")
            self._reference = Reference.of(space)

    def pieces(self, images: NDArray[np.uint8], own: Rows | None = None, *, batch: int = BATCH) -> Iterator[Piece]:
        """Score uint8 images (N, 1, H, W), `batch` at a time and in order.

        `own` (N,) are their rows among the run's test images (`own_rows`), none by default. The noise of the ELBO
        is that of `evaluate`: equally many images, altered or not, have the same in the same rows. Raises RunError
        when there is too little memory.
        """
        own = np.full(len(images), OUTSIDE) if own is None else own
        size = 0 if isinstance(self.session, CodeSession) else self.session.model.config.latent_dim
        noise = torch.randn(len(images), size, generator=generator(NOISE_SEED)).numpy()
        for start in range(0, len(images), batch):
            rows = slice(start, min(start + batch, len(images)))
            scores, decoded = self._score(images[rows], noise[rows], own[rows])
            intensity = images[rows].mean((1, 2, 3), dtype=np.float64).astype(np.float32) / 255
            yield Piece(rows, scores | {TRIVIAL: intensity}, decoded)

    def scores(self, images: NDArray[np.uint8], own: Rows | None = None) -> dict[str, Floats]:
        """All scores of uint8 images (N, 1, H, W), each (N,); as `pieces`."""
        found = [piece.scores for piece in self.pieces(images, own)]
        return {
            name: np.concatenate([each[name] for each in found] or [np.empty(0, np.float32)]) for name in self.names
        }

    def _score(self, images: NDArray[np.uint8], noise: Floats, own: Rows) -> tuple[dict[str, Floats], Floats]:
        if isinstance(self.session, CodeSession):
            codes = self.session.losses(images)
            scores = {"reconstruction": codes.reconstruction, "quantisation": codes.quantisation}
            if self.session.has_prior:
                scores["bits_per_code"] = self.session.bits(codes.codes, None).mean((1, 2))
            return scores, codes.decoded
        found = self.session.losses(images, noise)
        distance = self._reference.distance(found.mean, own)
        values = (found.elbo, found.reconstruction, found.kl, distance)
        return dict(zip(VAE_SCORES, values, strict=False)), found.decoded


def own_rows(images: ImageSet, whole: ImageSet, record: RunRecord) -> Rows:
    """Which test image of the run each of `images` is, `OUTSIDE` for those that are none; (N,).

    `whole` is the set that `images` were selected from, all splits and classes. Where it is not the run's set,
    none is.
    """
    learned = learned_part(whole, record.data)
    if learned.fingerprint != record.data.fingerprint or images.fingerprint != whole.fingerprint:
        return np.full(len(images), OUTSIDE)
    row_of = {name: row for row, name in enumerate(learned.select("test").ids.tolist())}
    return np.array([row_of.get(name, OUTSIDE) for name in images.ids.tolist()], np.int64)
