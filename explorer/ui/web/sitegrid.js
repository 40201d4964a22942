// A square of s × s sites over a picture: hatched where nothing is drawn yet, outlined what is kept, one site marked.
import { element } from "./element.js";

const HATCH = 5; // CSS pixels from stripe to stripe, along an edge
const STRIPES = "rgb(255 255 255 / 55%)"; // on black tiles, in both themes
const OUTLINE = "rgb(255 255 255 / 90%)";
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class SiteGrid {
  /**
   * @param {string} title
   * @param {(row: number, column: number) => void} onPick
   */
  constructor(title, onPick) {
    this.onPick = onPick;
    this.canvas = element("canvas", { class: "tile" });
    this.marks = element("canvas", { class: "marks" });
    const onclick = (event) => onPick(...this.siteAt(event));
    const attributes = { class: "sites", tabindex: 0, role: "application", onclick, onkeydown: (event) => this.onKey(event) };
    this.square = element("div", attributes, this.canvas, this.marks);
    this.detail = element("span", {});
    this.view = element("figure", {}, element("figcaption", {}, element("b", {}, title), this.detail), this.square);
    this.title = title;
  }

  /**
   * @param {{side: number, known: string, kept: string}} data sites row by row, "1" where they are
   * @param {HTMLImageElement | HTMLCanvasElement} picture
   * @param {string} detail
   */
  show(data, picture, detail) {
    this.data = data;
    this.detail.textContent = detail;
    const { width, height } = picture; // of an image that is not in the page: its own
    Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    const drawn = data.known.split("1").length - 1;
    const label = `${this.title}, ${drawn} of ${data.side ** 2} sites known. Arrow keys choose one.`;
    this.square.setAttribute("aria-label", label);
  }

  /** @param {number} size CSS pixels of a side @param {string} accent @param {?number[]} site row and column that are marked */
  draw(size, accent, site) {
    this.site = site;
    this.square.style.width = this.square.style.height = `${size}px`;
    const dpr = window.devicePixelRatio;
    Object.assign(this.marks, { width: Math.round(size * dpr), height: Math.round(size * dpr) });
    const context = this.marks.getContext("2d");
    context.scale(dpr, dpr);
    this.cell = size / this.data.side;
    this.hatch(context, size);
    this.outline(context);
    if (site) this.mark(context, accent);
  }

  hatch(context, size) {
    const { known, side } = this.data;
    context.save();
    context.beginPath();
    for (let at = 0; at < known.length; at++) {
      if (known[at] === "0") context.rect((at % side) * this.cell, Math.floor(at / side) * this.cell, this.cell, this.cell);
    }
    context.clip();
    context.fillStyle = "#000";
    context.fillRect(0, 0, size, size);
    context.beginPath();
    for (let x = HATCH; x < 2 * size; x += HATCH) {
      context.moveTo(x, 0);
      context.lineTo(0, x);
    }
    context.strokeStyle = STRIPES;
    context.stroke();
    context.restore();
  }

  /** The border of what was kept of an image. */
  outline(context) {
    const { kept, side } = this.data;
    const isKept = (row, column) => row < 0 || column < 0 || row >= side || column >= side ? null : kept[row * side + column];
    if (!kept.includes("1")) return;
    context.beginPath();
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        if (isKept(row, column) === "1") continue;
        const [x, y] = [column * this.cell, row * this.cell];
        if (isKept(row - 1, column) === "1") line(context, x, y, x + this.cell, y);
        if (isKept(row + 1, column) === "1") line(context, x, y + this.cell, x + this.cell, y + this.cell);
        if (isKept(row, column - 1) === "1") line(context, x, y, x, y + this.cell);
        if (isKept(row, column + 1) === "1") line(context, x + this.cell, y, x + this.cell, y + this.cell);
      }
    }
    stroke(context, "#000", 3, []);
    stroke(context, OUTLINE, 1.5, [4, 3]);
  }

  mark(context, accent) {
    const [row, column] = this.site;
    context.beginPath();
    context.rect(column * this.cell - 1, row * this.cell - 1, this.cell + 2, this.cell + 2);
    stroke(context, "#000", 4, []);
    stroke(context, accent, 2, []);
  }

  siteAt({ clientX, clientY }) {
    const { left, top, width } = this.square.getBoundingClientRect();
    const site = (offset) => Math.max(0, Math.min(this.data.side - 1, Math.floor((offset / width) * this.data.side)));
    return [site(clientY - top), site(clientX - left)];
  }

  onKey(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const last = this.data.side - 1;
    const next = this.site?.map((place, axis) => Math.max(0, Math.min(last, place + step[axis]))) ?? [0, 0];
    this.onPick(...next);
  }
}

function line(context, fromX, fromY, toX, toY) {
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
}

function stroke(context, style, width, dash) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
}
