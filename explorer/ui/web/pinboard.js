// What is pinned on a map, and from which pin its places are lifted. No DOM: node runs it too.
import { newStarts } from "./latent.js";

const MOST_PINS = 12; // ui/manifold.py has the same

/** @typedef {import("./mappins.js").Pin} Pin */

export class Pinboard {
  /**
   * @param {import("./model.js").Model} model @param {import("./atlas.js").Atlas} atlas
   * @param {?{board: Pinboard, model: Object}} before what stood here with other images of this visit
   */
  constructor(model, atlas, before) {
    Object.assign(this, { model, atlas });
    this.pins = before?.board.pins ?? model.panel.pins.map((pin) => this.read(pin));
    this.base = before ? before.board.base : (this.pins[model.panel.base] ?? null);
    this.hasNews = false; // pins that Python does not know of
    this.welcome(before);
  }

  /** A pin of a link: a latent, a test image, or a place on the map that it names. */
  read({ z, label, row, own, on }) {
    if (row !== null && this.atlas.indexOfRow(row) >= 0) return this.ofRow(row);
    const { map, dims } = this.model.panel.view;
    const latent = z ?? this.atlas.projection(map, dims).lift.lift(...on.place);
    return { z: Float32Array.from(latent), label, row: null, isOwn: own, on };
  }

  /** Images that this visit brought, and what was clicked on another page, are pinned as they come. */
  welcome(before) {
    for (const { label, z } of newStarts(this.model, before ? before.model.starts : this.pins)) {
      this.hasNews = true;
      this.add({ z: Float32Array.from(z), label, row: null, isOwn: true, on: null });
    }
  }

  /** @returns {Pin} a test image */
  ofRow(row) {
    const index = this.atlas.indexOfRow(row);
    return { z: this.atlas.latent(index).slice(), label: `${this.atlas.nameOf(index)}, test image ${row}`, row, isOwn: false, on: null };
  }

  /** @returns {Pin} a place of the map */
  ofPlace(place, z, map) {
    return { z: Float32Array.from(z), label: `place ${place.map((value) => value.toFixed(2).replace("-", "−")).join(", ")}`, row: null, isOwn: false, on: { map, place } };
  }

  add(pin) {
    this.pins = [...this.pins, pin].slice(-MOST_PINS);
    if (!this.pins.includes(this.base)) this.base = null;
  }

  remove(index) {
    this.pins = this.pins.filter((_, each) => each !== index);
    if (!this.pins.includes(this.base)) this.base = null;
  }

  clear() {
    this.pins = [];
    this.base = null;
  }

  toggleBase(index) {
    this.base = this.pins[index] === this.base ? null : this.pins[index];
  }

  /** What is being drawn is one pin, wherever its latent moves. */
  sketch(z) {
    const pin = { z: Float32Array.from(z), label: "drawing", row: null, isOwn: true, on: null };
    const place = this.pins.findIndex(({ label, isOwn }) => isOwn && label === "drawing");
    if (place < 0) this.add(pin);
    else this.pins = this.pins.with(place, pin);
  }

  snapshot() {
    const pins = this.pins.map(({ z, label, row, isOwn, on }) => ({ z: Array.from(z), label, row, own: isOwn, on }));
    return { pins, base: this.base ? this.pins.indexOf(this.base) : null };
  }
}
