"""Drawing code maps for a page: rows as they come, what is shown of a half drawn map, what may stand at a site."""

from collections.abc import Iterator

import numpy as np
import pytest
from small_runs import train_small_vqvae

from explorer.code_inference import CodeSession
from explorer.code_maps import CodeMaps, unpack_codes
from explorer.palette import grey_tiles
from explorer.prior_health import nearest_images
from explorer.ui.code_drawing import COMPARED_AT_ONCE, Drawing, Hole, TrainingImages, Unfinished, Wish, draw
from explorer.ui.code_pictures import filled, hatched, partial_image, process
from explorer.ui.code_sites import candidates

SIDE, CODES, CLASSES = 4, 16, 10  # of the small run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_small_vqvae(tmp_path_factory.mktemp("vq") / "run")


@pytest.fixture(scope="module")
def session(run) -> CodeSession:
    return CodeSession(run)


@pytest.fixture(scope="module")
def maps(run) -> dict[str, CodeMaps]:
    record = run.read_record()
    return {
        split: unpack_codes(run.read_codes(), split, record.config.model, record.data) for split in ("test", "train")
    }


def drawings(session: CodeSession, maps: dict[str, CodeMaps], wish: Wish) -> Iterator[Drawing]:
    training = TrainingImages(session, maps["train"].codes)
    return draw(session, Drawing.begin(wish, maps["test"].codes), training)


def half_drawn(session: CodeSession, maps: dict[str, CodeMaps], rows: int) -> Drawing:
    return next(drawing for drawing in drawings(session, maps, Wish(seed=3)) if drawing.rows == rows)


def test_rows_come_one_after_the_other_and_make_the_maps_of_the_sampler(session, maps):
    wish = Wish(seed=5, temperature=0.8, top_k=7, label=2, count=3)
    known, last = [], None
    for last in drawings(session, maps, wish):
        if last.images is None:
            known.append(last.known.sum(axis=1).tolist())
    assert known == [[SIDE] * (row + 1) + [0] * (SIDE - row - 1) for row in range(SIDE)]
    expected = session.sample_codes(wish.draws(last.codes[0]))
    np.testing.assert_array_equal(last.codes, expected)
    np.testing.assert_array_equal(last.images, grey_tiles(session.decode(expected)))


def test_every_sample_gets_its_nearest_training_image(session, maps):
    count = COMPARED_AT_ONCE + 2
    *_, last = drawings(session, maps, Wish(count=count))
    training = TrainingImages(session, maps["train"].codes)
    shares = list(training.decoding())
    assert shares == sorted(shares)
    images = last.images.astype(np.float32) / 255
    # the same pieces: of images that are nearly the same, the rounding of a product decides which is nearer
    pieces = [nearest_images(part, training.images()) for part in np.split(images, [COMPARED_AT_ONCE])]
    np.testing.assert_allclose(last.ssim, np.concatenate([found.ssim for found in pieces]), atol=1e-6)
    rows = np.concatenate([found.rows for found in pieces])
    np.testing.assert_array_equal(last.nearest, grey_tiles(training.images()[rows]))


def test_a_completion_keeps_what_is_left_of_the_image_and_draws_the_rest(session, maps):
    hole = Hole(1, 3, 0, 2)
    wish = Wish(seed=1, count=8, image=Unfinished(11, hole))
    first = Drawing.begin(wish, maps["test"].codes)
    assert first.known.sum() == SIDE**2 - 4
    *_, last = drawings(session, maps, wish)
    kept, given = hole.kept(SIDE), maps["test"].codes[11]
    assert (last.codes == given)[:, kept].all()
    assert (last.codes != given)[:, ~kept].any()
    assert last.nearest is None


def test_unknown_sites_repeat_the_nearest_known_one_and_have_no_say():
    codes = np.arange(9).reshape(1, 3, 3)
    known = np.array([[True, True, True], [True, False, True], [False, False, False]])
    found = filled(codes, known)[0]
    assert found[known].tolist() == codes[0][known].tolist()
    assert (found[2, 0], found[2, 2]) == (codes[0, 1, 0], codes[0, 1, 2])
    assert found[1, 1] in (1, 3, 5)


def test_a_half_drawn_image_shows_nothing_of_the_rows_that_are_to_come(session, maps):
    drawing = half_drawn(session, maps, rows=2)
    image = partial_image(session, drawing, 0)
    drawing.codes[:, 2:] = (drawing.codes[:, 2:] + 5) % CODES
    np.testing.assert_array_equal(partial_image(session, drawing, 0), image)


def test_in_a_file_what_is_not_known_is_stripes_and_what_is_known_is_as_it_is():
    images = np.full((1, 8, 8), 200, np.uint8)
    known = np.array([[True, True], [False, False]])
    found = hatched(images, known)[0]
    assert (found[:4] == 200).all()
    assert set(np.unique(found[4:])) == {0, 96}


def test_the_process_begins_with_nothing_and_ends_with_the_image(session, maps):
    *_, last = drawings(session, maps, Wish(count=2))
    frames = process(session, last, 1)
    assert len(frames) == SIDE + 1
    assert set(np.unique(frames[0])) == {0, 96}
    np.testing.assert_array_equal(frames[-1], last.images[1])


def test_what_may_stand_at_a_site_is_what_the_prior_says_of_it(session, maps):
    drawing = half_drawn(session, maps, rows=2)
    found = candidates(session, drawing, 0, (1, 2))
    expected = session.site_distribution(drawing.codes[0], (1, 2), label=None, temperature=1.0, top_k=0)
    assert found.codes[0] == expected.argmax()
    assert list(found.probabilities) == sorted(found.probabilities, reverse=True)
    np.testing.assert_allclose(found.probabilities, expected[list(found.codes)], rtol=1e-4)
    code = int(drawing.codes[0, 1, 2])
    assert found.drawn == (code, pytest.approx(expected[code], rel=1e-4))
    assert found.entropy == pytest.approx(-(expected * np.log2(expected)).sum(), rel=1e-3)
    assert found.patches.shape == (len(found.codes), 12, 12)


def test_top_k_leaves_so_many_codes_a_chance(session, maps):
    *_, last = drawings(session, maps, Wish(top_k=3))
    found = candidates(session, last, 0, (3, 3))
    assert len(found.codes) == 3
    assert sum(found.probabilities) == pytest.approx(1, abs=1e-5)


def test_the_next_site_has_a_distribution_and_no_code_yet_and_later_ones_have_neither(session, maps):
    drawing = half_drawn(session, maps, rows=2)
    assert candidates(session, drawing, 0, (2, 0)).drawn is None
    assert candidates(session, drawing, 0, (2, 1)) is None
