// Beside the pointer: what is decoded there, and the nearest test image as it is decoded, with its label.
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";
import { NO_DATA } from "./support.js";
import { showVerdict } from "./verdict.js";

const DECODED_SIZE = 84; // CSS pixels that an image aims at
const AWAY = 18; // from the pointer
const NARROW_MAP = 600; // CSS pixels: below it there is room for one image

export class MapCallout {
  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    this.here = new Picture(model);
    this.near = new Picture(model);
    this.nearLabel = element("span", { class: "caption" });
    this.verdict = element("span", { class: "verdict" });
    this.hatched = element("div", { class: "shot" }, this.here.canvas);
    const decoded = element("div", {}, this.hatched, element("span", { class: "caption" }, "decoded here"));
    this.beside = element("div", {}, this.near.canvas, this.nearLabel);
    const pair = element("div", { class: "pair" }, decoded, this.beside);
    this.view = element("div", { class: "callout", hidden: "", "aria-hidden": "true" }, pair, this.verdict);
  }

  /** @param {number} width @param {number} height of the map */
  resize(width, height) {
    Object.assign(this, { width, height });
    this.beside.hidden = width < NARROW_MAP;
    const size = wholeMultiple(DECODED_SIZE, this.model.width);
    for (const picture of [this.here, this.near]) picture.resize(size);
  }

  /** @param {number} verdict of support.js */
  judge(verdict) {
    this.hatched.classList.toggle("unsupported", verdict === NO_DATA);
    if (this.judged === verdict) return;
    this.judged = verdict;
    showVerdict(this.verdict, verdict);
  }

  /** Opens away from the middle of the map, and flips where it would leave it. */
  moveTo(across, down) {
    this.view.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.view;
    const fits = (start, length, room) => start >= 4 && start + length <= room - 4;
    const pick = (at, length, room) => {
      const [before, after] = [at - AWAY - length, at + AWAY];
      const wanted = at < room / 2 ? [before, after] : [after, before];
      return wanted.find((start) => fits(start, length, room)) ?? Math.max(4, Math.min(room - length - 4, after));
    };
    const left = pick(across, width, this.width);
    const top = Math.max(4, Math.min(this.height - height - 4, down - height / 2));
    this.view.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.view.hidden = true;
  }
}
