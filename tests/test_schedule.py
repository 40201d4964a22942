"""The learning rate over a run."""

import numpy as np
import pytest

from explorer.config import TrainingConfig
from explorer.schedule import learning_rate

STEPS = 1000


def rates(schedule: str) -> np.ndarray:
    config = TrainingConfig(learning_rate=2e-3, schedule=schedule)
    return np.array([learning_rate(config, step, STEPS) for step in range(STEPS)])


def test_a_constant_rate_is_the_one_configured():
    assert (rates("constant") == 2e-3).all()


def test_one_cycle_rises_to_four_times_the_rate_and_falls_to_nearly_nothing():
    cycle = rates("onecycle")
    assert (np.argmax(cycle), cycle.max()) == (300, pytest.approx(4 * 2e-3))
    assert (np.diff(cycle[:300]) > 0).all()
    assert (np.diff(cycle[300:]) < 0).all()
    assert cycle[0] == pytest.approx(cycle.max() / 25)
    assert cycle[-1] < cycle.max() / 10_000


def test_one_cycle_takes_a_run_of_a_single_step():
    assert learning_rate(TrainingConfig(schedule="onecycle"), step=0, steps=1) > 0
