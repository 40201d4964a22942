// The tray below a map: what was pinned, with its latent and what it is near to. Pins are starts for other pages.
import { actionButton, element, iconButton, setChildren, smallButton } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";
import { signed } from "./strip.js";
import { NO_DATA } from "./support.js";

const PIN_SIZE = 84; // CSS pixels that a pin's image aims at
const GHOSTS = 2;
const NEIGHBOURS = 3;
const FEW_Z = 2;
const HOW_TO_PIN = "shift + click pins the nearest image";

/**
 * @typedef {Object} Pin
 * @property {Float32Array} z @property {string} label what it is @property {?number} row of the test image that it is
 * @property {boolean} isOwn an image that the visitor brought or drew
 * @property {?{map: string, place: [number, number]}} on the place that was clicked
 */

export class MapPins {
  /**
   * @param {import("./model.js").Model} model
   * @param {{onRemove: (index: number) => void, onClear: () => void, onOpen: (index: number) => void, onWalk: () => void,
   *   onBase: (index: number) => void, onShow: (index: number) => void, onDraw: ?() => void}} actions
   */
  constructor(model, actions) {
    Object.assign(this, { model, actions });
    this.tray = element("div", { class: "tray" });
    this.ghosts = Array.from({ length: GHOSTS }, () => element("div", { class: "ghost" }, "click map"));
    this.walk = actionButton("timeline", "Walk between pins", "From the first pin to the second, or between four", actions.onWalk);
    this.clear = iconButton("delete_sweep", "Remove all pins", actions.onClear);
    this.draw = actionButton("edit", "Draw", "Draw an image, and see where it lies", () => actions.onDraw());
    this.draw.hidden = !model.encodesHere;
    const heading = element("div", { class: "heading tray-head" }, element("h3", {}, "Pins"), element("span", { class: "hint" }, HOW_TO_PIN), this.draw, this.walk, this.clear);
    this.section = element("section", { class: "pins" }, heading, this.tray);
    this.tiles = new Map(); // of pins, those on the page
  }

  /** @param {Pin[]} pins @param {?Pin} base @param {{isLinear: boolean, verdictOf: (z: Float32Array) => number, placed: (z: Float32Array) => Float32Array}} map */
  show(pins, base, map) {
    const stays = new Map(pins.map((pin) => [pin, this.tiles.get(pin) ?? this.tile(pin)]));
    this.tiles = stays;
    for (const [index, pin] of pins.entries()) this.describe(stays.get(pin), pin, index, pin === base, map);
    const views = [...stays.values()].map(({ view }) => view);
    setChildren(this.tray, [...views, ...this.ghosts.slice(pins.length)]);
    this.walk.disabled = pins.length < 2;
    this.clear.disabled = pins.length === 0;
    this.resize();
  }

  tile(pin) {
    const picture = new Picture(this.model);
    this.model.want(`pin ${this.made = (this.made ?? 0) + 1}`, pin.z, (image) => picture.draw(image));
    const twin = pin.isOwn ? new Picture(this.model) : null;
    const badge = element("span", { class: "badge", "aria-hidden": "true" });
    const remove = smallButton("close", "Remove this pin");
    const base = smallButton("anchor", "");
    const open = smallButton("tune", "Open in Sliders");
    const shot = element("button", { class: "shot thumb" }, picture.canvas, badge);
    const caption = element("span", { class: "caption" });
    const about = element("span", { class: "caption" });
    const shots = element("div", { class: "shots" }, shot, ...(twin ? [element("div", { class: "shot", title: "Decoded at its place on the map" }, twin.canvas)] : []));
    const view = element("figure", { class: "pin" }, shots, caption, about, element("div", { class: "pin-tools" }, base, open, remove));
    return { view, picture, twin, badge, shot, caption, about, remove, base, open };
  }

  describe(tile, pin, index, isBase, map) {
    const { actions, model } = this;
    const number = index + 1;
    tile.badge.textContent = number;
    tile.badge.classList.toggle("square", pin.isOwn);
    tile.shot.classList.toggle("unsupported", map.verdictOf(pin.z) === NO_DATA);
    tile.shot.setAttribute("aria-label", `Pin ${number}: ${pin.label}`);
    tile.shot.title = `${pin.label}. z = ${Array.from(pin.z, signed).join(", ")}. Nearest: ${this.neighbours(pin.z)}`;
    tile.caption.textContent = pin.label;
    tile.about.textContent = pin.z.length <= FEW_Z ? Array.from(pin.z, signed).join(", ") : `near ${this.neighbours(pin.z, 1)}`;
    tile.base.hidden = !map.isLinear || model.size <= FEW_Z;
    tile.base.title = isBase ? "Lift the map's places from the mean again" : "Lift the map's places from here: its other dimensions for all of them";
    tile.base.setAttribute("aria-label", tile.base.title);
    tile.base.setAttribute("aria-pressed", String(isBase));
    if (tile.twin) model.want(`twin ${number}`, map.placed(pin.z), (image) => tile.twin.draw(image));
    tile.shot.onclick = () => actions.onShow(index);
    tile.remove.onclick = () => actions.onRemove(index);
    tile.base.onclick = () => actions.onBase(index);
    tile.open.onclick = () => actions.onOpen(index);
  }

  neighbours(z, count = NEIGHBOURS) {
    const { support, facts } = this.model;
    return support.nearest(z, count).map(({ index, row }) => facts.kinds?.[support.kinds[index]] ?? `test image ${row}`).join(", ");
  }

  resize() {
    const size = wholeMultiple(PIN_SIZE, this.model.width);
    for (const { picture, twin, view } of this.tiles.values()) {
      picture.resize(size);
      twin?.resize(size);
      view.style.setProperty("--pin", `${size}px`);
    }
    this.tray.style.setProperty("--pin", `${size}px`);
  }
}
