// The large image, beneath it the start (hold to compare) and the change from it (click to enlarge).
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";

const LIMITS = [0.1, 0.2, 0.5, 1]; // of the change's scale; the smallest that holds the change is used

export class Stage {
  /** @param {import("./model.js").Model} model @param {{onChangeView: () => void}} actions */
  constructor(model, { onChangeView }) {
    this.model = model;
    this.image = new Float32Array(model.net.outputSize);
    this.origin = new Float32Array(model.net.outputSize);
    this.limit = LIMITS[0];
    this.view = "image"; // or "start" or "change"
    this.changeView = false;
    [this.large, this.start, this.change] = Array.from({ length: 3 }, () => new Picture(model));
    this.large.canvas.setAttribute("role", "img");
    this.shown = element("span");
    this.timed = element("span");
    this.changeLabel = element("span", { class: "caption" });
    this.figure = element("div", { class: "stage" }, this.large.canvas);
    this.details = element("div", { class: "details" }, this.startButton(), this.changeButton(onChangeView), this.facts());
  }

  startButton() {
    const hold = () => this.setView("start");
    const release = () => this.view === "start" && this.setView(this.resting);
    return element(
      "button",
      {
        class: "thumb",
        title: "Hold to compare with the start",
        onpointerdown: hold,
        onpointerup: release,
        onpointerleave: release,
        onpointercancel: release,
        onkeydown: (event) => (event.key === " " || event.key === "Enter") && hold(),
        onkeyup: release,
        onblur: release,
      },
      this.start.canvas,
      element("span", { class: "caption" }, "start"),
    );
  }

  changeButton(onclick) {
    this.changeThumb = element(
      "button",
      { class: "thumb", title: "Blue: darker than the start. Orange: brighter. Click to enlarge.", onclick },
      this.change.canvas,
      this.changeLabel,
    );
    return this.changeThumb;
  }

  facts() {
    return element("div", { class: "facts" }, this.shown, this.timed);
  }

  /** What the large image shows while nothing is held. */
  get resting() {
    return this.changeView ? "change" : "image";
  }

  setChangeView(on) {
    this.changeView = on;
    this.changeThumb.setAttribute("aria-pressed", String(on));
    this.setView(this.resting);
  }

  setView(view) {
    this.view = view;
    this.draw();
  }

  setOrigin(z) {
    this.origin.set(this.model.decode(z));
    this.start.draw(this.origin);
  }

  paint(z) {
    this.image.set(this.model.decode(z));
    this.draw();
    this.change.drawChange(this.image, this.origin, this.limit);
  }

  draw() {
    if (this.view === "change") this.large.drawChange(this.image, this.origin, this.limit);
    else this.large.draw(this.view === "start" ? this.origin : this.image);
  }

  /** Once the hand rests: the limit that holds the change, and the time that decoding took. */
  settle() {
    const largest = this.image.reduce((most, value, i) => Math.max(most, Math.abs(value - this.origin[i])), 0);
    this.limit = LIMITS.find((limit) => largest <= limit) ?? 1;
    this.changeLabel.textContent = `change, ±${this.limit}`;
    this.timed.textContent = `decoded here in ${this.model.decodeMs.toFixed(1)} ms`;
    this.change.drawChange(this.image, this.origin, this.limit);
    this.draw();
  }

  /** @param {number} available CSS pixels for the large image @param {number} thumb for each of the small ones */
  resize(available, thumb) {
    const { width, height } = this.model;
    const size = wholeMultiple(available, width);
    this.large.resize(size);
    for (const picture of [this.start, this.change]) picture.resize(wholeMultiple(thumb, width));
    const multiple = Number((size / width).toFixed(1));
    this.shown.textContent = `${height} × ${width} pixels, shown ×${multiple}`;
    this.large.canvas.setAttribute("aria-label", "The image that the sliders decode to");
    return size;
  }
}
