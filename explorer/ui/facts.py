"""What is known of an image, in words; not yet plain."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.image_set import ImageSet


class Known(Protocol):
    """Whatever has a class and further columns for each of its rows: images, their latents, their code maps."""

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """(N,), indices of class names; None where there are no classes."""

    @property
    def metadata(self) -> Mapping[str, NDArray[np.int64]]:
        """The further columns by their names, (N,) each."""


def describe_row(name: str, known: Known, label_names: Sequence[str], row: int) -> str:
    """ "t10k-00007, class 9, slice 3": what is known of the row that is called `name`."""
    facts = [name]
    if known.labels is not None:
        facts.append(f"class {label_names[known.labels[row]]}")
    return ", ".join([*facts, *(f"{column} {values[row]}" for column, values in known.metadata.items())])


def describe_image(images: ImageSet, row: int) -> str:
    """The same of an image, by its id."""
    return describe_row(str(images.ids[row]), images, images.label_names, row)


def describe_quality(quality: Mapping[str, NDArray[np.float32]], row: int) -> str:
    """How well an image was reconstructed: "SSIM 0.912, PSNR 23.1, MSE 0.0049"."""
    return ", ".join(f"{name.upper()} {quality[name][row]:.3g}" for name in ("ssim", "psnr", "mse"))
