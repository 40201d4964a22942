"""What a linear model of the same size reaches: PCA with as many components as the latent has dimensions."""

import numpy as np
import torch
from torch import Tensor

from explorer.datasets.image_set import ImageSet
from explorer.metrics import mse, psnr, ssim


def pca_quality(train: ImageSet, test: ImageSet, components: int) -> dict[str, float]:
    """Mean "mse", "psnr" and "ssim" of `test` rebuilt by PCA that was fitted on `train`; protocol of evaluation.py.

    At most as many components as there are training images; what leaves [0, 1] is clipped.
    """
    from sklearn.decomposition import PCA

    fitted = PCA(min(components, len(train)), svd_solver="randomized", random_state=0).fit(_flat(train))
    flat = _flat(test)
    rebuilt = fitted.inverse_transform(fitted.transform(flat)).clip(0, 1)
    pair = _square(rebuilt, test), _square(flat, test)
    return {metric.__name__: float(metric(*pair).mean()) for metric in (mse, psnr, ssim)}


def _flat(images: ImageSet) -> np.ndarray:
    return images.images.reshape(len(images), -1).astype(np.float32) / 255


def _square(flat: np.ndarray, images: ImageSet) -> Tensor:
    return torch.from_numpy(flat.astype(np.float32)).reshape(images.images.shape)
