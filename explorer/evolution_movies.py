"""Movies of how a run learned: its reconstructions epoch by epoch, and its latent space as it moves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.alignment import Plane
from explorer.evolution import Evolution, PointValues
from explorer.palette import Palette

SIDE = 384  # pixels of a frame of the latent space
FINE = 2  # pixels that are drawn a pixel of the frame
DOT = 2.2  # pixels of a point's radius
AROUND = 0.06  # of the side, left free around the points
MOST_FRAMES = 96
BETWEEN = 12  # frames from one stored epoch to the next, at most
RATE = 20  # frames a second of the latent space
HELD = 1.5  # seconds that the last epoch stays
TILE = 56  # pixels that an image has at least
GAP = 4
CAPTION = 28  # pixels of the line under the pictures
NAMES = 72  # pixels of the names of the rows
PALE = 2  # colours of the scale that are too close to the page
LONGEST = 20.0  # seconds of the reconstructions
Tiles = NDArray[np.uint8]


@dataclass(frozen=True)
class Movie:
    """Frames u8, (F, H, W) grey or (F, H, W, 3) in colour, shown at `rate` a second."""

    frames: Tiles
    rate: float


def reconstruction_movie(evolution: Evolution, originals: Tiles | None, palette: Palette) -> Movie:
    """A frame an epoch: the originals (R, H, W) where they are given, decoded, and draws of the prior below."""
    rows = {"decoded": evolution.reconstructions}
    if originals is not None:
        rows = {"original": np.broadcast_to(originals, evolution.reconstructions.shape)} | rows
    if evolution.samples is not None:
        rows["samples"] = evolution.samples
    frames = [
        _sheet({name: row[place] for name, row in rows.items()}, f"epoch {epoch}", palette)
        for place, epoch in enumerate(evolution.epochs)
    ]
    rate = max(2.0, len(frames) / LONGEST)
    return _held(frames, rate)


def latent_movie(evolution: Evolution, plane: Plane, values: PointValues | None, palette: Palette) -> Movie:
    """The points on their plane; between two stored epochs they go straight."""
    steps = max(1, min(BETWEEN, MOST_FRAMES // max(1, len(plane.points) - 1)))
    colours = _colours(plane, values, palette)
    places = [(epoch, step / steps) for epoch in range(len(plane.points) - 1) for step in range(steps)]
    low, high = plane.points.min((0, 1)), plane.points.max((0, 1))
    frames = []
    for epoch, share in [*places, (len(plane.points) - 1, 0.0)]:
        points = plane.points[epoch]
        if share:
            points = (1 - share) * points + share * plane.points[epoch + 1]
        frames.append(
            _scatter(_on_frame(points, low, high), colours, values, f"epoch {evolution.epochs[epoch]}", palette)
        )
    return _held(frames, RATE if steps > 1 else max(2.0, len(frames) / LONGEST))


def _held(frames: list[Tiles], rate: float) -> Movie:
    return Movie(np.stack([*frames, *[frames[-1]] * round(HELD * rate)]), rate)


def _sheet(rows: dict[str, Tiles], caption: str, palette: Palette) -> Tiles:
    """Rows of equal images, a name before each, and a line below."""
    count, height, width = next(iter(rows.values())).shape
    scale = -(-TILE // width)
    down, across = height * scale + GAP, width * scale + GAP
    sheet = Image.new("L", (NAMES + count * across, len(rows) * down + CAPTION), _grey(palette.paper))
    pen = ImageDraw.Draw(sheet)
    for place, (name, images) in enumerate(rows.items()):
        top = GAP + place * down
        pen.text((NAMES - 8, top + height * scale / 2), name, fill=_grey(palette.ink), font=_font(14), anchor="rm")
        for column, image in enumerate(images.repeat(scale, axis=1).repeat(scale, axis=2)):
            sheet.paste(Image.fromarray(image), (NAMES + column * across, top))
    pen.text((NAMES, sheet.height - CAPTION / 2), caption, fill=_grey(palette.ink), font=_font(15), anchor="lm")
    return np.asarray(sheet)


def _scatter(
    places: NDArray[np.floating], colours: list[str], values: PointValues | None, caption: str, palette: Palette
) -> Tiles:
    """Points at `places` (N, 2), pixels from the top left, classes named where they lie."""
    image = Image.new("RGB", (FINE * SIDE, FINE * SIDE), palette.paper)
    pen = ImageDraw.Draw(image)
    for place in np.random.default_rng(0).permutation(len(places)):  # class order would paint the last class on top
        (x, y), radius = FINE * places[place], FINE * DOT
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colours[place])
    if values and values.names:
        for kind in np.unique(values.values).tolist():
            x, y = FINE * np.median(places[values.values == kind], axis=0)
            _name(pen, (x, y), values.names[kind], palette.classes[kind % len(palette.classes)], palette)
    pen.text((12 * FINE, 12 * FINE), caption, fill=palette.ink, font=_font(16 * FINE))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX))


def _name(pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, colour: str, palette: Palette) -> None:
    font = _font(13 * FINE)
    left, top, right, bottom = pen.textbbox(place, text, font=font, anchor="mm")
    pad = 4 * FINE
    box = (left - pad, top - pad, right + pad, bottom + pad)
    pen.rounded_rectangle(box, radius=2 * pad, fill=palette.paper, outline=colour, width=FINE)
    pen.text(place, text, fill=palette.ink, font=font, anchor="mm")


def _on_frame(
    points: NDArray[np.floating], low: NDArray[np.floating], high: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Pixels (N, 2) from the top left, of points between `low` and `high` (2,): one scale in both directions."""
    scale = (1 - 2 * AROUND) * SIDE / max(float((high - low).max()), 1e-6)
    places: NDArray[np.floating] = SIDE / 2 + (points - (low + high) / 2) * scale * np.array([1, -1])
    return places


def _colours(plane: Plane, values: PointValues | None, palette: Palette) -> list[str]:
    """A colour a point: of its class, or along the scale of its number."""
    if values is None:
        return [palette.total] * plane.points.shape[1]
    if values.names:
        return [palette.classes[kind % len(palette.classes)] for kind in values.values.tolist()]
    stops = palette.sequential[PALE:]
    low, high = values.values.min(), values.values.max()
    places = (values.values - low) / max(high - low, 1) * (len(stops) - 1)
    return [stops[place] for place in places.round().astype(int).tolist()]


def _grey(colour: str) -> int:
    """How light a colour "#rrggbb" is."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
