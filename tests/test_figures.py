"""Charts of a run at every age, and of its latents."""

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures import (
    LABEL_GAP,
    MOST_POINTS,
    codebook_curves,
    histogram,
    latent_scatter,
    loss_curves,
    prior_curves,
    quality_curves,
)
from explorer.palette import PALETTES
from explorer.records import EpochLine, Evaluation, PriorLine, PriorRecord, RunningLine

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


def code_line(epoch: int, validation: float | None = None) -> EpochLine:
    """The same of a VQ-VAE with 16 codes; with the SSIM of validation images where there are some."""
    values = {"total": 50 - epoch, "reconstruction": 40, "commitment": 20, "mse": 0.1, "psnr": 10}
    test = Evaluation(**values, ssim=0.5, perplexity=4 + epoch, usage=0.5, count=10)
    return EpochLine(
        **{"epoch": epoch, "step": epoch, "seconds": 1, "images_per_second": 1},
        train={"total": 45.0, "reconstruction": 40.0, "commitment": 20.0} if epoch else {},
        train_sample=test,
        validation=None if validation is None else test.model_copy(update={"ssim": validation}),
        test=test,
    )


def prior_line(epoch: int, validation: float) -> PriorLine:
    train = {"bits": validation - 0.5} if epoch else {}
    numbers = {"step": epoch, "seconds": 1, "images_per_second": 1, "train_sample": validation - 1}
    return PriorLine(epoch=epoch, **numbers, train=train, validation=validation)


def prior_record(best: PriorLine, last: PriorLine) -> PriorRecord:
    return PriorRecord(trained=last, best=best, test=2.5, uniform=4, unigram=3.5, site_unigram=3.45)


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


def test_the_loss_of_a_vq_vae_has_its_commitment_below(theme):
    figure = loss_curves([code_line(epoch) for epoch in range(4)], theme)
    assert [note.text for note in figure.layout.annotations] == ["total", "reconstruction", "commitment"]
    assert solid(figure) == [[1, 2, 3]] * 3


@pytest.mark.parametrize("epochs", [3, 6])
def test_the_labels_of_a_total_that_is_nearly_its_reconstruction_stand_apart(theme, epochs):
    far = loss_curves([epoch_line(epoch) for epoch in range(epochs)], theme).layout.annotations
    *lines, last = [code_line(epoch) for epoch in range(epochs)]
    near = last.test.model_copy(update={"total": last.test.reconstruction + 0.2})
    close = loss_curves([*lines, last.model_copy(update={"test": near})], theme).layout.annotations
    assert [label.yanchor for label in far[:2]] == [None, None]
    assert [label.yanchor for label in close[:2]] == ["bottom", "top"]


def test_validation_images_have_a_dashed_curve_where_there_are_some(theme):
    figure = quality_curves([code_line(0, 0.3), code_line(1, 0.4)], "ssim", theme)
    assert [list(trace.y) for trace in figure.data if trace.line.dash == "dash"] == [[0.3, 0.4]]
    assert [trace.name for trace in figure.data] == ["train", "validation", "test"]


def test_use_of_the_codebook_is_counted_in_codes_below_all_of_them(theme):
    figure = codebook_curves([code_line(0), code_line(1)], 16, theme)
    assert {trace.name: list(trace.y) for trace in figure.data} == {"used": [8, 8], "perplexity": [4, 5]}
    assert [shape.y0 for shape in figure.layout.shapes] == [16]
    assert {note.text for note in figure.layout.annotations} == {"all 16", "used", "perplexity"}


def test_the_bits_of_a_prior_stand_beside_what_needs_no_network(theme):
    lines = [prior_line(0, 4.2), RunningLine(epoch=0.5, step=1, images_per_second=1, train={"bits": 3.9})]
    lines += [prior_line(1, 3.0), prior_line(2, 3.1)]
    figure = prior_curves(lines, prior_record(best=lines[2], last=lines[3]), theme)
    train, validation = figure.data
    assert (list(train.x), list(train.y)) == ([0.5, 1, 2], [3.9, 2.5, 2.6])
    assert (list(validation.y), validation.line.dash) == ([4.2, 3.0, 3.1], "solid")
    levels = {shape.y0 for shape in figure.layout.shapes if shape.x0 == 0}
    assert levels == {4, 3.5, 3.45}
    assert [shape.x0 for shape in figure.layout.shapes if shape.x0 == shape.x1] == [1], "the epoch that is kept"


def test_labels_beside_a_chart_keep_apart(theme):
    lines = [prior_line(0, 3.46)]
    figure = prior_curves(lines, prior_record(best=lines[0], last=lines[0]), theme)
    low, high = figure.layout.yaxis.range
    heights = {note.text: note.y for note in figure.layout.annotations}
    assert sorted(heights, key=heights.get) == ["per-site", "validation", "unigram", "uniform"]
    gaps = np.diff(sorted(heights.values()))
    assert gaps.min() == pytest.approx(LABEL_GAP * (high - low))


@pytest.mark.parametrize("lines", [[], [prior_line(0, 4.2)]], ids=len)
def test_a_prior_that_has_not_learned_has_a_figure(lines, theme):
    assert [list(trace.y) for trace in prior_curves(lines, None, theme).data] == [[], [4.2][: len(lines)]]


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
