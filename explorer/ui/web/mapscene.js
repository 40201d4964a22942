// The map itself: what lies behind, the points, what is marked above them, and the callout, one on the other.
import { Backdrop } from "./backdrop.js";
import { element, icon } from "./element.js";
import { MapCallout } from "./mapcallout.js";
import { faintColor, themeColors } from "./mapcolors.js";
import { MapMarks } from "./mapmarks.js";
import { MapPoints } from "./mappoints.js";
import { Timing } from "./timing.js";
import { Viewport } from "./viewport.js";

const SETTLE_MS = 140; // without a change: the hand rests, what is slow may follow
const ZOOM_STEP = 1.5;
const TALLEST = 680; // CSS pixels of the map
const LOWEST = 320;
const BELOW_MAP = 195; // of the screen, left to the pins
const HEIGHT_OF_WIDTH = 0.84;
const EMPTY = { names: [], pins: [], path: [], lasso: [], playhead: null, pointer: null, nearest: null };

export class MapScene {
  /** @param {import("./model.js").Model} model @param {{onView: () => void}} actions another part of the map is shown */
  constructor(model, { onView }) {
    this.onView = onView;
    this.viewport = new Viewport({ left: -1, right: 1, bottom: -1, top: 1 });
    this.marked = { ...EMPTY };
    this.timing = new Timing();
    const colors = () => this.theme;
    this.backdrop = new Backdrop(model, { onDrawn: () => this.redraw(), colors });
    this.points = new MapPoints();
    this.marks = new MapMarks(colors);
    this.callout = new MapCallout(model);
    this.title = element("span", { class: "map-title" });
    this.axes = [element("span", { class: "axis-name up" }), element("span", { class: "axis-name across" })];
    this.node = element(
      "div",
      { class: "map", tabindex: 0, role: "application", "aria-label": LABEL_OF_MAP },
      this.backdrop.canvas, this.points.canvas, this.marks.canvas, ...this.axes, this.title, this.callout.view,
    );
    this.view = element("div", { class: "map-frame" }, this.node, this.buttons());
  }

  buttons() {
    const { viewport } = this;
    const zoom = (factor) => viewport.zoomAt(factor, viewport.width / 2, viewport.height / 2);
    const make = (symbol, label, act) => {
      const onclick = () => {
        act();
        this.onView();
      };
      return element("button", { title: label, "aria-label": label, onclick }, icon(symbol));
    };
    return element(
      "div",
      { class: "zoom" },
      make("add", "Zoom in (+)", () => zoom(ZOOM_STEP)),
      make("remove", "Zoom out (−)", () => zoom(1 / ZOOM_STEP)),
      make("fit_screen", "Show all (0, or double click)", () => viewport.fit()),
    );
  }

  /** The theme may have changed. */
  restyle() {
    const style = getComputedStyle(this.node);
    const mixed = getComputedStyle(this.title);
    this.theme = {
      ...themeColors(this.node),
      accent: style.getPropertyValue("--st-primary-color").trim(),
      page: style.getPropertyValue("--st-background-color").trim(),
      ink: style.color,
      track: mixed.borderTopColor,
      font: style.fontFamily,
    };
  }

  /** @param {import("./atlas.js").Projection} projection @param {import("./evidence.js").Evidence} evidence */
  setPlaces(projection, evidence) {
    this.points.setPlaces(projection);
    this.backdrop.setPlaces(projection, evidence);
    const [across, up] = projection.axes;
    this.axes[0].textContent = up ? `↑ ${up}` : "";
    this.axes[1].textContent = across ? `${across} →` : "";
  }

  /** @param {import("./mapcolors.js").Coloring} coloring @param {?Uint8Array} chosen 1 where a point is not faint; null: all */
  setColors({ colors }, chosen) {
    this.points.setColors(colors, chosen, faintColor(this.theme));
    this.redraw();
  }

  setBehind(kind) {
    this.backdrop.setKind(kind);
    this.node.classList.toggle("with-images", kind === "images");
    this.changed();
  }

  mark(marks) {
    Object.assign(this.marked, marks);
    this.remark();
  }

  /** As high as leaves the pins on the screen. @param {number} room CSS pixels of its width */
  resize(room) {
    const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0;
    const left = window.innerHeight - this.view.getBoundingClientRect().top - scrolled - BELOW_MAP;
    const height = Math.max(LOWEST, Math.min(HEIGHT_OF_WIDTH * room, TALLEST, left));
    this.node.style.height = `${height}px`;
    const [inner, high] = [this.node.clientWidth, this.node.clientHeight];
    this.sized = true;
    this.viewport.resize(inner, high);
    for (const layer of [this.backdrop, this.points, this.marks, this.callout]) layer.resize(inner, high);
    this.changed();
  }

  /** Another part of the map, or another map: drawn at once; what is slow follows at rest. */
  changed() {
    this.redraw();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.backdrop.settle(this.viewport), SETTLE_MS);
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.sized) this.draw();
    });
  }

  /** @returns {number} milliseconds that it took */
  draw() {
    const begin = performance.now();
    this.backdrop.draw(this.viewport);
    this.points.draw(this.viewport);
    this.marks.draw(this.viewport, this.marked);
    const time = performance.now() - begin;
    this.timing.note(time);
    return time;
  }

  /** Only what lies above the points. */
  remark() {
    this.markFrame ??= requestAnimationFrame(() => {
      this.markFrame = null;
      if (this.sized && !this.frame) this.marks.draw(this.viewport, this.marked);
    });
  }

  /** @returns {[number, number]} where a place of the map is in the window, CSS pixels */
  onPage(x, y) {
    const { left, top } = this.node.getBoundingClientRect();
    const [across, down] = this.viewport.screenOf(x, y);
    return [left + this.node.clientLeft + across, top + this.node.clientTop + down];
  }

  /** Median milliseconds of the last redraws. */
  get drawMs() {
    return this.timing.median;
  }

  close() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.markFrame);
    this.backdrop.close();
  }
}

const LABEL_OF_MAP = "Map of the test images. Arrow keys move it, plus and minus zoom, 0 shows all, Enter pins what is in the middle.";
