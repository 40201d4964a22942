// The sheet that one draws on: pointer and keys become strokes, at once. No encoder is waited for here.
import { Drawing } from "./brush.js";
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";

const SIDE = 256; // CSS pixels at most
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 4; // pixels by an arrow key with shift

export class Paper {
  /**
   * @param {import("./model.js").Model} model
   * @param {Object} actions
   * @param {() => {width: number, ink: number}} actions.pen that is in the hand
   * @param {() => void} actions.onStroke something was drawn
   * @param {() => void} actions.onLift the pen was lifted
   */
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.drawing = new Drawing(model);
    this.picture = new Picture(model);
    this.cursor = [model.width / 2, model.height / 2];
    this.nib = element("i", { class: "nib" });
    const guide = model.facts.centred ? [element("i", { class: "guide" })] : [];
    this.sheet = element("div", this.attributes(), this.picture.canvas, ...guide, this.nib);
    this.moveNib();
    this.show();
  }

  attributes() {
    const { width, height } = this.model;
    return {
      class: "paper",
      tabindex: 0,
      role: "application",
      "aria-label": `Pad of ${height} × ${width} pixels. Arrow keys move the pen, space draws, Escape closes.`,
      onpointerdown: (event) => event.button === 0 && this.putDown(event),
      onpointermove: (event) => this.trace(event),
      onpointerup: () => this.lift(),
      onpointercancel: () => this.lift(),
      onblur: () => this.lift(),
      onkeyup: ({ key }) => key === " " && this.lift(),
    };
  }

  show() {
    this.picture.draw(this.drawing.image);
  }

  /** @returns {number} CSS pixels of its side */
  resize(available) {
    const side = wholeMultiple(Math.min(SIDE, available), this.model.width);
    this.picture.resize(side);
    return side;
  }

  putDown(event) {
    this.sheet.setPointerCapture(event.pointerId);
    this.cursor = this.placeOf(event);
    this.begin();
  }

  trace(event) {
    const passed = this.isDown ? event.getCoalescedEvents?.() ?? [] : [];
    for (const each of [...passed, event]) this.moveTo(this.placeOf(each));
  }

  placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.picture.canvas.getBoundingClientRect();
    return [((clientX - left) / width) * this.model.width, ((clientY - top) / height) * this.model.height];
  }

  begin() {
    this.isDown = true;
    this.drawing.begin(...this.cursor, this.actions.pen());
    this.drawn();
  }

  moveTo(place) {
    this.cursor = place;
    this.moveNib();
    if (!this.isDown) return;
    this.drawing.extend(...place);
    this.drawn();
  }

  drawn() {
    this.moveNib();
    this.show();
    this.actions.onStroke();
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.actions.onLift();
  }

  /** The ring that shows where the pen is, and how wide. */
  moveNib() {
    const { width, height } = this.model;
    const { style } = this.nib;
    [style.left, style.top] = [`${(100 * this.cursor[0]) / width}%`, `${(100 * this.cursor[1]) / height}%`];
    style.width = `${(100 * this.actions.pen().width) / width}%`;
  }

  /** @returns {?() => void} what a key does while the sheet has the focus */
  keyAction({ key, shiftKey, repeat }) {
    if (key === " ") return () => repeat || this.begin();
    if (!(key in MOVES)) return null;
    const [dx, dy] = MOVES[key].map((step) => step * (shiftKey ? FAR : 1));
    const within = (value, most) => Math.max(0.5, Math.min(most - 0.5, value));
    const [x, y] = this.cursor;
    return () => this.moveTo([within(x + dx, this.model.width), within(y + dy, this.model.height)]);
  }
}
