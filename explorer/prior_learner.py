"""What the prior learns from: the codes that a finished VQ-VAE gives the training images, varied or as they are.

What is kept and judged is no step's weights but a moving average of those of the last steps, as in PixelCNN++
(Salimans et al. 2017): it costs fewer bits on images that the prior has not seen.
"""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from explorer.batches import DROPOUT, generator
from explorer.checkpoint import Arrays, load_weights, weights_of
from explorer.config import RunConfig, TrainingConfig
from explorer.learner import Given, Learner, Losses
from explorer.models import build_prior
from explorer.models.pixelcnn import PixelCNN, bits_per_code
from explorer.models.vqvae import VQVAE
from explorer.ranks import Ranks

UNCLASSED = 0.1  # share of the images whose class is withheld, so that one prior samples with and without

DECAY = 0.998  # of the average: it reaches back about 500 steps
AVERAGE = "average."  # of the names in a checkpoint
Tensors = tuple[Tensor, ...] | list[Tensor]


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
        model = build_prior(config.prior, config.model, classes)
        self._averaged = AveragedModel(model, multi_avg_fn=_approach)
        super().__init__(model, prior_training(config), ranks)

    @property
    def average(self) -> PixelCNN:
        """The model with the average of its weights over the last steps."""
        average = self._averaged.module
        assert isinstance(average, PixelCNN)
        return average

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

    def after_step(self, step: int, sums: list[Tensor]) -> None:  # noqa: ARG002, the same after every step
        """Let the average follow."""
        self._averaged.update_parameters(self.model)

    def pack(self) -> Arrays:
        """With the average."""
        return super().pack() | {AVERAGE + name: array for name, array in weights_of(self._averaged).items()}

    def unpack(self, arrays: Arrays) -> None:
        """The reverse of `pack`. Raises RunError for weights that do not fit, KeyError for what is missing."""
        averaged = {name.removeprefix(AVERAGE): each for name, each in arrays.items() if name.startswith(AVERAGE)}
        load_weights(self._averaged, averaged)
        super().unpack(arrays)

    def place(self, device: torch.device) -> None:
        """Bring all that computes to `device`."""
        self.autoencoder.to(device)
        self._averaged.to(device)
        super().place(device)


def _approach(averages: Tensors, weights: Tensors, steps: Tensor | int) -> None:
    """Let averages of the weights after so many steps follow; while these are few they are soon forgotten."""
    done = int(steps)
    torch._foreach_lerp_(averages, weights, 1 - min(DECAY, (1 + done) / (10 + done)))
