"""What the prior learns from: the codes that a finished VQ-VAE gives the training images, augmented or as they are."""

import torch
from torch import Tensor, nn

from explorer.batches import DROPOUT, generator
from explorer.config import RunConfig, TrainingConfig
from explorer.learner import Given, Learner, Losses
from explorer.models import build_prior
from explorer.models.pixelcnn import PixelCNN, bits_per_code
from explorer.models.vqvae import VQVAE
from explorer.ranks import Ranks

UNCLASSED = 0.1  # share of the images whose class is withheld, so that one prior samples with and without


def prior_training(config: RunConfig) -> TrainingConfig:
    """How the prior of `config` is trained: as its autoencoder, but for what the prior's section says."""
    prior = config.prior
    return config.training.model_copy(
        update={
            "epochs": prior.prior_epochs,
            "batch_size": prior.prior_batch_size,
            "learning_rate": prior.prior_learning_rate,
        }
    )


class PriorLearner(Learner):
    """A PixelCNN over the codes of `autoencoder`, which stays as it is; its numbers are uniform (B, 1)."""

    parts = ("bits",)
    model: PixelCNN

    def __init__(self, config: RunConfig, autoencoder: VQVAE, classes: int, ranks: Ranks) -> None:
        torch.manual_seed(config.training.seed)
        self.autoencoder, self.classes = autoencoder.eval().requires_grad_(False), classes
        super().__init__(build_prior(config.prior, config.model, classes), prior_training(config), ranks)

    def numbers(self, step: int, count: int) -> Tensor:
        """Uniform (B, 1); dropout is a function of the step from here on, too."""
        source = generator(self.training.seed, DROPOUT, step, self.ranks.rank)
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=source)))
        return torch.rand(count, 1, generator=generator(self.training.seed, DROPOUT, step))

    def losses(self, model: nn.Module, given: Given) -> Losses:
        """Bits per code."""
        with torch.no_grad(), torch.autocast(given.images.device.type, enabled=False):
            codes = self.autoencoder.encode(given.images)
        labels = given.labels
        if labels is not None:
            labels = torch.where(given.numbers[:, 0] < UNCLASSED, self.classes, labels)
        return Losses((bits_per_code(model(codes, labels), codes).mean(),))

    def place(self, device: torch.device) -> None:
        """Bring all that computes to `device`."""
        self.autoencoder.to(device)
        super().place(device)
