// The large image, beneath it the start (hold to compare) and the change from it (click to enlarge).
import { element } from "./element.js";
import { pixelsShown, timeDecoded } from "./imagefacts.js";
import { Picture } from "./picture.js";
import { tileSize, wholeMultiple } from "./pixels.js";

const STACKED = 400; // CSS pixels of the panel under which all is below one another; sliders.css has the same
const SHARE = 0.44; // of the panel's width that the image has at most, else
const LEAST = 252; // CSS pixels that it has where there is the width, however low the window is
const AROUND = 560; // what stands above and below it
const SCROLL_BAR = 20;
const LIMITS = [0.1, 0.2, 0.5, 1]; // of the change's scale; the smallest that holds the change is used

export class Stage {
  /** @param {import("./model.js").Model} model @param {{onChangeView: () => void}} actions */
  constructor(model, { onChangeView }) {
    this.model = model;
    this.image = new Float32Array(model.area);
    this.origin = new Float32Array(model.area);
    this.limit = LIMITS[0];
    this.showing = "image"; // or "start" or "change"
    [this.large, this.start, this.change] = Array.from({ length: 3 }, () => new Picture(model));
    this.large.canvas.setAttribute("role", "img");
    this.large.canvas.setAttribute("aria-label", "The image that the sliders decode to");
    this.shown = element("span");
    this.timed = element("span");
    this.scale = element("span", {}, "blue darker, orange brighter");
    this.changeLabel = element("span", { class: "caption" });
    const large = element("div", { class: "stage" }, this.large.canvas);
    const facts = element("div", { class: "facts" }, this.shown, this.timed, this.scale);
    const details = element("div", { class: "details" }, this.startButton(), this.changeButton(onChangeView), facts);
    this.view = element("div", { class: "view" }, large, details);
    this.setChangeView(false);
  }

  startButton() {
    const hold = () => this.show("start");
    const release = () => this.showing === "start" && this.show(this.resting);
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

  /** What the large image shows while nothing is held. */
  get resting() {
    return this.changeView ? "change" : "image";
  }

  setChangeView(on) {
    this.changeView = on;
    this.changeThumb.setAttribute("aria-pressed", String(on));
    this.scale.hidden = !on;
    this.show(this.resting);
  }

  show(what) {
    this.showing = what;
    this.draw();
  }

  setOrigin(z) {
    this.model.want("origin", z, (image) => {
      this.origin.set(image);
      this.start.draw(image);
      this.change.drawChange(this.image, this.origin, this.limit);
    });
  }

  /** @param {() => void} onPainted the image of z is on the page */
  paint(z, onPainted) {
    this.model.want("image", z, (image) => {
      this.image.set(image);
      this.draw();
      this.change.drawChange(this.image, this.origin, this.limit);
      onPainted();
    });
  }

  draw() {
    if (this.showing === "change") this.large.drawChange(this.image, this.origin, this.limit);
    else this.large.draw(this.showing === "start" ? this.origin : this.image);
  }

  /** Once the hand rests: the limit that holds the change, and the time that decoding took. */
  settle() {
    const largest = this.image.reduce((most, value, i) => Math.max(most, Math.abs(value - this.origin[i])), 0);
    this.limit = LIMITS.find((limit) => largest <= limit) ?? 1;
    this.changeLabel.textContent = `change, ±${this.limit}`;
    this.timed.textContent = timeDecoded(this.model);
    this.change.drawChange(this.image, this.origin, this.limit);
    this.draw();
  }

  /** @param {number} panel its width, CSS pixels */
  resize(panel) {
    const { width } = this.model;
    const size = wholeMultiple(panel < STACKED ? panel : this.room(panel), width);
    this.large.resize(size);
    for (const picture of [this.start, this.change]) picture.resize(tileSize(width));
    this.shown.textContent = pixelsShown(this.model, size);
  }

  /**
   * The image and what is below it stay on the screen. A width that differs by no more than a scroll
   * bar keeps the size: a smaller image could take the bar away and so call for the larger one again.
   */
  room(panel) {
    if (Math.abs(panel - (this.sizedFor ?? 0)) > SCROLL_BAR) this.sizedFor = panel;
    return Math.min(SHARE * this.sizedFor, Math.max(LEAST, window.innerHeight - AROUND));
  }
}
