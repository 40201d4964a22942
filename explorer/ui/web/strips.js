// The list of strips: live dimensions by KL, the silent ones folded away, redrawn in slices of time.
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { Strip } from "./strip.js";
import { thumbSize } from "./pixels.js";

const SLICE_MS = 6; // of a frame's 16 for decoding strips, so that dragging never stutters
const FEW = 8; // live dimensions that leave room for double cells
const KEYS = [
  [["←", "→"], "move"],
  [["shift"], "faster"],
  [["0"], "prior mean"],
  [["R"], "draw anew"],
];

export class Strips {
  /** @param {import("./model.js").Model} model @param {Object} actions what a Strip calls */
  constructor(model, actions) {
    this.model = model;
    this.picture = new Picture(model); // every frame is drawn here first
    const most = Math.max(...model.dimensions.map(({ kl }) => kl), Number.MIN_VALUE);
    this.strips = model.dimensions.map((dimension) => new Strip(dimension, most, actions));
    this.byIndex = this.strips.toSorted((a, b) => a.dimension.index - b.dimension.index);
    this.list = element("div", { class: "list", onscroll: () => this.fade() }, this.header(), ...this.rows());
    this.section = element("section", { class: "strips" }, this.list, keys());
  }

  header() {
    const { range } = this.model.facts;
    const meaning = range === "prior" ? "range of the prior, −3 to 3" : `range of the ${range}, 0.5 to 99.5 %`;
    const cells = [["name", "dim"], ["kl", "KL, nats"], ["range", meaning], ["value", "value"]];
    const spans = cells.map(([name, text]) => element("span", { class: name }, text));
    return element("div", { class: "row header" }, ...spans);
  }

  rows() {
    const live = this.strips.filter(({ dimension }) => dimension.live);
    const silent = this.strips.filter(({ dimension }) => !dimension.live);
    const rows = live.map(({ row }) => row);
    return silent.length ? [...rows, this.fold(silent, live.length === 0)] : rows;
  }

  fold(silent, open) {
    const noun = silent.length === 1 ? "silent dimension" : "silent dimensions";
    const text = `${silent.length} ${noun}, mean KL under ${this.model.facts.dead_below} nats`;
    const fold = element("details", { class: "silent" }, element("summary", {}, text), ...silent.map(({ row }) => row));
    fold.open = open;
    fold.ontoggle = () => this.resize();
    return fold;
  }

  /** Shows z; strips that another dimension's value has outdated are marked. `dim` null: anything changed. */
  show(z, dim) {
    this.z = z;
    this.work = null; // what was being drawn is outdated too
    for (const [index, strip] of this.byIndex.entries()) {
      if (dim === null || dim === index) strip.show(z[index]);
      if (dim !== index) strip.stale = true;
    }
  }

  markOrigin(origin) {
    for (const [index, strip] of this.byIndex.entries()) strip.markOrigin(origin[index]);
  }

  /** Gives every strip the device pixels that it has on the page. */
  resize() {
    const dpr = window.devicePixelRatio;
    const cell = this.cell();
    this.section.style.setProperty("--cell", `${cell.height / dpr}px`);
    const shown = this.strips.find(({ track }) => track.clientWidth > 0);
    if (!shown) return;
    const { left, right } = shown.track.getBoundingClientRect();
    const width = Math.round(right * dpr) - Math.round(left * dpr); // as the page snaps it
    for (const strip of this.strips) strip.resize(width, cell);
    this.fade();
    this.refresh();
  }

  /** How much higher the list would have to be, or lower, to show all of its rows; CSS pixels. */
  get overflow() {
    const last = this.list.lastElementChild;
    return last.offsetTop + last.offsetHeight - this.list.offsetTop - this.list.clientHeight;
  }

  cell() {
    const { width, height, dimensions } = this.model;
    const dpr = window.devicePixelRatio;
    const single = thumbSize(width, 64);
    const double = single <= 32 && dimensions.filter(({ live }) => live).length <= FEW;
    const device = Math.round((double ? 2 : 1) * single * dpr);
    return { width: device, height: Math.round((device * height) / width) };
  }

  /** Redraws what is stale and on the page, over as many animation frames as it takes. */
  refresh() {
    this.work = this.redrawStale(this.z.slice());
    this.frame ??= requestAnimationFrame(() => this.slice());
  }

  stripOf(input) {
    return this.strips.find((strip) => strip.input === input);
  }

  close() {
    cancelAnimationFrame(this.frame);
  }

  *redrawStale(z) {
    for (const strip of this.strips) {
      if (strip.stale && strip.track.clientWidth > 0) yield* strip.redraw(this.model, this.picture, z);
    }
  }

  slice() {
    this.frame = null;
    const end = performance.now() + SLICE_MS;
    while (this.work && performance.now() < end) if (this.work.next().done) this.work = null;
    if (this.work) this.frame = requestAnimationFrame(() => this.slice());
  }

  /** The list fades out where there is more below. */
  fade() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    this.list.classList.toggle("more", scrollTop + clientHeight < scrollHeight - 2);
  }
}

function keys() {
  const groups = KEYS.map(([names, meaning]) =>
    element("span", {}, ...names.map((name) => element("kbd", {}, name)), meaning),
  );
  return element("div", { class: "keys" }, ...groups);
}
