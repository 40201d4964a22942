"""What a VAE and a VQ-VAE learn from: their losses, and how a codebook follows."""

import torch
from torch import Tensor, nn

from explorer.batches import REVIVAL, generator, step_noise
from explorer.config import RunConfig
from explorer.learner import Given, Learner, Losses
from explorer.models import build_model, build_vqvae
from explorer.models.base import VAE
from explorer.models.quantiser import Usage
from explorer.models.vqvae import VQVAE
from explorer.objectives import LossParts, VQLossParts, vae_loss, vq_loss
from explorer.ranks import Ranks


class VAELearner(Learner):
    """A VAE; its numbers are standard normal (B, L)."""

    parts = LossParts._fields
    model: VAE

    def __init__(self, config: RunConfig, ranks: Ranks) -> None:
        torch.manual_seed(config.training.seed)
        self.config = config
        super().__init__(build_model(config.model), config.training, ranks)

    def numbers(self, step: int, count: int) -> Tensor:
        """Standard normal (B, L)."""
        return step_noise(self.training.seed, step, (count, self.config.latent_dim))

    def losses(self, model: nn.Module, given: Given) -> Losses:
        """The parts of `vae_loss`."""
        output = model(given.images, given.numbers)
        kind = self.config.objective.reconstruction
        return Losses(vae_loss(output.logits, given.images, *output.posterior, reconstruction=kind, beta=given.beta))


class VQVAELearner(Learner):
    """A VQ-VAE: its networks follow the gradient, its codebook the vectors that each code was given."""

    parts = VQLossParts._fields
    model: VQVAE

    def __init__(self, config: RunConfig, ranks: Ranks) -> None:
        torch.manual_seed(config.training.seed)
        self.config = config
        self._vectors = torch.zeros(0, 1)  # of the last piece, (n, D), and how far each is from its code, (n,)
        self._distances = torch.zeros(0)
        super().__init__(build_vqvae(config.model), config.training, ranks)

    def losses(self, model: nn.Module, given: Given) -> Losses:
        """The parts of `vq_loss`, and the use of the codebook."""
        output = model(given.images)
        objective, quantiser = self.config.objective, self.model.quantiser
        vectors = output.latents.detach().float()
        self._vectors = vectors.movedim(1, -1).flatten(end_dim=-2)
        self._distances = (vectors - quantiser.look_up(output.codes)).square().sum(1).flatten()
        parts = vq_loss(
            output.logits,
            given.images,
            output.commitment,
            reconstruction=objective.reconstruction,
            weight=objective.commitment,
        )
        return Losses(parts, quantiser.usage(vectors, output.codes))

    def no_sums(self) -> list[Tensor]:
        """Of the parts, and of the use of the codebook."""
        return [*super().no_sums(), *self._no_use()]

    def after_step(self, step: int, sums: list[Tensor]) -> None:
        """The codebook follows, and codes that are hardly used are put where vectors are far from every code."""
        quantiser = self.model.quantiser
        quantiser.follow(Usage(*sums))
        dead = quantiser.dead
        if len(dead):
            found = self.ranks.share_arrays(lambda: {"vectors": self._far(len(dead), step).cpu().numpy()})
            quantiser.revive(dead, torch.from_numpy(found["vectors"]).to(dead.device))

    def _far(self, count: int, step: int) -> Tensor:
        """Vectors (count, D) of this rank's last piece, each drawn with its squared distance to its code as weight.

        Plain draws would be background, half of every scan, where codes already are.
        """
        weights = (self._distances + 1e-12).cpu()
        source = generator(self.training.seed, REVIVAL, step)
        return self._vectors[torch.multinomial(weights, count, replacement=True, generator=source)]

    def _no_use(self) -> Usage:
        quantiser = self.model.quantiser
        return Usage(torch.zeros_like(quantiser.counts), torch.zeros_like(quantiser.sums))
