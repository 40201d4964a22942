// The list of strips: live dimensions by KL, the silent ones folded away.
import { element, keyChips } from "./element.js";
import { Film } from "./film.js";
import { Picture } from "./picture.js";
import { Strip } from "./strip.js";
import { thumbSize } from "./pixels.js";

const PLAIN = 16; // CSS pixels of the height of a strip without frames
const FEW = 8; // live dimensions that leave room for double cells
const KEYS = [
  [["←", "→"], "move"],
  [["shift"], "faster"],
  [["0"], "prior mean"],
  [["R"], "draw anew"],
];

export class Strips {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./basis.js").Basis} basis whose dimensions are listed
   * @param {Object} actions what a Strip calls
   */
  constructor(model, basis, actions) {
    this.model = model;
    this.basis = basis;
    this.picture = new Picture(model); // every frame is drawn here first
    this.film = model.decodesHere ? new Film(model) : null; // without one the strips stay plain
    this.strips = basis.dimensions.map((dimension) => new Strip(dimension, basis, actions));
    this.byIndex = this.strips.toSorted((a, b) => a.dimension.index - b.dimension.index);
    this.list = element("div", { class: "list", onscroll: () => this.fade() }, this.header(), ...this.rows());
    this.section = element("section", { class: this.film ? "strips" : "strips plain" }, this.list, keyChips(KEYS));
  }

  header() {
    const { range } = this.model.facts;
    const { words } = this.basis;
    const meaning = range === "prior" ? "range of the prior, −3 to 3" : `range of the ${range}, 0.5 to 99.5 %`;
    const cells = [["name", words.name], ["kl", words.measure], ["range", meaning], ["value", "value"]];
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
    const text = this.basis.words.silent(silent.length);
    const fold = element("details", { class: "silent" }, element("summary", {}, text), ...silent.map(({ row }) => row));
    fold.open = open;
    fold.ontoggle = () => this.resize();
    return fold;
  }

  /** Shows z; strips that another dimension's value has outdated are marked. `dim` null: anything changed. */
  show(z, dim) {
    this.z = z;
    this.film?.stop(); // what was being drawn is outdated too
    for (const [index, strip] of this.byIndex.entries()) {
      if (dim === null || dim === index) strip.show(this.basis.coordinate(z, index));
      if (dim !== index) strip.stale = true;
    }
  }

  markOrigin(origin) {
    for (const [index, strip] of this.byIndex.entries()) strip.markOrigin(this.basis.coordinate(origin, index));
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
    const { width, height } = this.model;
    const dpr = window.devicePixelRatio;
    if (!this.film) return { width: PLAIN * dpr, height: PLAIN * dpr };
    const single = thumbSize(width, 64);
    const double = single <= 32 && this.basis.dimensions.filter(({ live }) => live).length <= FEW;
    const device = Math.round((double ? 2 : 1) * single * dpr);
    return { width: device, height: Math.round((device * height) / width) };
  }

  /** Redraws what is stale and on the page, frame by frame. */
  refresh() {
    const z = this.z.slice();
    this.film?.play(() => this.staleFrames(z), this.strips[0].frameCount);
  }

  dimension(index) {
    return this.byIndex[index].dimension;
  }

  stripOf(input) {
    return this.strips.find((strip) => strip.input === input);
  }

  close() {
    this.film?.close();
  }

  *staleFrames(z) {
    for (const strip of this.strips) {
      if (strip.stale && strip.track.clientWidth > 0) yield* strip.frames(this.picture, z);
    }
  }

  /** The list fades out where there is more below. */
  fade() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    this.list.classList.toggle("more", scrollTop + clientHeight < scrollHeight - 2);
  }
}
