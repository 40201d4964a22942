// What colour each point has: of its class, of a column with few values, or along a scale of numbers.

const TAILS = 0.005; // of the numbers at either end have the colour of that end
const OPAQUE = 214; // of 255: points let through a little of what lies behind them
const FAINT = 46;
const PALE = 2; // colours of the scale that are too close to the page
export const LABEL = "label"; // the colouring by class; map_view.py has the same

/** @typedef {{name: string, title: string, unit: string, isKind: boolean}} Column of `map_blob.py` */

/**
 * @typedef {Object} Coloring
 * @property {string} title
 * @property {Uint32Array} colors (N,) little-endian RGBA
 * @property {?Array<{value: number, name: string, color: string}>} kinds where there are kinds
 * @property {?Int32Array} of which kind each point is
 * @property {?{low: number, high: number, unit: string, stops: string[], isWhole: boolean}} scale where there are numbers
 */

/** @param {HTMLElement} node @returns {{classes: string[], scale: string[], muted: string}} of the theme */
export function themeColors(node) {
  const style = getComputedStyle(node);
  const list = (name) => style.getPropertyValue(name).split(",").map((color) => color.trim());
  return {
    classes: list("--st-chart-categorical-colors"),
    scale: list("--st-chart-sequential-colors").slice(PALE), // points of the first would be lost on the page
    muted: style.getPropertyValue("--st-gray-color").trim(),
  };
}

/** @param {import("./atlas.js").Atlas} atlas @param {?Column} column null: the classes @returns {Coloring} */
export function coloringOf(atlas, column, theme) {
  if (!column) return byKind("Class", atlas.labels, (value) => atlas.labelNames[value], theme);
  const values = atlas.tensors[`column.${column.name}`].data;
  if (column.isKind) return byKind(column.title, values, (value) => `${column.title.toLowerCase()} ${value}`, theme);
  return byNumber(column, values, theme);
}

/** Classes keep the colour of their number; of more kinds than colours, colours come again. */
function byKind(title, values, nameOf, { classes }) {
  const present = [...new Set(values)].sort((a, b) => a - b);
  const kinds = present.map((value, place) => ({
    value,
    name: nameOf(value),
    color: classes[(present.at(-1) < classes.length ? value : place) % classes.length],
  }));
  const placeOf = new Map(present.map((value, place) => [value, place]));
  const of = Int32Array.from(values, (value) => placeOf.get(value));
  const table = kinds.map(({ color }) => packColor(color, OPAQUE));
  return { title, kinds, of, scale: null, colors: Uint32Array.from(of, (kind) => table[kind]) };
}

function byNumber({ title, unit }, values, { scale: stops }) {
  const sorted = Float32Array.from(values).sort();
  const cut = Math.floor(TAILS * sorted.length);
  const [low, high] = [sorted[cut], sorted.at(-1 - cut)];
  const table = scaleTable(stops, OPAQUE);
  const span = high - low || 1;
  const colors = Uint32Array.from(values, (value) => table[Math.round(255 * Math.max(0, Math.min(1, (value - low) / span)))]);
  const isWhole = values instanceof Int32Array;
  return { title, kinds: null, of: null, colors, scale: { low, high, unit, stops, isWhole } };
}

/** @returns {Uint32Array} (256,) evenly spaced along the colours of a scale */
export function scaleTable(stops, alpha) {
  const channels = stops.map(channelsOf);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const place = (i / 255) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    const mixed = channels[below].map((value, c) => Math.round(value + (place - below) * (channels[below + 1][c] - value)));
    return pack(mixed, alpha);
  });
}

/** @returns {number} the colour of points that are left out */
export const faintColor = ({ muted }) => packColor(muted, FAINT);

const packColor = (color, alpha) => pack(channelsOf(color), alpha);
const pack = ([red, green, blue], alpha) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const channelsOf = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

