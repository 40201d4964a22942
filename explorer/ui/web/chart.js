// A curve along a way, from one anchor to the other; the band of usual values behind it, hatched where nobody has been.
import { element } from "./element.js";

const SVG_SPACE = "http://www.w3.org/2000/svg";
const ROUND_NUMBERS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/**
 * @typedef {{way: string, places: number[], values: number[]}} Curve values at places from 0 to 1
 * @typedef {{low: number, high: number, least: number, most: number}} Usual the band, and where nobody is beyond
 */
export class Chart {
  /** @param {string} name @param {string} detail what is plotted, with its unit @param {?Usual} usual */
  constructor(name, detail, usual = null) {
    this.usual = usual;
    this.svg = vector("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
    this.top = element("span", { class: "top" });
    this.areas = element("div", { class: "areas" });
    this.value = element("output", { class: "value" });
    const label = element("div", { class: "name" }, element("b", {}, name), element("span", {}, detail));
    const ticks = element("div", { class: "ticks" }, this.top, element("span", {}, "0"));
    this.plot = element("div", { class: "plot" }, this.areas, this.svg, element("i", { class: "playhead" }));
    this.lane = element("div", { class: "lane chart" }, label, ticks, this.plot, this.value);
  }

  set stale(stale) {
    this.plot.classList.toggle("stale", stale);
  }

  /** @param {Curve[]} curves one of each way */
  show(curves) {
    this.curves = curves;
    const largest = Math.max(...curves.flatMap(({ values }) => values), this.usual?.high ?? 0);
    const limit = roundUp(1.04 * largest);
    this.top.textContent = String(limit);
    this.svg.replaceChildren(...curves.map((curve) => line(curve, limit)));
    this.areas.replaceChildren(...(this.usual ? areasOf(this.usual, limit) : []));
    this.stale = false;
  }

  /** Writes the values at a place. */
  mark(place) {
    if (!this.curves) return;
    this.value.textContent = this.curves.map((curve) => short(valueAt(curve, place))).join("\u00a0·\u00a0");
  }
}

function line({ way, places, values }, limit) {
  const points = values.map((value, i) => `${(100 * places[i]).toFixed(2)},${(100 * (1 - value / limit)).toFixed(2)}`);
  return vector("polyline", { class: way, points: points.join(" "), "vector-effect": "non-scaling-stroke" });
}

/** The band of most test images, and what is beyond all of them. */
function areasOf({ low, high, least, most }, limit) {
  const area = (kind, from, to) => {
    const [bottom, top] = [from, to].map((value) => Math.max(0, Math.min(100, (100 * value) / limit)));
    return element("i", { class: kind, style: `bottom: ${bottom}%; height: ${top - bottom}%` });
  };
  return [area("usual", low, high), area("never", 0, least), area("never", most, limit)];
}

/** @returns {number} the curve at a place, straight between its points and flat beyond them */
export function valueAt({ places, values }, place) {
  const next = places.findIndex((each) => each >= place);
  if (next === 0) return values[0];
  if (next < 0) return values.at(-1);
  const share = (place - places[next - 1]) / (places[next] - places[next - 1]);
  return values[next - 1] + share * (values[next] - values[next - 1]);
}

/** @returns {number} the next round number, of few digits */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return Number((ROUND_NUMBERS.find((number) => number * power >= value) * power).toPrecision(2));
}

const short = (value) => value.toFixed(value < 0.0995 ? 3 : value < 9.995 ? 2 : 1);

function vector(tag, attributes) {
  const node = document.createElementNS(SVG_SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
