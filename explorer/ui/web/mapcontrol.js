// The hand on a map: pan, zoom, point, click, draw; with the pointer, two fingers or keys.

const STILL = 4; // CSS pixels within which a press is a click
const WHEEL = 0.0016; // zoom a pixel of the wheel
const LINE = 16; // pixels of a wheel that counts lines
const STEP_PAN = 40; // CSS pixels of an arrow key; four times that with shift
const STEP_ZOOM = 1.3;
const ARROW_KEYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export const POINT = "point"; // tools
export const PATH = "path";
export const LASSO = "lasso";

export class MapControl {
  /**
   * @param {HTMLElement} node the map @param {import("./viewport.js").Viewport} viewport
   * @param {Object} actions
   * @param {() => void} actions.onView another part of the map is shown
   * @param {(across: number, down: number) => void} actions.onHover @param {() => void} actions.onLeave
   * @param {(across: number, down: number, isNearest: boolean) => void} actions.onClick
   * @param {() => ?[number, number]} actions.pointer the pixel that is decoded
   * @param {() => void} actions.onEscape nothing is to be drawn or selected any more
   * @param {() => void} actions.onAll everything is to be shown
   * @param {(tool: string, places: Array<[number, number]>, isDone: boolean) => void} actions.onDraw
   */
  constructor(node, viewport, actions) {
    Object.assign(this, { node, viewport, actions, tool: POINT });
    this.fingers = new Map();
    node.onpointerdown = (event) => event.button === 0 && this.press(event);
    node.onpointermove = (event) => this.move(event);
    node.onpointerup = (event) => this.lift(event);
    node.onpointercancel = (event) => this.lift(event);
    node.onpointerleave = () => this.pressed || actions.onLeave();
    node.onclick = (event) => this.click(event);
    node.ondblclick = () => this.tool === POINT && actions.onAll();
    node.onwheel = (event) => this.wheel(event);
    node.onkeydown = (event) => this.onKey(event);
  }

  at({ clientX, clientY }) {
    const { left, top } = this.node.getBoundingClientRect();
    return [clientX - left - this.node.clientLeft, clientY - top - this.node.clientTop];
  }

  press(event) {
    this.node.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.at(event));
    this.pressed = this.last = this.at(event);
    this.isDragged = false;
    this.places = [this.viewport.placeOf(...this.last)];
  }

  move(event) {
    const at = this.at(event);
    if (this.fingers.size === 2) return this.pinch(event.pointerId, at);
    if (!this.pressed) return this.actions.onHover(...at);
    this.isDragged ||= Math.hypot(at[0] - this.pressed[0], at[1] - this.pressed[1]) > STILL;
    if (!this.isDragged) return undefined;
    if (this.tool === POINT) this.drag(at);
    else this.drawTo(at);
    this.last = at;
    return undefined;
  }

  drag(at) {
    this.node.classList.add("grabbed");
    this.viewport.pan(at[0] - this.last[0], at[1] - this.last[1]);
    this.actions.onView();
  }

  drawTo(at) {
    this.places.push(this.viewport.placeOf(...at));
    this.actions.onDraw(this.tool, this.places, false);
  }

  /** Two fingers: the map follows their middle and their distance. */
  pinch(id, at) {
    const from = this.fingers.get(id);
    const [still] = [...this.fingers].filter(([key]) => key !== id).map(([, place]) => place);
    const length = (a, b) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
    this.viewport.zoomAt(length(at, still) / length(from, still), ...still);
    this.fingers.set(id, at);
    this.isDragged = true;
    this.actions.onView();
  }

  lift(event) {
    this.fingers.delete(event.pointerId);
    this.node.classList.remove("grabbed");
    if (this.pressed && this.isDragged && this.tool !== POINT) this.actions.onDraw(this.tool, this.places, true);
    this.pressed = null;
  }

  click(event) {
    if (this.isDragged || this.tool !== POINT || event.detail > 1) return; // the second of a double click pins nothing
    this.node.focus({ preventScroll: true });
    this.actions.onClick(...this.at(event), event.shiftKey);
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? LINE : 1);
    this.viewport.zoomAt(Math.exp(-WHEEL * pixels), ...this.at(event));
    this.actions.onView();
    this.actions.onHover(...this.at(event));
  }

  /** Keys move the map beneath its centre, which is decoded meanwhile. */
  onKey(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey) return;
    const { viewport, actions } = this;
    const centre = [viewport.width / 2, viewport.height / 2];
    if (key in ARROW_KEYS) viewport.pan(...ARROW_KEYS[key].map((step) => step * STEP_PAN * (shiftKey ? 4 : 1)));
    else if (key === "+" || key === "=") viewport.zoomAt(STEP_ZOOM, ...centre);
    else if (key === "-") viewport.zoomAt(1 / STEP_ZOOM, ...centre);
    else if (key === "0") viewport.fit();
    else if (key === "Escape") return void actions.onEscape();
    else if (key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (key === "Enter") return void actions.onClick(...(actions.pointer() ?? centre), shiftKey);
    actions.onView();
    actions.onHover(...centre);
  }
}
