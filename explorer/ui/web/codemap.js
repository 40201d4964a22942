// The code map that one paints on: a colour for each code, and over it the brush, what is painted and where else a
// code stands; with the pointer or with keys.
import { element } from "./element.js";
import { footprintBox } from "./painting.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const FAR = 4; // sites by an arrow key with shift

export class CodeMap {
  /**
   * @param {import("./codes.js").Codes} codes
   * @param {Object} actions
   * @param {(site: number) => void} actions.onCursor the hand or an arrow key is there
   * @param {(site: number) => void} actions.onPress @param {(from: number, to: number) => void} actions.onDrag
   * @param {() => void} actions.onLift
   */
  constructor(codes, actions) {
    this.side = codes.side;
    this.actions = actions;
    this.cursor = Math.floor(this.side / 2) * (this.side + 1);
    this.canvas = element("canvas", { class: "tile", width: this.side, height: this.side });
    this.context = this.canvas.getContext("2d");
    this.bitmap = this.context.createImageData(this.side, this.side);
    this.pixels = new Uint32Array(this.bitmap.data.buffer);
    this.over = element("canvas", { class: "over" });
    this.nib = element("i", { class: "nib" });
    this.view = element("div", this.attributes(), this.canvas, this.over, this.nib);
  }

  attributes() {
    return {
      class: "codemap",
      tabindex: 0,
      role: "application",
      "aria-label": `Code map of ${this.side} × ${this.side}. Arrow keys move the brush, Enter paints, P picks a code.`,
      onpointerdown: (event) => event.button === 0 && this.press(event),
      onpointermove: (event) => this.move(event),
      onpointerup: () => this.lift(),
      onpointercancel: () => this.lift(),
    };
  }

  /** @param {ArrayLike<number>} map @param {Uint32Array} colors of the codes */
  draw(map, colors) {
    for (let site = 0; site < map.length; site++) this.pixels[site] = colors[map[site]];
    this.context.putImageData(this.bitmap, 0, 0);
  }

  /** @returns {number} the site under the pointer, or at the edge nearest to it */
  siteAt({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const at = (share) => Math.max(0, Math.min(this.side - 1, Math.floor(share * this.side)));
    return at((clientY - top) / height) * this.side + at((clientX - left) / width);
  }

  press(event) {
    this.view.setPointerCapture(event.pointerId);
    this.moveTo(this.siteAt(event));
    this.last = this.cursor;
    this.isDown = true;
    this.actions.onPress(this.cursor);
  }

  move(event) {
    const passed = this.isDown ? event.getCoalescedEvents?.() ?? [] : [];
    for (const each of [...passed, event]) {
      const site = this.siteAt(each);
      if (site === this.cursor) continue;
      this.moveTo(site);
      if (!this.isDown) continue;
      this.actions.onDrag(this.last, site);
      this.last = site;
    }
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.actions.onLift();
  }

  moveTo(site) {
    this.cursor = site;
    this.actions.onCursor(site);
  }

  /** @returns {?() => void} what a key does while the map has the focus */
  keyAction({ key, shiftKey }) {
    if (!(key in STEPS)) return null;
    const [down, right] = STEPS[key].map((step) => step * (shiftKey ? FAR : 1));
    const within = (at) => Math.max(0, Math.min(this.side - 1, at));
    const [row, column] = [Math.floor(this.cursor / this.side), this.cursor % this.side];
    return () => this.moveTo(within(row + down) * this.side + within(column + right));
  }

  /** @param {number} width CSS pixels */
  resize(width) {
    this.width = width;
    for (const { style } of [this.canvas, this.over]) style.width = style.height = `${width}px`;
    this.over.width = this.over.height = Math.round(width * window.devicePixelRatio);
  }

  /** Puts the brush's frame around the sites that it covers. */
  showBrush(size) {
    placeBox(this.nib, footprintBox(this.cursor, size, this.side), this.side);
  }

  /** Frames the sites that are painted, and those that a code stands at. */
  mark(painting, code, { accent, light, dark }) {
    const context = this.over.getContext("2d");
    context.clearRect(0, 0, this.over.width, this.over.height);
    const cell = this.over.width / this.side;
    const line = Math.max(1, Math.round(window.devicePixelRatio));
    const frame = (site, color, inset) => {
      context.strokeStyle = color;
      context.lineWidth = line;
      const [x, y] = [(site % this.side) * cell, Math.floor(site / this.side) * cell];
      context.strokeRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    };
    for (let site = 0; site < painting.codes.length; site++) {
      if (painting.hasChanged(site)) frame(site, accent, line / 2);
      if (painting.codes[site] !== code) continue;
      frame(site, light, 1.5 * line);
      frame(site, dark, 2.5 * line); // the colours of the map may be as light
    }
  }
}

/** Lays a box over sites or pixels of a square of `side` of them. */
export function placeBox({ style }, { top, bottom, left, right }, side) {
  const percent = (value) => `${(100 * value) / side}%`;
  [style.left, style.top] = [percent(left), percent(top)];
  [style.width, style.height] = [percent(right - left), percent(bottom - top)];
}
