"""A trained VQ-VAE and its prior, ready to answer: arrays in, arrays out."""

import threading
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.ancestral import CachedSampler, Draws, site_distribution
from explorer.batches import as_tensor, to_unit
from explorer.browser_net import BrowserNet, export_code_decoder
from explorer.checkpoint import load_weights
from explorer.code_evaluation import evaluate_codes
from explorer.datasets.image_set import ImageSet
from explorer.errors import RunError
from explorer.inference import BATCH, Floats, Loaded
from explorer.masks import masked_ssim
from explorer.models import build_prior, build_vqvae
from explorer.networks import VQVAEConfig
from explorer.objectives import errors, to_images
from explorer.prior_evaluation import bits_of_maps
from explorer.records import Evaluation
from explorer.runs import Run

Codes = NDArray[np.int64]


class CodeLosses(NamedTuple):
    """What images cost a VQ-VAE, each (N,), and what comes by the way.

    Attributes:
        reconstruction: the run's own term, summed over pixels.
        quantisation: squared distance of the encoder's vectors to their codes, summed over sites and numbers.
        codes: (N, s, s); decoded: their images, (N, H, W) in [0, 1].
    """

    reconstruction: Floats
    quantisation: Floats
    codes: Codes
    decoded: Floats


class CodeSession(Loaded):
    """The VQ-VAE of one run and, once it has one, its prior. Raises RunError when the run cannot be loaded.

    Attributes:
        has_prior: whether the run has a prior to sample.
        classes: how many classes the prior can be asked for; 0 where there are none.
    """

    def __init__(self, run: Run) -> None:
        record = run.read_record()
        config = record.config
        if not isinstance(config.model, VQVAEConfig):
            raise RunError(f"{run.name} is a VAE and has no codes; choose a VQ-VAE.")
        self.model = build_vqvae(config.model)
        load_weights(self.model, run.read_weights())
        self.has_prior, self.classes = run.prior.has_weights, len(record.data.label_names)
        self._prior = build_prior(config.prior, config.model, self.classes)
        if self.has_prior:
            load_weights(self._prior, run.prior.read_weights())
        self._prior.eval().requires_grad_(False)
        self._sampler: CachedSampler | None = None
        self._sampling = threading.Lock()
        super().__init__(record, self.model, self._place)

    @property
    def codebook(self) -> Floats:
        """The codes' vectors, (K, D)."""
        with self._lock:
            return self.model.quantiser.codebook.cpu().numpy()

    def encode(self, images: NDArray[np.uint8]) -> Codes:
        """Code maps (N, s, s) of uint8 images (N, 1, H, W)."""
        return self._compute(lambda batch: (self.model.encode(to_unit(batch)),), as_tensor(images))[0]

    def vectors(self, images: NDArray[np.uint8]) -> Floats:
        """What the encoder gives before quantisation, (N, D, s, s)."""
        return self._compute(lambda batch: (self.model.encoder(to_unit(batch)),), as_tensor(images))[0]

    def decode(self, codes: Codes) -> Floats:
        """Images (N, H, W) in [0, 1] of code maps (N, s, s)."""
        return self._compute(lambda batch: (to_images(self.model.decode(batch))[:, 0],), torch.from_numpy(codes))[0]

    def reconstruct(self, images: NDArray[np.uint8], noise: Floats | None = None) -> Floats:  # noqa: ARG002
        """Images (N, H, W) decoded from the codes of uint8 images (N, 1, H, W); there is no noise in it."""
        return self.decode(self.encode(images))

    def losses(self, images: NDArray[np.uint8]) -> CodeLosses:
        """What each of uint8 images (N, 1, H, W) costs."""
        term = self.record.config.objective.reconstruction

        def measure(batch: Tensor) -> tuple[Tensor, ...]:
            unit = to_unit(batch)
            latents = self.model.encoder(unit)
            codes = self.model.quantiser.nearest(latents)
            distance = (latents.float() - self.model.quantiser.look_up(codes)).square().sum((1, 2, 3))
            logits = self.model.decode(codes)
            return errors(logits, unit, term), distance, codes, to_images(logits)[:, 0]

        return CodeLosses(*self._compute(measure, as_tensor(images)))

    def evaluate(self, images: ImageSet) -> Evaluation:
        """The numbers of `code_evaluation.py` on every image of the set, and SSIM inside the mask of `masks.py`."""
        pixels, objective = as_tensor(images.images), self.record.config.objective
        with self._lock:
            count = min(BATCH, len(pixels))
            found = self.room.fit(count, lambda most: evaluate_codes(self.model, pixels, objective, batch=most)).means
        inside = masked_ssim(self.reconstruct(images.images), to_unit(pixels)[:, 0].numpy())
        return found.model_copy(update={"ssim_mask": float(inside.mean())})

    def bits(self, codes: Codes, labels: NDArray[np.int64] | None) -> Floats:
        """What each code of maps (N, s, s) costs under the prior, bits; without `labels` (N,) of any class."""
        self._require_prior()
        given = None if labels is None else torch.from_numpy(labels)
        with self._lock, torch.inference_mode():
            return self.room.fit(
                min(BATCH, len(codes)),
                lambda most: bits_of_maps(self._prior, torch.from_numpy(codes), given, batch=min(most, 64)),
            ).numpy()

    def sample_rows(self, draws: Draws) -> Iterator[tuple[int, Codes]]:
        """Each row's number and its codes (N, s), as soon as it is finished; see `ancestral.py`."""
        sampler = self._cached_sampler()
        for row, codes in sampler.rows(draws.to(self.room.device)):
            yield row, codes.cpu().numpy()

    def sample_codes(self, draws: Draws) -> Codes:
        """Whole maps (N, s, s)."""
        return np.stack([codes for _, codes in self.sample_rows(draws)], axis=1)

    def sample(self, count: int, seed: int) -> Floats:
        """Images (count, H, W) decoded from draws of the prior, of any class."""
        return self.decode(self.sample_codes(Draws(count, seed)))

    def site_distribution(
        self, codes: Codes, site: tuple[int, int], *, label: int | None, temperature: float, top_k: int
    ) -> Floats:
        """Probabilities (K,) of the code at `site` = row, column of a map (s, s), given the sites before it."""
        self._require_prior()
        with self._lock:
            found = site_distribution(
                self._prior,
                torch.from_numpy(codes).to(self.room.device),
                site,
                label=label,
                temperature=temperature,
                top_k=top_k,
            )
        return found.cpu().numpy()

    def browser_decoder(self, side: int) -> BrowserNet:
        """The decoder for `net.js`, for maps of side × side codes: a window of the whole map is enough."""
        with self._lock:
            return export_code_decoder(self.model, side)

    def _cached_sampler(self) -> CachedSampler:
        self._require_prior()
        with self._sampling:
            if self._sampler is None:
                self._sampler = CachedSampler(self._prior)
            return self._sampler

    def _require_prior(self) -> None:
        if not self.has_prior:
            raise RunError("This VQ-VAE has no prior yet; train the run to its end.")

    def _place(self, device: torch.device) -> None:
        self.model.to(device)
        self._prior.to(device)
        self._sampler = None
