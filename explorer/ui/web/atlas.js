// The points of a model's maps: whose latents they are, and where each projection puts them. No DOM: node runs it too.
import { LinearLift, NeighbourLift } from "./lift.js";
import { PointGrid } from "./pointgrid.js";

const PLACED_BY = 15; // nearest latents at which another latent is placed; projection.py has the same
const TRIMMED = 0.001; // of the points at either end need not be on the screen at first
const SPACED = 2000; // points whose distances to the nearest other one make up the spacing of a map

/**
 * @typedef {Object} Projection
 * @property {string} name @property {string} title with its parameters
 * @property {string[]} axes what the two directions are called; empty where they mean nothing
 * @property {Float32Array} xs @property {Float32Array} ys places of all points @property {PointGrid} grid
 * @property {LinearLift|NeighbourLift} lift
 * @property {?Float32Array} spacing sorted distances of points to their nearest other one, where the map bends space
 * @property {import("./viewport.js").Bounds} bounds
 * @property {(z: Float32Array) => [number, number]} place where a latent belongs
 */

export class Atlas {
  /** @param {import("./model.js").Model} model with the tensors and facts of `ui/map_blob.py` */
  constructor({ size, tensors, panel, facts, support }) {
    this.size = size;
    this.tensors = tensors;
    this.support = support;
    this.stored = panel.maps;
    this.labelNames = facts.labels ?? [];
    this.noun = facts.handwritten ? "digit " : "";
    this.latents = support.latents;
    this.rows = support.rows;
    this.labels = support.labels;
    this.mean = tensors["map.mean"].data;
    this.made = new Map();
  }

  get count() {
    return this.rows.length;
  }

  latent(index) {
    return this.latents.subarray(index * this.size, (index + 1) * this.size);
  }

  /** @returns {string} what a point is called: its class, or which slice it is, or its number */
  nameOf(index) {
    if (this.labels) return this.noun + this.labelNames[this.labels[index]];
    const slice = this.tensors["column.slice"]?.data;
    return slice ? `slice ${slice[index]}` : `image ${this.rows[index]}`;
  }

  indexOfRow(row) {
    return this.rows.indexOf(row);
  }

  /** @param {string} name "dims" or that of a stored map @param {[number, number]} dims which, where it is two dimensions @returns {Projection} */
  projection(name, dims) {
    const key = name === "dims" ? `dims ${dims}` : name;
    if (!this.made.has(key)) this.made.set(key, this.make(name, dims));
    return this.made.get(key);
  }

  make(name, dims) {
    if (name === "dims") {
      const axes = new Float32Array(2 * this.size);
      axes[dims[0]] = axes[this.size + dims[1]] = 1;
      const title = this.size === 2 ? "The latent plane" : `Dimensions ${dims[0] + 1} and ${dims[1] + 1}`;
      return this.linear({ name, title, axes: dims.map((dim) => `z${subscript(dim + 1)}`) }, axes);
    }
    const stored = this.stored.find((each) => each.name === name);
    const axes = this.tensors[`map.${name}.axes`];
    return axes ? this.linear(stored, axes.data) : this.bent(stored, this.tensors[`map.${name}.points`].data);
  }

  linear(facts, axes) {
    const lift = new LinearLift(axes, this.mean);
    const [xs, ys] = [new Float32Array(this.count), new Float32Array(this.count)];
    for (let n = 0; n < this.count; n++) [xs[n], ys[n]] = lift.project(this.latent(n));
    return { ...facts, ...placed(xs, ys), lift, spacing: null, place: (z) => lift.project(z) };
  }

  bent(facts, points) {
    const xs = Float32Array.from({ length: this.count }, (_, n) => points[2 * n]);
    const ys = Float32Array.from({ length: this.count }, (_, n) => points[2 * n + 1]);
    const there = placed(xs, ys);
    const lift = new NeighbourLift(there.grid, this.latents, this.size);
    return { ...facts, ...there, lift, spacing: spacingOf(there), place: (z) => this.placeAmong(z, there) };
  }

  /** The mean of the points of the nearest latents, weighted by the inverse of their distance; a mapped latent has its own. */
  placeAmong(z, { xs, ys }) {
    const found = nearestLatents(z, this.latents, this.size, PLACED_BY);
    const weights = found.map(({ square }) => 1 / Math.max(Math.sqrt(square), 2 ** -23));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const mean = (values) => found.reduce((sum, { index }, place) => sum + (weights[place] / total) * values[index], 0);
    return [mean(xs), mean(ys)];
  }
}

function placed(xs, ys) {
  const [[left, right], [bottom, top]] = [trimmedRange(xs), trimmedRange(ys)];
  return { xs, ys, grid: new PointGrid(xs, ys), bounds: { left, right, bottom, top } };
}

function trimmedRange(values) {
  const sorted = values.toSorted();
  const cut = Math.floor(TRIMMED * values.length);
  const [low, high] = [sorted[cut], sorted.at(-1 - cut)];
  return high > low ? [low, high] : [low - 1, high + 1];
}

function spacingOf({ xs, ys, grid }) {
  const step = Math.max(1, Math.floor(xs.length / SPACED));
  const distances = [];
  for (let n = 0; n < xs.length; n += step) distances.push(Math.sqrt(grid.nearest(xs[n], ys[n], 2).at(-1).square));
  return Float32Array.from(distances).sort();
}

/** @returns {Array<{index: number, square: number}>} nearest first */
export function nearestLatents(z, latents, size, count) {
  const found = [];
  for (let index = 0; index * size < latents.length; index++) {
    const most = found.length < count ? Infinity : found.at(-1).square;
    let square = 0;
    for (let dim = 0, i = index * size; dim < size && square < most; dim++, i++) square += (z[dim] - latents[i]) ** 2;
    if (square >= most) continue;
    if (found.length === count) found.pop();
    let place = found.length;
    while (place > 0 && found[place - 1].square > square) place--;
    found.splice(place, 0, { index, square });
  }
  return found;
}

const subscript = (number) => String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

