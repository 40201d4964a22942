"""Colours that mean something: signs, sizes and greys of image tiles."""

import numpy as np
import pytest

from explorer.palette import PALETTES, grey_tiles, signed_limit, signed_tiles


@pytest.mark.parametrize("theme", PALETTES)
def test_ten_classes_have_ten_colours_that_mean_nothing_else(theme):
    palette = PALETTES[theme]
    assert len({*palette.classes, palette.accent, palette.ink, palette.paper}) == 10 + 3


def test_no_difference_is_black_and_its_sign_is_blue_or_orange():
    ((darker, same, brighter),) = signed_tiles(np.array([[[-0.2, 0.0, 0.2]]]), limit=0.2)[0]
    assert same.tolist() == [0, 0, 0]
    assert darker[2] > darker[0]
    assert brighter[0] > brighter[2]


def test_differences_past_the_limit_have_the_colour_of_the_limit():
    tiles = signed_tiles(np.array([[[-1.0, -0.2, 0.2, 1.0]]]), limit=0.2)[0, 0]
    assert (tiles[0] == tiles[1]).all()
    assert (tiles[2] == tiles[3]).all()


@pytest.mark.parametrize(("reach", "limit"), [(0.0, 0.1), (0.1, 0.1), (0.15, 0.2), (0.3, 0.5), (2.0, 1.0)])
def test_the_scale_is_the_smallest_that_holds_nearly_all_differences(reach, limit):
    difference = np.full(1000, -reach)
    difference[0] = 1  # one pixel in a thousand may leave the scale
    assert signed_limit(difference) == limit


def test_greys_are_rounded_and_clipped():
    assert grey_tiles(np.array([[[-1.0, 0.0, 0.5, 1.0, 2.0]]])).tolist() == [[[0, 0, 128, 255, 255]]]
