// One dimension: name, KL, a film strip of what it does with a range input over it, and its value.
import { element } from "./element.js";

const BEYOND = 0.1; // of the range, hatched at either end; .strip::before in sliders.css has the same

/** A number with its sign, a true minus and two decimals. */
export function signed(value) {
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return digits;
  return (value < 0 ? "−" : "+") + digits;
}

export class Strip {
  /**
   * @param {import("./model.js").Dimension} dimension
   * @param {number} mostNats the largest KL of all dimensions, for the bar
   * @param {{onInput: (index: number, value: number) => void, onRelease: () => void,
   *   onHome: (index: number) => void}} actions
   */
  constructor(dimension, mostNats, actions) {
    this.dimension = dimension;
    const { index, low, high } = dimension;
    this.low = low - BEYOND * (high - low);
    this.span = (1 + 2 * BEYOND) * (high - low);
    this.canvas = element("canvas");
    this.input = this.range(actions);
    this.playhead = element("i", { class: "playhead" });
    this.origin = element("i", { class: "origin" });
    this.value = element("output", { class: "value" });
    const film = element("div", { class: "film" }, this.canvas);
    this.track = element("div", { class: "strip" }, film, this.origin, this.playhead, this.input);
    const name = element("span", { class: "name" }, "z", element("sub", {}, String(index + 1)));
    this.row = element("div", { class: "row stale" }, name, this.nats(mostNats), this.track, this.value);
  }

  range({ onInput, onRelease, onHome }) {
    const { index, kl } = this.dimension;
    return element("input", {
      type: "range",
      min: this.low,
      max: this.low + this.span,
      step: "any",
      "aria-label": `Dimension ${index + 1}, mean KL ${kl.toFixed(2)} nats`,
      oninput: () => onInput(index, this.input.valueAsNumber),
      onchange: onRelease,
      ondblclick: () => onHome(index),
    });
  }

  nats(mostNats) {
    const { kl } = this.dimension;
    const bar = element("i", { style: `width: ${(100 * kl) / mostNats}%` });
    const title = `Mean KL of the test images: ${kl.toFixed(4)} nats`;
    return element("span", { class: "kl", title }, kl.toFixed(2), bar);
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

  /** Draws the frames one by one, each decoded at the value under its own centre; yields after each. */
  *redraw(model, picture, z) {
    const point = z.slice();
    const { width, height } = this.cell;
    const count = Math.ceil(this.canvas.width / width);
    const first = Math.floor((this.canvas.width - count * width) / 2); // the end frames are cut alike
    this.context.imageSmoothingEnabled = width < picture.canvas.width; // only smoothed down
    for (let x = first; x < this.canvas.width; x += width) {
      point[this.dimension.index] = this.low + (this.span * (x + width / 2)) / this.canvas.width;
      picture.draw(model.decode(point));
      this.context.drawImage(picture.canvas, x, 0, width, height);
      yield;
    }
    this.stale = false;
  }
}
