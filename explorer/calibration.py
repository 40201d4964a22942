"""How strange is strange: what a model's scores and residuals are on its own held-out images.

    <score>            f32 (201,), quantiles of the score at equal steps of probability
    residual.mean      f16 (1 + S, H, W), mean of original - reconstruction: over all images, and near
    residual.deviation each of S slice numbers; f16 (1 + S, H, W), their standard deviation
    residual.slices    i32 (S,), rising; none where images are no slices
    and as strings     split, count, window, model

Held-out images are those of the validation split, or of the test split where there is none. Near a slice number
means at most `window` away from it: neighbouring slices of a head are alike, and few images have one number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from explorer.errors import RunError
from explorer.records import RunRecord

LEVELS = np.linspace(0, 100, 201)  # percentiles that are kept
FLOOR = 0.02  # grey value, of 1: where all held-out images are black, the least grey would be a thousand deviations
RESIDUAL = "residual."
Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Calibration:
    """Scores and residuals of held-out images.

    Attributes:
        quantiles: of each score, f32 (201,), rising.
        mean, deviation: f32 (1 + S, H, W), of the residuals, grey value of 1.
        slices: int64 (S,), rising.
        window: how far from a slice number an image counts as near it; 0 where there are none.
        split: where the images are from; count: how many.
        model: `model_of` the record of the model that gave them.
    """

    quantiles: Mapping[str, Floats]
    mean: Floats
    deviation: Floats
    slices: NDArray[np.int64]
    window: int
    split: Literal["validation", "test"]
    count: int
    model: str

    @property
    def source(self) -> str:
        """In words: "10,000 test images"."""
        return f"{self.count:,} {self.split} images"

    def percentile(self, score: str, values: NDArray[np.floating]) -> Floats:
        """Which share of the held-out images, in percent, scores lower than each of `values` (N,); 0 to 100.

        Between two quantiles it is interpolated; of those that tie, half count as lower. Raises KeyError for
        a score that is not here.
        """
        quantiles, first, counts = np.unique(self.quantiles[score], return_index=True, return_counts=True)
        levels = (LEVELS[first] + LEVELS[first + counts - 1]) / 2
        found = np.interp(values.astype(np.float32), quantiles, levels, left=0.0, right=100.0)
        percentiles: Floats = found.astype(np.float32)
        return percentiles

    def percentiles(self, scores: Mapping[str, Floats]) -> dict[str, Floats]:
        """The same of every score that is here."""
        return {name: self.percentile(name, values) for name, values in scores.items() if name in self.quantiles}

    def standardised(
        self, images: NDArray[np.uint8], decoded: Floats, slices: NDArray[np.int64] | None = None
    ) -> Floats:
        """Residuals of uint8 images (N, 1, H, W) and their reconstructions (N, H, W), in standard deviations; signed.

        Positive where an image is brighter than its reconstruction, more than held-out images are. With the slice
        numbers (N,) of the images the statistics are those near each. A deviation below `FLOOR` counts as that.
        """
        rows = self.rows_of(slices, len(images))
        residuals = to_grey(images) - decoded
        found: Floats = ((residuals - self.mean[rows]) / self.deviation[rows].clip(FLOOR)).astype(np.float32)
        return found

    def rows_of(self, slices: NDArray[np.int64] | None, count: int) -> NDArray[np.int64]:
        """Which rows of `mean` and `deviation` suit `count` images; of slices the nearest number's, else the first."""
        if slices is None or not len(self.slices):
            return np.zeros(count, np.int64)
        nearest: NDArray[np.int64] = np.abs(slices[:, np.newaxis] - self.slices).argmin(1)
        return 1 + nearest

    def to_arrays(self) -> tuple[Arrays, dict[str, str]]:
        """The arrays and strings of `calibration.safetensors`."""
        arrays: Arrays = {
            **self.quantiles,
            f"{RESIDUAL}mean": self.mean.astype(np.float16),
            f"{RESIDUAL}deviation": self.deviation.astype(np.float16),
            f"{RESIDUAL}slices": self.slices.astype(np.int32),
        }
        strings = {"split": self.split, "count": str(self.count), "window": str(self.window), "model": self.model}
        return arrays, strings

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], strings: Mapping[str, str], image_size: int
    ) -> "Calibration":
        """The reverse. Raises RunError when they do not belong together, or to images of another size."""
        try:
            found = cls(
                quantiles={
                    name: array.astype(np.float32) for name, array in arrays.items() if not name.startswith(RESIDUAL)
                },
                mean=arrays[f"{RESIDUAL}mean"].astype(np.float32),
                deviation=arrays[f"{RESIDUAL}deviation"].astype(np.float32),
                slices=arrays[f"{RESIDUAL}slices"].astype(np.int64),
                window=int(strings["window"]),
                split=cast(Literal["validation", "test"], strings["split"]),
                count=int(strings["count"]),
                model=strings["model"],
            )
        except (KeyError, ValueError) as error:
            raise RunError(
                f"calibration.safetensors lacks something ({error}); the calibrate command makes it."
            ) from error
        if not found._fits_together(image_size):
            raise RunError(
                "calibration.safetensors holds what does not belong together; the calibrate command makes it."
            )
        return found

    def _fits_together(self, size: int) -> bool:
        shape = (1 + self.slices.size, size, size)
        return (
            self.split in ("validation", "test")
            and min(self.count, len(self.quantiles)) > 0
            and self.window >= 0
            and self.slices.ndim == 1
            and bool((np.diff(self.slices) > 0).all())
            and self.mean.shape == self.deviation.shape == shape
            and all(bool(np.isfinite(each).all()) for each in (self.mean, self.deviation, *self.quantiles.values()))
            and bool((self.deviation >= 0).all())
            and all(each.shape == LEVELS.shape and bool((np.diff(each) >= 0).all()) for each in self.quantiles.values())
        )


def to_grey(images: NDArray[np.uint8]) -> Floats:
    """uint8 (N, 1, H, W) as grey values (N, H, W) in [0, 1]."""
    grey: Floats = images[:, 0].astype(np.float32) / np.float32(255)
    return grey


def model_of(record: RunRecord) -> str:
    """Which model of a run a calibration is of: the run, its step, and that of its prior's weights."""
    prior = f", prior {record.prior.best.step}" if record.prior else ""
    return f"{record.created}, step {record.trained.step}{prior}"
