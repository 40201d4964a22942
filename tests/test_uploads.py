"""Files of a visitor: converted and framed like a training set; whatever cannot be used is refused in a sentence."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from datasets_files import grey_images, opened, write_png
from numpy.typing import NDArray
from PIL import Image

from explorer.datasets import decoding, uploads
from explorer.datasets.decoding import DamagedError
from explorer.datasets.uploads import MAX_MEGABYTES, MOST_FILES, Upload, Uploads, border_level, read_uploads
from explorer.paths import PROJECT


def file_of(image: Image.Image | NDArray[np.generic], kind: str = "PNG", **options: object) -> bytes:
    """An image as the bytes of a file."""
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def read(*contents: bytes, image_size: int = 8) -> Uploads:
    """What becomes of files that are called 0.png, 1.png, ..."""
    return read_uploads([Upload(f"{i}.png", io.BytesIO(each)) for i, each in enumerate(contents)], image_size)


def read_one(content: bytes, image_size: int = 8) -> Uploads:
    """What becomes of a file that is used."""
    result = read(content, image_size=image_size)
    assert result.refusals == ()
    assert len(result.images) == 1
    return result


def refusal(content: bytes) -> str:
    """The sentence about a file that is not used."""
    result = read(content)
    assert result.images.shape == result.negatives.shape == (0, 1, 8, 8)
    (sentence,) = result.refusals
    return sentence


def drawing(ground: int, ink: int, side: int = 16) -> NDArray[np.uint8]:
    """A square of ink in the middle of a ground."""
    pixels = np.full((side, side), ground, np.uint8)
    pixels[side // 4 : -side // 4, side // 4 : -side // 4] = ink
    return pixels


def tiff_of_one_tile(side: int, tile: int) -> bytes:
    """A valid grey TIFF of `side` pixels that is cut from a tile of `tile` zeros."""
    data = zlib.compress(bytes(tile * tile))
    tags = {256: side, 257: side, 258: 8, 259: 8, 262: 1, 277: 1, 322: tile, 323: tile, 324: 0, 325: len(data)}
    tags[324] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + data


def tiff_of_one_strip(tile_width: tuple[int, bytes]) -> bytes:
    """A grey TIFF of 8 × 8 pixels that has tiles of a width (its type, four bytes) as well."""
    tags = {tag: (4, struct.pack("<I", value)) for tag, value in {256: 8, 257: 8, 258: 8, 259: 1, 262: 1}.items()}
    tags |= {273: (4, b""), 277: (4, b"\1"), 278: (4, b"\x08"), 279: (4, b"\x40"), 322: tile_width, 323: (4, b"\3")}
    tags[273] = (4, struct.pack("<I", 8 + 2 + 12 * len(tags) + 4))
    counts = {2: 2, 7: 4}  # characters and bytes in four bytes; of numbers there is one
    entries = b"".join(
        struct.pack("<HHI4s", tag, kind, counts.get(kind, 1), value) for tag, (kind, value) in tags.items()
    )
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + bytes(64)


# what is taken


@pytest.mark.parametrize("shape", [(8, 8), (40, 30), (30, 41), (5, 3)])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBA", "LA", "I;16"])
def test_an_upload_becomes_the_same_pixels_as_a_file_of_a_training_set(tmp_path, mode, shape):
    grey = Image.fromarray(grey_images(3, *shape)[0])
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 200)
    else:
        image = grey.convert(mode)
        if mode in ("RGBA", "LA"):
            image.putalpha(Image.fromarray(grey_images(4, *shape)[1]))
    folder = tmp_path / "set"
    for split in ("train", "validation", "test"):
        write_png(folder / split / "a.png", np.asarray(grey))
    (folder / "test" / "a.png").write_bytes(content := file_of(image))
    (expected,) = opened(folder, 8).select("test").images
    np.testing.assert_array_equal(read_one(content).images[0], expected)


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 100}), ("TIFF", {"compression": "tiff_lzw"}), ("BMP", {})]
)
def test_every_format_is_read(kind, options):
    result = read_one(file_of(drawing(0, 200), kind, **options))
    np.testing.assert_allclose(result.images[0, 0], drawing(0, 200, 8), atol=3)


def test_an_image_that_fits_already_is_left_as_it_is_and_nothing_is_said():
    pixels = grey_images(1, 8, 8)[0]
    result = read_one(file_of(pixels))
    np.testing.assert_array_equal(result.images[0, 0], pixels)
    assert result.notice == ""


def test_one_notice_says_what_was_done_and_to_how_many():
    photo = Image.fromarray(drawing(0, 200)).convert("RGB")
    result = read(file_of(photo), file_of(grey_images(1, 8, 8)[0]), file_of(grey_images(1, 30, 10)[0]))
    assert result.notice == (
        "Framed like the training images: colour made grey (1 of 3), padded to a square with black (1 of 3), "
        "averaged down to 8 × 8 (2 of 3)."
    )


def test_deep_images_share_their_range_and_the_notice_has_it():
    levels = [file_of(np.full((8, 8), level, np.uint16)) for level in (1000, 2000, 3000)]
    result = read(*levels)
    assert result.images[:, 0, 0, 0].tolist() == [0, 128, 255]
    assert "brought to 8 bits, black to white being their range, 1,000 to 3,000" in result.notice


def test_a_photo_is_turned_upright_as_its_camera_says():
    pixels = grey_images(1, 8, 8)[0]
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: a quarter turn clockwise shows it right
    result = read_one(file_of(pixels, exif=exif))
    np.testing.assert_array_equal(result.images[0, 0], np.rot90(pixels, -1))


def test_of_a_file_with_several_pages_the_first_is_taken_and_that_is_said():
    pages = [Image.fromarray(page) for page in grey_images(2, 8, 8)]
    result = read_one(file_of(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    np.testing.assert_array_equal(result.images[0, 0], np.asarray(pages[0]))
    assert "first page taken" in result.notice


# light and dark


@pytest.mark.parametrize(("ground", "ink", "is_dark_on_light"), [(255, 0, True), (210, 20, True), (0, 255, False)])
def test_what_is_drawn_dark_on_light_is_told_by_its_border(ground, ink, is_dark_on_light):
    result = read_one(file_of(drawing(ground, ink)))
    assert result.dark_on_light.tolist() == [is_dark_on_light]


def test_the_negative_of_a_photographed_page_is_on_black_with_its_padding():
    page = np.full((16, 32), 200, np.uint8)
    page[6:10, 12:20] = 50
    (negative,) = read_one(file_of(page), image_size=32).negatives[:, 0]
    assert border_level(negative) == 0
    assert negative[0].max() == 0, "padding"
    assert negative[9].max() == 0, "paper"
    assert negative[16, 16] == round(255 * 0.75)


def test_the_negative_of_what_is_light_on_dark_is_its_complement():
    result = read_one(file_of(drawing(10, 240, 8)))
    np.testing.assert_array_equal(result.negatives, 255 - result.images)


@pytest.mark.parametrize(("ink", "is_dark_on_light"), [(0, True), (255, False)])
def test_strokes_on_transparent_ground_can_be_seen_on_black_one_way_or_the_other(ink, is_dark_on_light):
    strokes = np.zeros((8, 8, 4), np.uint8)
    strokes[2:6, 2:6] = (ink, ink, ink, 255)
    result = read_one(file_of(strokes))
    assert result.dark_on_light.tolist() == [is_dark_on_light]
    images = result.image_set(result.dark_on_light).images
    np.testing.assert_array_equal(images[0, 0], strokes[..., 3])


def test_only_the_images_that_are_chosen_are_inverted_in_the_set():
    result = read(file_of(drawing(255, 0, 8)), file_of(drawing(0, 255, 8)))
    np.testing.assert_array_equal(result.image_set(result.dark_on_light).images[0], result.images[1])
    np.testing.assert_array_equal(result.image_set(np.array([False, False])).images, result.images)


def test_the_set_names_every_image_once_and_changes_its_fingerprint_with_its_pixels():
    content = file_of(drawing(0, 255, 8))
    result = read_uploads([Upload("a.png", io.BytesIO(content)), Upload("a.png", io.BytesIO(content))], 8)
    plain, inverted = (result.image_set(np.full(2, value)) for value in (False, True))
    assert plain.ids.tolist() == ["a.png", "a.png (2)"]
    assert plain.count("test") == len(plain) == 2
    assert plain.fingerprint != inverted.fingerprint


# what is refused


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a PNG, JPEG, TIFF or BMP image; save it as one of these"),
        (b"hello", "not a PNG, JPEG, TIFF or BMP image; save it as one of these"),
        (file_of(drawing(0, 255), "GIF"), "not a PNG, JPEG, TIFF or BMP image; save it as one of these"),
        (file_of(grey_images(1, 50, 50)[0])[:1000], "damaged or incomplete; save or export it again"),
        (file_of(np.full((8, 8), np.nan, np.float32), "TIFF"), "damaged or incomplete; save or export it again"),
        (
            file_of(Image.new("1", (8193, 1))),
            "8193 × 1 pixels, and at most 8192 a side can be read; make it smaller",
        ),
        (file_of(Image.new("1", (5001, 5000))), "more than 25 megapixels; make it smaller"),
    ],
    ids=["empty", "text", "gif", "cut", "nan", "long", "large"],
)
def test_what_cannot_be_used_is_refused_in_a_sentence_with_its_name_and_what_to_do(content, reason):
    assert refusal(content) == f"0.png was left out: {reason} and upload that."


def test_a_file_of_too_many_bytes_is_refused_unread():
    content = file_of(drawing(0, 255, 8))
    read_one(content + bytes(MAX_MEGABYTES * 1024**2 - len(content)))
    assert "larger than 20 MB; make it smaller" in refusal(content + bytes(MAX_MEGABYTES * 1024**2 + 1 - len(content)))


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["Pillow warns", "Pillow refuses"])
@pytest.mark.parametrize("is_strict", [True, False])
def test_a_bomb_is_refused_by_its_header(side, is_strict):
    header = struct.pack(">II5B", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with warnings.catch_warnings():
        warnings.simplefilter("error" if is_strict else "ignore")
        sentence = refusal(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4s", 100, b"IDAT") + bytes(104))
    assert "make it smaller" in sentence


def test_a_small_tiff_of_an_enormous_tile_is_refused_before_it_is_decoded(monkeypatch):
    read_one(tiff_of_one_tile(8, 16))
    monkeypatch.setattr(uploads, "MAX_PIXELS", 10_000)
    assert "megapixels; make it smaller" in refusal(tiff_of_one_tile(8, 112))
    read_one(tiff_of_one_tile(8, 96))


@pytest.mark.parametrize(
    ("kind", "width"),
    [(2, b"A\0\0\0"), (7, b"AAAA"), (11, struct.pack("<f", 1.5))],
    ids=["text", "bytes", "fraction"],
)
def test_a_tiff_whose_tiles_have_no_numbers_is_damaged_and_they_are_never_multiplied(kind, width):
    content = tiff_of_one_strip(tile_width=(kind, width))
    with pytest.raises(DamagedError, match="the size of its tiles is no number"), decoding.opened(io.BytesIO(content)):
        pass
    assert "damaged or incomplete" in refusal(content)
    read_one(tiff_of_one_strip(tile_width=(4, struct.pack("<I", 8))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_a_file_with_any_byte_changed_is_taken_or_refused_and_never_an_exception(kind):
    rng = np.random.default_rng(1)
    whole = np.frombuffer(file_of(grey_images(1, 20, 20)[0], kind), np.uint8)
    outcomes = set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(300):
            end = rng.integers(len(whole)) if rng.random() < 0.5 else len(whole)
            broken = whole[:end].copy()
            for place in rng.integers(0, 1 + end // 2, rng.integers(4)):
                broken[place : place + 1] = rng.integers(256)
            result = read(broken.tobytes())
            assert len(result.images) + len(result.refusals) == 1
            outcomes.add(len(result.images))
    assert outcomes == {0, 1}


def test_one_file_that_is_refused_does_not_keep_the_others_out():
    result = read(b"hello", file_of(drawing(0, 255)), b"", file_of(drawing(255, 0)))
    assert result.names.tolist() == ["1.png", "3.png"]
    assert [sentence.split()[0] for sentence in result.refusals] == ["0.png", "2.png"]


def test_more_files_than_may_come_are_cut_with_a_sentence():
    result = read(*[file_of(drawing(0, 255))] * (MOST_FILES + 2))
    assert len(result.images) == MOST_FILES
    assert result.refusals == ("Only the first 24 of 26 files were taken; remove some of them to see the others.",)


def test_the_server_takes_no_more_bytes_than_an_upload_may_have():
    assert f"maxUploadSize = {MAX_MEGABYTES}\n" in (PROJECT / ".streamlit" / "config.toml").read_text()
