"""The learning rate as a function of the step."""

import math

from explorer.config import TrainingConfig

PEAK = 4.0  # the one-cycle peak, in learning rates: 4e-3 for Adam's usual 1e-3
RISE = 0.3  # share of the steps that rise to the peak
START, END = 1 / 25, 1e-5  # rates at both ends, as shares of the peak


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Rate of step number `step` of `steps`: constant, or one cosine cycle (Smith and Topin, 2018)."""
    if config.schedule == "constant":
        return config.learning_rate
    peak = PEAK * config.learning_rate
    turn = RISE * steps
    if step < turn:
        return _cosine(START * peak, peak, step / turn)
    return _cosine(peak, END * peak, (step - turn) / max(steps - turn, 1))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))
