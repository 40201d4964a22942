"""Epochs of `mnist-20` as tutorials write them beside ours, alternating in one run, one thread, equal batch.

The tutorial's: torchvision's MNIST, ToTensor, DataLoader, a sigmoid, binary_cross_entropy and Adam.
Both train on the same 12,800 images; evaluations are left out of both.

Run from the project's folder, with MNIST in the data root: python -m benchmarks.train
"""

import tempfile
from itertools import count
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from benchmarks.timing import compare
from explorer.batches import shuffled
from explorer.datasets.catalog import open_dataset
from explorer.paths import data_root
from explorer.recipes import find_recipe
from explorer.runs import Run
from explorer.trainer import trainer_of

IMAGES, BATCH = 12_800, 128


class TutorialVAE(nn.Module):
    """784-400-20, as in countless notebooks."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = F.relu(self.fc1(x.view(-1, 784)))
        mean, log_variance = self.fc21(h), self.fc22(h)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mean, log_variance


class Tutorial:
    """The usual loop."""

    def __init__(self) -> None:
        dataset = Subset(MNIST(data_root(), train=True, transform=ToTensor()), range(IMAGES))
        self.loader = DataLoader(dataset, batch_size=BATCH, shuffle=True)
        self.model = TutorialVAE()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def epoch(self) -> float:
        total = 0.0
        for images, _ in self.loader:
            self.optimizer.zero_grad()
            decoded, mean, log_variance = self.model(images)
            reconstruction = F.binary_cross_entropy(decoded, images.view(-1, 784), reduction="sum")
            kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            loss = reconstruction + kl
            loss.backward()
            total += loss.item()
            self.optimizer.step()
        return total / IMAGES


class Ours:
    """The project's own trainer, on the same images."""

    def __init__(self, folder: Path) -> None:
        config = find_recipe("mnist-20").config.override(batch_size=BATCH, threads=1)
        images = open_dataset(config.data)
        rows = torch.cat([torch.arange(IMAGES), torch.arange(60_000, 60_500)]).numpy()
        self.trainer = trainer_of(config, Run(folder), images.take(rows), report=lambda _: None)
        self.trainer.begin()
        self.epochs = count()

    def epoch(self) -> None:
        images = shuffled(self.trainer.train, 0, next(self.epochs))
        for start in range(0, len(images), BATCH):
            self.trainer.step(images.rows(slice(start, start + BATCH)))


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        ours, tutorial = Ours(Path(folder)), Tutorial()
        print(f"784-400-20, batch {BATCH}, {ours.trainer.learner.compute.describe()}")
        compare(tutorial.epoch, ours.epoch, label=f"an epoch of {IMAGES:,} images")


if __name__ == "__main__":
    main()
