// The codes on the two principal axes of their vectors: which ones are close to each other.
import { cssColor, usageColors } from "./codecolors.js";
import { element } from "./element.js";
import { themeColors } from "./mapcolors.js";

const SIDE = 240; // CSS pixels
const RIM = 14;
const DOT = { few: 4.5, many: 3 }; // CSS pixels of a dot's radius
const MANY_DOTS = 200; // codes
const NEAR = 12; // CSS pixels within which a code is pointed at

export class CodePlane {
  /**
   * @param {import("./codes.js").Codes} codes @param {import("./codepatches.js").Patches} patches
   * @param {{onPoint: (code: number) => void, onPick: (code: number) => void}} actions
   */
  constructor(codes, patches, { onPoint, onPick }) {
    Object.assign(this, { codes, patches });
    this.scale = Math.max(1, Math.floor(36 / patches.pixels));
    const near = (event, act) => {
      const code = this.codeAt(event);
      if (code !== null) act(code);
    };
    this.canvas = element("canvas", {
      role: "img",
      "aria-label": "Codes on the two principal axes of the codebook",
      onpointermove: (event) => near(event, onPoint),
      onclick: (event) => near(event, onPick),
    });
    this.callout = element("i", { class: "patch callout", hidden: "" });
    this.canvas.onpointerleave = () => (this.callout.hidden = true);
    const [first, second] = codes.facts.plane.map((share) => `${Math.round(100 * share)} %`);
    const facts = `principal axes: ${first} of the variance across, ${second} up`;
    const area = element("div", { class: "plane-area" }, this.canvas, this.callout);
    const caption = element("p", { class: "caption" }, facts);
    this.section = element("section", {}, element("h3", {}, "The codebook"), caption, area);
  }

  resize() {
    this.width = Math.max(SIDE, this.section.clientWidth);
    const dpr = window.devicePixelRatio;
    [this.canvas.width, this.canvas.height] = [Math.round(this.width * dpr), Math.round(SIDE * dpr)];
    [this.canvas.style.width, this.canvas.style.height] = [`${this.width}px`, `${SIDE}px`];
    const points = this.codes.tensors.plane.data;
    const axis = (start) => points.filter((_, i) => i % 2 === start);
    const [across, up] = [axis(0), axis(1)];
    const ends = (values) => [Math.min(...values), Math.max(...values)];
    const [[left, right], [bottom, top]] = [ends(across), ends(up)];
    const fit = (room, span) => (room - 2 * RIM) / (span || 1);
    const unit = Math.min(fit(this.width, right - left), fit(SIDE, top - bottom)); // equal on both axes
    this.places = Array.from(across, (x, code) => [
      this.width / 2 + unit * (x - (left + right) / 2),
      SIDE / 2 - unit * (up[code] - (bottom + top) / 2),
    ]);
    this.colors = usageColors(this.codes, themeColors(this.section).scale);
  }

  codeAt({ offsetX, offsetY }) {
    const distances = this.places.map(([x, y]) => Math.hypot(x - offsetX, y - offsetY));
    const code = distances.indexOf(Math.min(...distances));
    return distances[code] <= NEAR ? code : null;
  }

  /** @param {number} code that is pointed at */
  draw(code, { accent, muted }) {
    const context = this.canvas.getContext("2d");
    const dpr = window.devicePixelRatio;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, this.width, SIDE);
    const radius = this.codes.size < MANY_DOTS ? DOT.few : DOT.many;
    const circle = (each, size) => {
      context.beginPath();
      context.arc(...this.places[each], size, 0, 2 * Math.PI);
    };
    for (const each of [...this.codes.order].reverse()) {
      circle(each, radius);
      context.fillStyle = cssColor(this.colors[each]);
      context.strokeStyle = muted;
      context.lineWidth = 1;
      if (this.codes.uses[each]) context.fill();
      else context.stroke(); // nobody uses it
    }
    circle(code, radius + 3);
    context.strokeStyle = accent;
    context.lineWidth = 2;
    context.stroke();
    this.placeCallout(code);
  }

  placeCallout(code) {
    const [x, y] = this.places[code];
    this.patches.show(this.callout, code, this.scale);
    const side = this.scale * this.patches.pixels;
    this.callout.hidden = !this.canvas.matches(":hover");
    this.callout.style.left = `${x > this.width / 2 ? x - side - RIM : x + RIM}px`;
    this.callout.style.top = `${Math.max(0, Math.min(SIDE - side, y - side / 2))}px`;
  }
}
