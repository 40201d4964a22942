"""Runs beside each other: their rows by hand, the Pareto front, and which of them can be compared."""

import math
from typing import Any

import numpy as np
import pytest
from small_runs import train_small

from explorer import reference
from explorer.comparison import (
    COLUMNS,
    MOST,
    PREPARED,
    available,
    best_rows,
    bytes_per_image,
    evaluations,
    first_choice,
    pareto_front,
    rate,
    same_data,
    training_seconds,
)
from explorer.comparison_figures import Curves, Priced, metric_curves, rate_distortion
from explorer.library import Entry
from explorer.paths import PRETRAINED
from explorer.records import RunRecord
from explorer.reference import LinearModel
from explorer.runs import Run

MSE_TRIO = ("mnist-mse-2", "mnist-mse-4", "mnist-mse-16")


def entry(name: str, *, key: str | None = None, shipped: bool = True, **data: Any) -> Entry:
    """A shipped run, or one like it with other data."""
    run = Run(PRETRAINED / name)
    record = run.read_record()
    changed = record.model_copy(update={"data": record.data.model_copy(update=data)})
    return Entry(key or name, run, changed, shipped)


def record_of(name: str) -> RunRecord:
    return entry(name).record


def row(name: str) -> dict[str, float | None]:
    return {key: column.value(record_of(name)) for key, column in COLUMNS.items()}


def test_a_row_of_a_vae_is_what_its_run_recorded():
    test = record_of("mnist-mse-16").trained.test
    expected = {
        "mse": test.mse,
        "psnr": test.psnr,
        "ssim": test.ssim,
        "reconstruction": test.reconstruction,
        "kl": test.kl,
    }
    expected |= {"active": 15, "parameters": 648_016, "bytes": 64, "seconds": record_of("mnist-mse-16").trained.seconds}
    assert row("mnist-mse-16") == expected


def test_a_row_of_a_vq_vae_has_no_kl_and_both_stages_of_its_training():
    record = record_of("mnist-vqvae")
    assert record.prior is not None
    found = row("mnist-vqvae")
    assert (found["kl"], found["active"]) == (None, None)
    assert found["bytes"] == 43  # 49 codes of 7 bits are 42.875
    assert found["seconds"] == record.trained.seconds + record.prior.trained.seconds


def test_the_rate_is_bits_an_image():
    assert rate(record_of("mnist-20")) == pytest.approx(25.485670375823975 / math.log(2))
    record = record_of("mnist-vqvae")
    assert record.prior is not None
    assert rate(record) == pytest.approx(49 * record.prior.test)
    assert rate(record.model_copy(update={"prior": None})) == 49 * 7
    assert bytes_per_image(record_of("mnist-20")) == 80


def test_imported_weights_have_no_training_time():
    record = record_of("mnist-20")
    assert training_seconds(record) == record.trained.seconds
    assert training_seconds(record.model_copy(update={"imported": object()})) is None


def test_the_best_of_a_column_is_the_least_error_and_every_equal_one():
    assert best_rows([0.3, 0.1, None, 0.1], "lower") == {1, 3}
    assert best_rows([0.3, 0.1], "higher") == {0}
    assert best_rows([3, 1], None) == set()
    assert best_rows([None, 1.0], "lower") == set()


def test_the_pareto_front_is_what_no_other_point_beats():
    points = [(3.0, 1.0), (1.0, 4.0), (2.0, 2.0), (2.5, 3.0), (2.0, 2.5), (4.0, 1.0)]
    assert pareto_front(points) == [1, 2, 0]
    assert pareto_front([(1.0, 1.0), (1.0, 1.0)]) == [0, 1]
    assert pareto_front([]) == []


def test_only_runs_of_equal_images_are_compared():
    runs = [entry("mnist-2d"), entry("oasis-8"), entry("mnist-20"), entry("mnist-20", key="other", fingerprint="other")]
    assert [[each.key for each in group] for group in same_data(runs)] == [
        ["mnist-2d", "mnist-20"],
        ["oasis-8"],
        ["other"],
    ]


def test_a_prepared_comparison_is_offered_where_all_its_runs_are():
    assert available(PREPARED, [*MSE_TRIO, "mnist-20"]) == [PREPARED[0]]
    assert available(PREPARED, MSE_TRIO[:2]) == []
    assert all(2 <= len(each.runs) <= MOST for each in PREPARED)


def test_what_is_shown_first_is_prepared_and_of_the_current_runs_images():
    everyone = [entry(name) for name in (*MSE_TRIO, "oasis-8", "brain-conv-32", "mnist-2d")]
    assert first_choice(everyone, entry("mnist-2d")) == [*MSE_TRIO]
    assert first_choice(everyone, entry("oasis-8")) == ["oasis-8", "brain-conv-32"]
    assert first_choice(everyone, entry("mnist-20", key="mine", fingerprint="mine")) == [*MSE_TRIO]


def test_without_a_prepared_comparison_the_current_run_stands_beside_those_of_its_images():
    mine = [entry("mnist-20", key=f"mine-{number}", shipped=False) for number in range(8)]
    others = [entry("oasis-8")]
    assert first_choice([*others, *mine], mine[2]) == ["mine-2", "mine-0", "mine-1", "mine-3", "mine-4", "mine-5"]
    assert first_choice([*others, *mine], others[0]) == ["oasis-8"]


def test_curves_are_the_evaluations_after_each_epoch_but_not_of_the_untrained_model(tmp_path):
    run = train_small(tmp_path / "run")
    small = Entry("run", run, run.read_record(), shipped=False)
    lines = run.read_epochs()[1:]
    train, test = evaluations(small, "mse")
    assert train == [(line.epoch, line.train_sample.mse) for line in lines]
    assert test == [(line.epoch, line.test.mse) for line in lines]
    assert [epoch for epoch, _ in test] == [1, 2]
    assert evaluations(small, "commitment") == ([], [])


def test_pca_rebuilds_what_lies_in_its_plane(monkeypatch):
    from datasets_files import opened

    monkeypatch.setattr(reference, "AT_ONCE", 7)  # of 30
    digits = opened("digits", 12)
    train, test = digits.select("train"), digits.select("test").take([*range(30)])
    fitted = LinearModel.fit(train, 144)
    assert fitted.reconstruct(test.images) == pytest.approx(test.images[:, 0] / 255, abs=0.02)
    assert fitted.quality(test)["mse"] == pytest.approx(
        float(np.square(fitted.reconstruct(test.images) - test.images[:, 0] / 255).mean()), abs=1e-7
    )
    few, more = (LinearModel.fit(train, count).quality(test)["mse"] for count in (2, 8))
    assert more < few


# figures


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_curves_are_test_solid_and_train_dashed_each_run_in_one_colour(theme):
    curves = Curves([(1, 0.5), (2, 0.3)], [(1, 0.6), (2, 0.4)])
    figure = metric_curves({"a": curves, "b": Curves([(1, 0.2)], [(1, 0.1)])}, theme)
    assert [(trace.name, trace.line.dash, trace.mode) for trace in figure.data] == [
        ("a, train", "dash", "lines"),
        ("a, test", "solid", "lines"),
        ("b, train", "dash", "markers"),
        ("b, test", "solid", "markers"),
    ]
    colours = [trace.line.color for trace in figure.data]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert [label.text for label in figure.layout.annotations] == ["b", "a"]
    assert figure.layout.yaxis.range[0] < 0.1 < 0.6 < figure.layout.yaxis.range[1]


def test_the_first_epoch_may_leave_the_picture_where_there_are_some():
    limits = [
        metric_curves(
            {"a": Curves([], [(epoch, 9.0 / epoch**3) for epoch in range(1, epochs)])}, "light"
        ).layout.yaxis.range
        for epochs in (4, 6)
    ]
    assert limits[0][1] > 9
    assert limits[1][1] < 2


def test_the_chart_of_rate_and_distortion_joins_the_front_and_names_the_compared_runs():
    runs = [Priced("a", 10, 0.04, True), Priced("b", 40, 0.01, True), Priced("c", 50, 0.03, False)]
    figure = rate_distortion(runs, "light")
    line, *points = figure.data
    assert (line.x, line.hoverinfo) == ((10, 40), "skip")
    assert [(point.customdata[0], point.marker.symbol) for point in points] == [
        ("a", "circle"),
        ("b", "circle"),
        ("c", "circle-open"),
    ]
    assert len({point.marker.color for point in points}) == 3
    named = {label.text: (label.x, label.y, label.font.color) for label in figure.layout.annotations}
    assert named["a"] == pytest.approx((1, 0.04, points[0].marker.color))
    assert named.keys() == {"a", "b"}


def test_names_of_points_that_lie_together_do_not_cover_each_other():
    figure = rate_distortion([Priced(f"model-{k}", 20 + k, 0.02, True) for k in range(4)], "dark")
    places = {(label.xanchor, label.yshift) for label in figure.layout.annotations}
    assert len(places) == 4
    assert ("left", 0) in places  # of the rightmost
    assert {label.y for label in figure.layout.annotations} == {0.02}


def test_a_name_leaves_a_point_uncovered():
    figure = rate_distortion([Priced("a-long-name", 10, 0.02, True), Priced("b", 11, 0.02, False)], "light")
    (label,) = figure.layout.annotations
    assert (label.xanchor, label.yshift) == ("left", 14)  # to the left the plane ends


def test_names_stand_within_the_plane_and_points_without_a_name_need_no_room():
    runs = [Priced("a", 10, 0.04, True), Priced("b", 40, 0.01, True)]
    assert rate_distortion(runs, "light").layout.xaxis.range[1] > math.log10(40) + 0.2
    left, right = rate_distortion([*runs, Priced("c", 1000, 0.03, False)], "light").layout.xaxis.range
    assert left < 1
    assert 3 < right < 3.2


@pytest.mark.parametrize("bits", [0.0, 1e-9])
def test_a_collapsed_model_stands_at_the_left_edge_of_the_plane(bits):
    figure = rate_distortion([Priced("collapsed", bits, 0.06, True), Priced("b", 40, 0.01, True)], "light")
    assert figure.data[0].x == (0.1, 40)
    assert figure.data[1].x == (0.1,)
    assert "0.0 bits" in figure.data[1].hovertemplate
    assert figure.layout.xaxis.range[0] == pytest.approx(-1.2, abs=0.1)


def test_charts_of_nothing_and_of_one_run_are_drawn():
    assert len(metric_curves({}, "dark").data) == 0
    assert len(rate_distortion([Priced("a", 10, 0.04, True)], "dark").data) == 2
