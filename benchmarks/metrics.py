"""SSIM of 10,000 pairs of 28 × 28 images: scikit-image a pair at a time beside `explorer.metrics.ssim`.

Run from the project's folder: python -m benchmarks.metrics
"""

import numpy as np
import torch
from skimage.metrics import structural_similarity
from torch import Tensor
from torch.nn import functional as F

from benchmarks.timing import compare
from explorer.datasets.idx import read_images
from explorer.metrics import SSIM_PROTOCOL, ssim
from explorer.paths import data_root

COUNT = 10_000


def main() -> None:
    """Print one line for one thread and one for as many as torch takes."""
    name, images = load_images()
    blurred = F.avg_pool2d(images, 3, stride=1, padding=1)

    def scikit_image() -> Tensor:
        pairs = zip(images[:, 0].numpy(), blurred[:, 0].numpy(), strict=True)
        return torch.tensor([structural_similarity(a, b, data_range=1) for a, b in pairs])

    difference = (scikit_image() - ssim(images, blurred)).abs().max()
    print(f"SSIM of {COUNT:,} pairs, {name} beside their blurred copies; {SSIM_PROTOCOL}")
    print(f"largest difference from scikit-image, which computes in the images' float32: {difference:.1e}")
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        compare(scikit_image, lambda: ssim(images, blurred), label=f"{threads} thread{'s'[: threads > 1]}")


def load_images() -> tuple[str, Tensor]:
    """MNIST's test images if they are in the data root, else scikit-learn's digits enlarged; (10000, 1, 28, 28)."""
    path = data_root() / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    if path.exists():
        return "MNIST test images", torch.from_numpy(read_images(path))[:, None].float() / 255
    from sklearn.datasets import load_digits

    digits = torch.from_numpy(np.resize(load_digits().images, (COUNT, 1, 8, 8))).float() / 16
    return "scikit-learn digits, enlarged,", F.interpolate(digits, size=28, mode="bilinear")


if __name__ == "__main__":
    main()
