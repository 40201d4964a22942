// A drawing at a model's own resolution: what a pen leaves as grey levels. No DOM: node runs it too.

const RIM = 1.2; // pixels over which the edge of a stroke fades, as in the scanned digits of MNIST

export const WHITE = 1; // inks: the pen's and the eraser's
export const BLACK = 0;

/** Places are in pixels: the centre of the first one is (0.5, 0.5). */
export class Drawing {
  /** @param {{channels: number, width: number, height: number}} shape */
  constructor({ channels, width, height }) {
    [this.width, this.height] = [width, height];
    this.image = new Float32Array(channels * width * height); // (C, H, W) in [0, 1]
    this.mask = new Float32Array(width * height); // how much of each pixel the stroke covers
    this.history = []; // the images before each step
  }

  get isBlank() {
    return this.image.every((value) => value === BLACK);
  }

  /** Puts the pen down. @param {{width: number, ink: number}} pen width in pixels, WHITE or BLACK */
  begin(x, y, pen) {
    this.keep();
    this.mask.fill(0);
    this.pen = pen;
    this.tip = [x, y];
    this.extend(x, y);
  }

  /** Draws from where the pen is to (x, y). */
  extend(x, y) {
    const [fromX, fromY] = this.tip;
    this.tip = [x, y];
    const reach = this.pen.width / 2 + RIM / 2;
    const [left, right] = span(fromX, x, reach, this.width);
    const [top, bottom] = span(fromY, y, reach, this.height);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const distance = distanceToSegment(column + 0.5, row + 0.5, fromX, fromY, x, y);
        this.cover(row * this.width + column, smoothStep((reach - distance) / RIM));
      }
    }
  }

  /** A stroke that crosses itself stays as it is there: what counts is the largest cover so far. */
  cover(pixel, share) {
    if (share <= this.mask[pixel]) return;
    this.mask[pixel] = share;
    const before = this.history.at(-1);
    for (let i = pixel; i < this.image.length; i += this.mask.length) {
      this.image[i] = before[i] + share * (this.pen.ink - before[i]);
    }
  }

  /** Goes on with a copy of `image`, (C, H, W) in [0, 1]. */
  replace(image) {
    this.keep();
    this.image.set(image);
  }

  clear() {
    this.keep();
    this.image.fill(BLACK);
  }

  /** Takes the last stroke, copy or clearing back. False if there is none. */
  undo() {
    if (this.history.length === 0) return false;
    this.image.set(this.history.pop());
    return true;
  }

  keep() {
    this.history.push(this.image.slice());
  }
}

/**
 * The image moved by whole pixels so that its centre of mass lies where MNIST has it, at (width / 2, height / 2)
 * counted from the centre of the first pixel.
 *
 * @param {Float32Array} image (C, H, W)
 * @returns {Float32Array} a new one; what leaves the frame is lost, what enters is black
 */
export function centredByMass(image, { width, height }) {
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let i = 0; i < image.length; i++) {
    mass += image[i];
    sumX += image[i] * (i % width);
    sumY += image[i] * (Math.floor(i / width) % height);
  }
  const result = new Float32Array(image.length);
  if (mass === 0) return result;
  const [shiftX, shiftY] = [Math.round(width / 2 - sumX / mass), Math.round(height / 2 - sumY / mass)];
  for (let i = 0; i < image.length; i++) {
    const [x, y] = [(i % width) + shiftX, (Math.floor(i / width) % height) + shiftY];
    if (x >= 0 && x < width && y >= 0 && y < height) result[i + shiftY * width + shiftX] = image[i];
  }
  return result;
}

/** The pixels between two places and around them, within the drawing. */
const span = (a, b, reach, length) => [
  Math.max(0, Math.floor(Math.min(a, b) - reach)),
  Math.min(length, Math.ceil(Math.max(a, b) + reach)),
];

function distanceToSegment(x, y, fromX, fromY, toX, toY) {
  const [dx, dy] = [toX - fromX, toY - fromY];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((x - fromX) * dx + (y - fromY) * dy) / square;
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(x - fromX - share * dx, y - fromY - share * dy);
}

function smoothStep(value) {
  const share = Math.max(0, Math.min(1, value));
  return share * share * (3 - 2 * share);
}
