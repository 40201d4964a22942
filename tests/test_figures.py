"""Charts of a run at every age, and of its latents."""

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures import MOST_POINTS, histogram, latent_scatter, loss_curves, quality_curves
from explorer.palette import PALETTES
from explorer.records import EpochLine, Evaluation, RunningLine

PARTS = ("total", "reconstruction", "kl")


def epoch_line(epoch: int) -> EpochLine:
    values = {"elbo": 100, "total": 100 - epoch, "reconstruction": 80, "kl": 20, "mse": 0.1, "psnr": 10, "ssim": 0.5}
    evaluation = Evaluation(**values, count=10)
    return EpochLine(
        **{"epoch": epoch, "step": epoch, "seconds": 1, "images_per_second": 1, "beta": 1, "active_units": 1},
        train={part: 90.0 for part in PARTS} if epoch else {},
        train_sample=evaluation,
        test=evaluation,
        kl_per_dim=(20.0,),
    )


def running_line(epoch: float) -> RunningLine:
    return RunningLine(epoch=epoch, step=1, images_per_second=1, train={part: 95.0 for part in PARTS})


def solid(figure: go.Figure) -> list[list[float]]:
    """x of the curves of the test images."""
    return [list(trace.x) for trace in figure.data if trace.line.dash == "solid"]


@pytest.fixture(params=PALETTES)
def theme(request) -> str:
    return request.param


def test_losses_of_trained_epochs_are_drawn_for_every_part(theme):
    figure = loss_curves([epoch_line(epoch) for epoch in range(6)], theme)
    assert solid(figure) == [[1, 2, 3, 4, 5]] * len(PARTS)
    assert [note.text for note in figure.layout.annotations] == ["total", "reconstruction", "KL"]


@pytest.mark.parametrize("lines", [[], [epoch_line(0)], [epoch_line(0), running_line(0.1)]], ids=len)
def test_a_run_without_a_trained_epoch_has_a_figure_and_no_test_curve(lines, theme):
    assert solid(loss_curves(lines, theme)) == [[]] * len(PARTS)


def test_a_long_run_is_drawn_with_as_many_points_as_can_be_seen(theme):
    lines = [running_line(number / 1000) for number in range(2 * MOST_POINTS - 1)]
    assert max(len(trace.x) for trace in loss_curves(lines, theme).data) <= MOST_POINTS


def test_quality_is_drawn_from_the_untrained_model_on(theme):
    figure = quality_curves([epoch_line(0), running_line(0.5), epoch_line(1)], "ssim", theme)
    assert solid(figure) == [[0, 1]]
    assert [list(trace.y) for trace in figure.data] == [[0.5, 0.5], [0.5, 0.5]]


def test_classes_are_coloured_in_the_order_of_their_index_and_named_where_they_lie(theme):
    points = np.array([[0, 0], [0, 2], [5, 5]], np.float32)
    figure = latent_scatter(points, np.array([0, 0, 2]), ["a", "b", "c"], theme)
    (trace,) = figure.data
    colours = dict(zip(zip(trace.x, trace.y, strict=True), trace.marker.color, strict=True))
    classes = PALETTES[theme].classes
    assert colours == {(0, 0): classes[0], (0, 2): classes[0], (5, 5): classes[2]}
    assert [(note.text, note.x, note.y) for note in figure.layout.annotations] == [
        ("<b>a</b>", 0, 1),
        ("<b>c</b>", 5, 5),
    ]


def test_latents_without_classes_have_one_colour(theme):
    (trace,) = latent_scatter(np.zeros((3, 2), np.float32), None, (), theme).data
    assert trace.marker.color == PALETTES[theme].total


@pytest.mark.parametrize(("marked", "lines"), [(None, 1), (0.9, 2)])
def test_a_histogram_marks_the_median_and_the_picked_image(marked, lines, theme):
    figure = histogram(np.array([0.1, 0.2, 0.9]), "SSIM", theme, marked)
    assert [shape.x0 for shape in figure.layout.shapes] == [0.2, marked][:lines]
