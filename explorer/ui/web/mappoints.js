// Draws the points of a map: dots written straight into the pixels, so that 70,000 of them follow the pointer.
import { element } from "./element.js";
import { uniform } from "./random.js";

const SEED = 1; // of the order that points are drawn in: the order of their classes would lie
const DOTS = [ // the more points are on the screen, the smaller they are; radii in CSS pixels
  { most: 3_000, radius: 2.6 },
  { most: 16_000, radius: 2.1 },
  { most: 40_000, radius: 1.5 },
  { most: Infinity, radius: 1 },
];
const SQUARE = 1; // device pixels of the radius of the smallest dots, which are four pixels
const RIM_OF_CORE = 0.9; // covered pixels that are written, not mixed

export class MapPoints {
  constructor() {
    this.canvas = element("canvas", { class: "points" });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true }); // pixels stay where they are written
  }

  /** @param {import("./atlas.js").Projection} projection */
  setPlaces({ xs, ys }) {
    if (this.order?.length !== xs.length) this.order = shuffled(xs.length);
    this.xs = Float32Array.from(this.order, (n) => xs[n]);
    this.ys = Float32Array.from(this.order, (n) => ys[n]);
    this.spots = new Int32Array(xs.length);
    this.seen = new Uint32Array(xs.length);
  }

  /** @param {Uint32Array} colors (N,) @param {?Uint8Array} chosen (N,) 1 where a point is not faint; null: all @param {number} faint */
  setColors(colors, chosen, faint) {
    const isFaint = (n) => chosen !== null && !chosen[n];
    this.colors = Uint32Array.from(this.order, (n) => (isFaint(n) ? faint : colors[n]));
    this.upper = chosen && Uint8Array.from(this.order, (n) => chosen[n]);
  }

  /** @param {number} width @param {number} height CSS pixels */
  resize(width, height) {
    const dpr = window.devicePixelRatio;
    this.canvas.width = Math.round(width * dpr);
    this.canvas.height = Math.round(height * dpr);
    this.margin = Math.ceil(DOTS[0].radius * dpr) + 1; // dots at the edge need pixels beyond it
    this.stride = this.canvas.width + 2 * this.margin;
    this.bitmap = new ImageData(this.stride, this.canvas.height + 2 * this.margin);
    this.pixels = new Uint32Array(this.bitmap.data.buffer);
    this.dots = DOTS.map(({ most, radius }) => ({ most, ...dotOf(radius * dpr, this.stride) }));
  }

  /** @param {import("./viewport.js").Viewport} viewport */
  draw(viewport) {
    this.pixels.fill(0);
    const count = this.find(viewport);
    const dot = this.dots.find(({ most }) => count <= most);
    if (this.upper) this.stamp(dot, count, 0); // what is chosen lies above the rest
    this.stamp(dot, count, 1);
    this.context.putImageData(this.bitmap, -this.margin, -this.margin);
  }

  /** Which points are on the screen, and at which pixels. */
  find(viewport) {
    const { xs, ys, spots, seen, stride, margin } = this;
    const { width, height } = this.canvas;
    const dpr = window.devicePixelRatio;
    const scale = viewport.scale * dpr;
    const across = (viewport.width * dpr) / 2 - viewport.x * scale;
    const down = (viewport.height * dpr) / 2 + viewport.y * scale;
    let count = 0;
    for (let n = 0; n < xs.length; n++) {
      const x = Math.floor(across + xs[n] * scale);
      const y = Math.floor(down - ys[n] * scale);
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      seen[count] = n;
      spots[count++] = (y + margin) * stride + x + margin;
    }
    return count;
  }

  /** Writes the dots of the chosen points, or of the others; of all where none are chosen. */
  stamp({ core, rim, shares }, count, layer) {
    const { pixels, spots, seen, colors, upper } = this;
    for (let i = 0; i < count; i++) {
      if (upper && upper[seen[i]] !== layer) continue;
      const spot = spots[i];
      const color = colors[seen[i]];
      for (let k = 0; k < rim.length; k++) {
        const at = spot + rim[k];
        pixels[at] = pixels[at] === 0 ? fade(color, shares[k]) : mix(pixels[at], color, shares[k]);
      }
      for (let k = 0; k < core.length; k++) pixels[spot + core[k]] = color;
    }
  }
}

/** Offsets of the pixels of a disc: those inside, and those of its rim with how much of each is covered, of 256. */
function dotOf(radius, stride) {
  const [core, rim, shares] = [[], [], []];
  if (radius <= SQUARE) { // nothing of a rim would be seen, and mixing takes most of the time
    for (let i = 0; i < 4; i++) core.push((i >> 1) * stride + (i & 1));
    return { core: Int32Array.from(core), rim: Int32Array.of(), shares: Int32Array.of() };
  }
  const reach = Math.ceil(radius);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const covered = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(x, y)));
      if (covered >= RIM_OF_CORE) core.push(y * stride + x);
      else if (covered > 0.1) {
        rim.push(y * stride + x);
        shares.push(Math.round(256 * covered));
      }
    }
  }
  return { core: Int32Array.from(core), rim: Int32Array.from(rim), shares: Int32Array.from(shares) };
}

const fade = (color, share) => ((((color >>> 24) * share) >> 8) << 24) | (color & 0xffffff);

/** Mixes two colours, red and blue in one product; the more opaque of the two stays as opaque. */
function mix(below, color, share) {
  const rest = 256 - share;
  const redBlue = ((below & 0xff00ff) * rest + (color & 0xff00ff) * share) >>> 8;
  const green = ((below & 0xff00) * rest + (color & 0xff00) * share) >>> 8;
  const alpha = Math.max(below >>> 24, ((color >>> 24) * share) >> 8);
  return (alpha << 24) | (redBlue & 0xff00ff) | (green & 0xff00);
}

function shuffled(count) {
  const order = Uint32Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor(uniform(SEED, n) * (n + 1));
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}
