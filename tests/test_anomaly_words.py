"""Anomalies in words and figures: names of scores, percentiles, reasons of a rank, bars and gauges."""

import numpy as np
import pytest

from explorer.anomaly import CODE_SCORES, VAE_SCORES
from explorer.anomaly_figures import Gauged, gauges, percentile_bars
from explorer.recipes import RECIPES
from explorer.ui.anomaly_cases import reasons
from explorer.ui.anomaly_scores import LABELS, SAYS, scores_of, spell_percentile


def test_every_score_of_every_kind_of_model_has_a_name():
    assert set(LABELS) == set(SAYS) == {*VAE_SCORES, *CODE_SCORES}
    digits, codes = (RECIPES[name].config for name in ("digits-2d", "digits-vqvae"))
    assert tuple(score.key for score in scores_of(digits, has_prior=False)) == VAE_SCORES
    assert tuple(score.key for score in scores_of(codes, has_prior=True)) == CODE_SCORES
    assert "bits_per_code" not in {score.key for score in scores_of(codes, has_prior=False)}


@pytest.mark.parametrize(("percentile", "words"), [(100.0, "> 99.9 %"), (99.97, "99.9 %"), (3.0, "3.0 %")])
def test_a_percentile_never_reads_as_a_hundred(percentile, words):
    assert spell_percentile(percentile).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ((1, 1), 6.0, "brighter than the model draws it most of all at the top left"),
        ((7, 7), -6.0, "darker than the model draws it most of all in the centre"),
        ((13, 7), 6.0, "at the bottom centre"),
        ((7, 7), 0.2, "nowhere larger"),
    ],
)
def test_the_reasons_name_the_place_of_the_largest_residual(place, value, said):
    residual = np.zeros((15, 15), np.float32)
    residual[place[0] - 1 : place[0] + 2, place[1] - 1 : place[1] + 2] = value
    scores = scores_of(RECIPES["digits-2d"].config, has_prior=False)
    found = reasons(dict.fromkeys(VAE_SCORES, 50.0), scores, residual)
    assert found[0].startswith("No score is unusual")
    assert said in found[-1]


def test_the_reasons_tell_unusual_scores_from_usual_ones():
    scores = scores_of(RECIPES["digits-2d"].config, has_prior=False)
    percentiles = {"elbo": 100.0, "reconstruction": 99.0, "kl": 40.0, "latent_distance": 30.0, "intensity": 99.5}
    found = reasons(percentiles, scores, np.zeros((14, 14), np.float32))
    assert found[0].index("Negative ELBO") < found[0].index("Reconstruction")
    assert found[1] == "Usual: KL, latent distance."
    assert "unusually bright" in found[-1]


def test_bars_hold_all_images_of_each_group_and_gauges_give_room_to_what_is_unusual():
    source = np.random.default_rng(0)
    figure = percentile_bars({"a": source.uniform(0, 100, 50), "b": np.full(7, 100.0)}, "light")
    assert [sum(bars.y) for bars in figure.data] == pytest.approx([100, 100])
    assert figure.data[1].y[-1] == 100
    places = gauges([Gauged("KL", each, "") for each in (0.0, 95.0, 97.5, 100.0)], "dark").data[-1].x
    assert places == pytest.approx((0, 0.7, 0.85, 1))
