"""What a linear model of the same size reaches: PCA with as many components as the latent has dimensions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.batches import to_unit
from explorer.datasets.image_set import ImageSet
from explorer.metrics import mse, psnr, ssim

AT_ONCE = 1000  # images that are rebuilt at a time


@dataclass(frozen=True)
class LinearModel:
    """PCA of training images, as scikit-learn fitted it."""

    fitted: Any

    @classmethod
    def fit(cls, train: ImageSet, components: int) -> "LinearModel":
        """At most as many components as there are training images."""
        from sklearn.decomposition import PCA

        pca = PCA(min(components, len(train)), copy=False, svd_solver="randomized", random_state=0)
        return cls(pca.fit(_flat(train.images)))  # which is a copy already

    def reconstruct(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Images (N, H, W) rebuilt from their components, of uint8 images (N, 1, H, W); clipped to [0, 1]."""
        rebuilt: NDArray[np.float32] = self.fitted.inverse_transform(self.fitted.transform(_flat(images)))
        return rebuilt.clip(0, 1).astype(np.float32).reshape(len(images), *images.shape[2:])

    def quality(self, test: ImageSet) -> dict[str, float]:
        """Mean "mse", "psnr" and "ssim" of `test` rebuilt; protocol of evaluation.py."""
        found: dict[str, list[Tensor]] = {"mse": [], "psnr": [], "ssim": []}
        for start in range(0, len(test), AT_ONCE):
            images = test.images[start : start + AT_ONCE]
            pair = torch.from_numpy(self.reconstruct(images))[:, None], to_unit(torch.from_numpy(images))
            for metric in (mse, psnr, ssim):
                found[metric.__name__].append(metric(*pair))
        return {name: float(torch.cat(values).mean()) for name, values in found.items()}


def pca_quality(train: ImageSet, test: ImageSet, components: int) -> dict[str, float]:
    """`LinearModel.quality` of `test`, fitted on `train`."""
    return LinearModel.fit(train, components).quality(test)


def _flat(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
