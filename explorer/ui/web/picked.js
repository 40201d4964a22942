// The sample that was clicked: its image, how near it is to test images, and which ones those are.
import { element } from "./element.js";
import { Gauge } from "./gauge.js";
import { Nearest } from "./nearest.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";

const PICKED_SIZE = 140; // CSS pixels that the image aims at
const UNKNOWN = "This run stored no latents of test images, or too few, so how near this is to them is not known.";

export class Picked {
  /** @param {import("./model.js").Model} model @param {{onNeighbour: (row: number) => void}} actions */
  constructor(model, { onNeighbour }) {
    this.model = model;
    this.picture = new Picture(model);
    this.picture.canvas.setAttribute("role", "img");
    this.caption = element("span", { class: "caption" });
    this.ghost = element("div", { class: "ghost" }, "click a sample");
    this.figure = element("div", { hidden: "" }, this.picture.canvas, this.caption);
    this.about = element("div", { class: "about" });
    if (model.support) {
      this.gauge = new Gauge(model.support, false);
      this.nearest = new Nearest(model, { onPick: onNeighbour, toPick: "look at it" });
      this.about.append(this.gauge.view, this.nearest.view);
    } else {
      this.about.append(element("p", { class: "caption" }, UNKNOWN));
    }
    this.about.hidden = true;
    this.view = element("div", { class: "picked" }, this.ghost, this.figure, this.about);
  }

  /** At once, while z moves. */
  show(z, label) {
    this.ghost.hidden = true;
    this.figure.hidden = this.about.hidden = false;
    this.caption.textContent = label;
    this.picture.canvas.setAttribute("aria-label", label);
    this.model.want("picked", z, (image) => this.picture.draw(image));
    this.gauge?.show("radius", this.model.support.radius(z));
  }

  /** Once the hand rests. */
  settle(z) {
    if (!this.nearest) return;
    this.nearest.resize();
    this.gauge.show("nearest", this.nearest.show(z));
    this.gauge.judge();
  }

  resize() {
    const { width, height } = this.model;
    const size = wholeMultiple(Math.max(PICKED_SIZE, width), width);
    this.picture.resize(size);
    this.ghost.style.width = `${size}px`;
    this.ghost.style.height = `${(size * height) / width}px`;
  }
}
