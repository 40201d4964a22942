// How often each code is used, the most used at the left; hatched are those that nobody uses. The heights are logarithms:
// of a scan most sites are the same few background codes.
import { cssColor, usageColors } from "./codecolors.js";
import { element } from "./element.js";
import { themeColors } from "./mapcolors.js";

const HEIGHT = 96; // CSS pixels
const DEAD = 0.14; // of the height, hatched

export class CodeUsage {
  /**
   * @param {import("./codes.js").Codes} codes
   * @param {{onPoint: (code: number) => void, onPick: (code: number) => void}} actions
   */
  constructor(codes, { onPoint, onPick }) {
    this.codes = codes;
    this.canvas = element("canvas", {
      class: "usage-bars",
      role: "img",
      "aria-label": "Uses of each code in the test set, sorted",
      onpointermove: (event) => onPoint(this.codeAt(event)),
      onclick: (event) => onPick(this.codeAt(event)),
    });
    const { size, dead, perplexity } = codes;
    const unused = dead ? `, ${dead} dead` : "";
    const facts = `${size - dead} of ${size} codes used in the test set${unused} · perplexity ${perplexity.toFixed(1)}`;
    const uses = (code) => element("span", {}, `${codes.uses[code].toLocaleString("en")} uses`);
    const ends = element("div", { class: "ends" }, uses(codes.order[0]), "logarithmic", uses(codes.order.at(-1)));
    const caption = element("p", { class: "caption" }, facts);
    this.section = element("section", {}, element("h3", {}, "Usage"), caption, this.canvas, ends);
  }

  codeAt({ clientX }) {
    const { left, width } = this.canvas.getBoundingClientRect();
    const place = Math.floor(((clientX - left) / width) * this.codes.size);
    return this.codes.order[Math.max(0, Math.min(this.codes.size - 1, place))];
  }

  resize() {
    const width = this.section.clientWidth;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${HEIGHT}px`;
    this.canvas.width = Math.round(width * window.devicePixelRatio);
    this.canvas.height = Math.round(HEIGHT * window.devicePixelRatio);
    const { scale, muted } = themeColors(this.section);
    this.colors = usageColors(this.codes, scale);
    this.hatch = muted;
  }

  /** @param {number} code that is pointed at */
  draw(code, accent) {
    const { canvas: { width, height }, codes } = this;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const step = width / codes.size;
    const gap = step > 4 ? 1 : 0;
    for (const [place, each] of codes.order.entries()) {
      const share = Math.log1p(codes.uses[each]) / Math.log1p(codes.most);
      context.fillStyle = each === code ? accent : cssColor(this.colors[each]);
      const high = Math.max(share * height, each === code ? 3 : 1);
      if (share > 0 || each === code) context.fillRect(place * step, height - high, Math.max(1, step - gap), high);
    }
    this.hatchFrom((codes.size - codes.dead) * step);
  }

  hatchFrom(left) {
    const { width, height } = this.canvas;
    const context = this.canvas.getContext("2d");
    context.save();
    context.beginPath();
    context.rect(left, height * (1 - DEAD), width - left, height * DEAD);
    context.clip();
    context.strokeStyle = this.hatch;
    context.beginPath();
    for (let x = left - height; x < width; x += 5 * window.devicePixelRatio) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.stroke();
    context.restore();
  }
}
