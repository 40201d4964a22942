// One dimension: name, measure, a film strip of what it does with a range input over it, and its value.
import { element } from "./element.js";

const BEYOND = 0.1; // of the range, hatched at either end; .film::before in sliders.css has the same

/** A number with its sign, a true minus and two decimals. */
export function signed(value) {
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return digits;
  return (value < 0 ? "−" : "+") + digits;
}

export class Strip {
  /**
   * @param {import("./basis.js").Dimension} dimension
   * @param {import("./basis.js").Basis} basis that it belongs to
   * @param {{onInput: (index: number, value: number) => void, onRelease: () => void,
   *   onHome: (index: number) => void}} actions
   */
  constructor(dimension, basis, actions) {
    this.dimension = dimension;
    this.basis = basis;
    const { symbol, number, low, high } = dimension;
    this.low = low - BEYOND * (high - low);
    this.span = (1 + 2 * BEYOND) * (high - low);
    this.canvas = element("canvas");
    this.input = this.range(actions);
    this.playhead = element("i", { class: "playhead" });
    this.origin = element("i", { class: "origin" });
    this.value = element("output", { class: "value" });
    const film = element("div", { class: "film" }, this.canvas);
    this.track = element("div", { class: "strip" }, film, this.origin, this.playhead, this.input);
    const name = element("span", { class: "name" }, symbol, element("sub", {}, String(number)));
    this.row = element("div", { class: "row stale" }, name, this.measure(), this.track, this.value);
  }

  range({ onInput, onRelease, onHome }) {
    const { index, number, meaning } = this.dimension;
    return element("input", {
      type: "range",
      min: this.low,
      max: this.low + this.span,
      step: "any",
      "aria-label": `${this.basis.words.one} ${number}. ${meaning}`,
      oninput: () => onInput(index, this.input.valueAsNumber),
      onchange: onRelease,
      ondblclick: () => onHome(index),
    });
  }

  measure() {
    const { measure, meaning, weight, between } = this.dimension;
    const bar = element("i", { style: `width: ${100 * weight}%; --between: ${100 * between}%` });
    return element("span", { class: "kl", title: meaning }, measure, bar);
  }

  get stale() {
    return this.row.classList.contains("stale");
  }

  set stale(stale) {
    this.row.classList.toggle("stale", stale);
  }

  /** A value beyond an end of the strip stands at the end. */
  clamp(value) {
    return Math.max(this.low, Math.min(this.low + this.span, value));
  }

  /** @returns {string} where a value lies on the strip, as CSS */
  place(value) {
    return `${(100 * (this.clamp(value) - this.low)) / this.span}%`;
  }

  show(value) {
    this.input.value = value;
    this.input.setAttribute("aria-valuetext", signed(value));
    this.playhead.style.left = this.place(value);
    this.value.textContent = signed(value);
  }

  markOrigin(value) {
    this.origin.style.left = this.place(value);
  }

  /** @param {number} width of the strip @param {{width: number, height: number}} cell both in device pixels */
  resize(width, cell) {
    if (this.canvas.width === width && this.canvas.height === cell.height) return; // resizing would clear it
    this.cell = cell;
    this.canvas.width = width;
    this.canvas.height = cell.height;
    this.context = this.canvas.getContext("2d");
    this.stale = true;
  }

  get frameCount() {
    return Math.ceil(this.canvas.width / this.cell.width);
  }

  /**
   * The frames from left to right, each of the value under its own centre; once the last is drawn, the strip is fresh.
   * @returns {Iterator<import("./film.js").Frame>}
   */
  *frames(picture, z) {
    const { width, height } = this.cell;
    const first = Math.floor((this.canvas.width - this.frameCount * width) / 2); // the end frames are cut alike
    this.context.imageSmoothingEnabled = width < picture.canvas.width; // only smoothed down
    for (let x = first; x < this.canvas.width; x += width) {
      const value = this.low + (this.span * (x + width / 2)) / this.canvas.width;
      const draw = (image) => {
        picture.draw(image);
        this.context.drawImage(picture.canvas, x, 0, width, height);
        if (x + width >= this.canvas.width) this.stale = false;
      };
      yield { latent: this.basis.moved(z, this.dimension.index, value), draw };
    }
  }
}
