// Behind the points, what is decoded all over the map: a lattice of images, finer where one zooms in, faded without data.
import { MapSheet, widened } from "./mapsheet.js";
import { Picture } from "./picture.js";
import { Reel } from "./reel.js";

const SMALLEST = { fine: 28, coarse: 40 }; // CSS pixels of an image at least, of small and of large images; twice that at most
const MOST_FINE = 32; // pixels of a small image
const MOST_ASKED = 200; // images of one question to the server
const MORE_CELLS = 0.15; // of the screen, on each side
const UNSUPPORTED = 0.3; // of its light, where no data backs an image

export class Lattice {
  /** @param {import("./model.js").Model} model */
  constructor(model, onDrawn) {
    this.model = model;
    this.onDrawn = onDrawn;
    this.picture = new Picture(model); // each image is drawn here first
    this.reel = new Reel(model);
  }

  setPlaces(projection, evidence) {
    Object.assign(this, { projection, evidence });
    this.stop();
    this.sheet = null;
  }

  settle(viewport) {
    const side = this.sideAt(viewport);
    const cells = cellsOf(widened(viewport.shown, MORE_CELLS), side);
    if (this.sheet?.side === side && this.sheet.isDone && holds(this.sheet.cells, cellsOf(viewport.shown, side))) return;
    const sheet = this.continued(cells, side);
    const missing = sheet.missing(viewport.x, viewport.y);
    this.sheet = sheet;
    this.reel.play(() => this.frames(sheet, missing), missing.length);
  }

  /** Halves and doubles, so that images stay where they are until there are finer ones. */
  sideAt(viewport) {
    const least = this.model.width <= MOST_FINE ? SMALLEST.fine : SMALLEST.coarse;
    const side = 2 ** Math.ceil(Math.log2(least / viewport.scale));
    if (this.model.decodesHere) return side;
    const { left, right, bottom, top } = widened(viewport.shown, MORE_CELLS);
    const area = (right - left) * (top - bottom);
    return area / side ** 2 < MOST_ASKED ? side : 2 * side;
  }

  /** A new sheet, with what the last one knows. */
  continued(cells, side) {
    const { width, height } = this.model;
    const sheet = new LatticeSheet(cells, side, width, height);
    if (this.sheet) sheet.take(this.sheet);
    return sheet;
  }

  *frames(sheet, missing) {
    for (const [column, row] of missing) {
      const [x, y] = sheet.centreOf(column, row);
      const draw = (image) => {
        this.picture.draw(image);
        sheet.put(this.picture.canvas, column, row, this.evidence.isSupported(x, y));
        this.onDrawn();
      };
      yield { latent: this.projection.lift.lift(x, y), draw };
    }
  }

  draw(context, viewport) {
    this.sheet?.draw(context, viewport);
  }

  stop() {
    this.reel.film?.stop();
  }

  close() {
    this.reel.close();
  }
}

class LatticeSheet extends MapSheet {
  /** @param {{left: number, right: number, bottom: number, top: number}} cells whole numbers of sides, the last excluded */
  constructor(cells, side, width, height) {
    const { left, right, bottom, top } = cells;
    const bounds = { left: left * side, right: right * side, bottom: bottom * side, top: top * side };
    super(bounds, (right - left) * width, (top - bottom) * height);
    Object.assign(this, { cells, side, width, height, done: new Set() });
  }

  get isDone() {
    const { left, right, bottom, top } = this.cells;
    return this.done.size === (right - left) * (top - bottom);
  }

  /** @returns {[number, number]} the place in the middle of a cell */
  centreOf(column, row) {
    return [(column + 0.5) * this.side, (row + 0.5) * this.side];
  }

  /** Cells that are not drawn, from a place outwards. */
  missing(x, y) {
    const { left, right, bottom, top } = this.cells;
    const cells = [];
    for (let row = bottom; row < top; row++) {
      for (let column = left; column < right; column++) if (!this.done.has(`${column} ${row}`)) cells.push([column, row]);
    }
    const away = ([column, row]) => Math.hypot(column + 0.5 - x / this.side, row + 0.5 - y / this.side);
    return cells.sort((a, b) => away(a) - away(b));
  }

  cornerOf(column, row) {
    return [(column - this.cells.left) * this.width, (this.cells.top - 1 - row) * this.height];
  }

  put(canvas, column, row, isSupported) {
    const { context, width, height } = this;
    const [x, y] = this.cornerOf(column, row);
    context.fillStyle = "#000";
    context.fillRect(x, y, width, height);
    context.globalAlpha = isSupported ? 1 : UNSUPPORTED;
    context.drawImage(canvas, x, y);
    context.globalAlpha = 1;
    this.done.add(`${column} ${row}`);
  }

  /** What another sheet shows of the same places: its cells if they are as large, else their likeness until they come. */
  take(other) {
    const { left, right, bottom, top } = other.bounds;
    const across = this.width / this.side;
    const up = this.height / this.side;
    const x = (left - this.bounds.left) * across;
    const y = (this.bounds.top - top) * up;
    this.context.drawImage(other.canvas, x, y, (right - left) * across, (top - bottom) * up);
    if (other.side === this.side) this.done = new Set([...other.done].filter((cell) => this.has(...cell.split(" ").map(Number))));
  }

  has(column, row) {
    const { left, right, bottom, top } = this.cells;
    return column >= left && column < right && row >= bottom && row < top;
  }
}

function cellsOf({ left, right, bottom, top }, side) {
  return {
    left: Math.floor(left / side), right: Math.ceil(right / side), bottom: Math.floor(bottom / side), top: Math.ceil(top / side),
  };
}

const holds = (outer, inner) =>
  outer.left <= inner.left && outer.right >= inner.right && outer.bottom <= inner.bottom && outer.top >= inner.top;
