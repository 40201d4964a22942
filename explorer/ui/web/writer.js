// A code map as it is drawn, row by row, with the decoded image beside it; a click asks what may stand at a site.
import { BY_INDEX, codeColors } from "./codecolors.js";
import { element } from "./element.js";
import { likeliest } from "./likeliest.js";
import { onResize, wholeMultiple } from "./pixels.js";
import { publishProbe } from "./probe.js";
import { SiteGrid } from "./sitegrid.js";

const MOST_SIDE = 320; // CSS pixels of a square
const LEAST_SIDE = 200; // of a square that leaves room for the list
const BETWEEN = 24; // and between the two; writer.css has the same
const ASIDE = 260; // CSS pixels that the list takes where it stands beside them
const writers = new WeakMap();

/**
 * @typedef {Object} WriterData what code_writer() in code_writer.py sends
 * @property {string} key
 * @property {number} side sites @property {number} size image pixels of a side
 * @property {number[]} codes of each site, row by row @property {number} codebook how many there are
 * @property {string} image URL of a PNG
 * @property {string} known @property {string} kept "1" or "0" for each site, row by row
 * @property {string} progress what of the map is there @property {string} decoded what the image is
 * @property {string} hint
 * @property {?number[]} site row and column that were picked last, as far as Python knows
 * @property {?{codes: number[], probabilities: number[], drawn: ?number, title: string, detail: string,
 *   patches: string}} answer
 */
class Writer {
  constructor(panel) {
    this.panel = panel;
    this.probe = { paints: 0, known: 0 };
    this.clicks = 0;
    const onPick = (row, column) => this.pick(row, column);
    this.map = new SiteGrid("Code map", onPick);
    this.image = new SiteGrid("Decoded", onPick);
    this.aside = element("figure", { class: "likeliest" });
    this.spoken = element("p", { class: "spoken", role: "status" });
    panel.replaceChildren(element("div", { class: "squares" }, this.map.view, this.image.view), this.aside, this.spoken);
    this.unwatch = onResize(panel, () => this.draw());
  }

  /** Marks it at once, so that the next arrow key goes on from there; what may stand there, Python says later. */
  pick(row, column) {
    this.site = [row, column];
    this.draw();
    this.spoken.textContent = `row ${row + 1} of ${this.data.side}, column ${column + 1}`;
    this.send("picked", { row, column, seq: ++this.clicks });
  }

  /** Shows new data once its pictures are decoded; the same data again costs a redraw. */
  async update(data) {
    const signature = JSON.stringify(data);
    if (signature === this.signature) return this.draw(); // the theme may be another
    this.signature = signature;
    const urls = [data.image, ...(data.answer ? [data.answer.patches] : [])];
    const [image, patches] = await Promise.all(urls.map(loaded));
    if (signature !== this.signature) return; // newer data came meanwhile
    this.data = data;
    this.site ??= data.site; // what is picked here is ahead of what comes back
    this.map.show(data, mapOf(data), data.progress);
    this.image.show(data, image, data.decoded);
    this.aside.replaceChildren(...likeliest(data.answer, patches, data.hint));
    this.unpublish ??= publishProbe(data.key, this.probe);
    this.draw();
    this.probe.known = data.known.split("1").length - 1;
    this.probe.paints++;
  }

  draw() {
    if (!this.data) return;
    const available = this.panel.clientWidth;
    const twoAndList = (available - ASIDE - 2 * BETWEEN) / 2;
    const room = twoAndList >= Math.max(LEAST_SIDE, this.data.size) ? twoAndList : (available - BETWEEN) / 2;
    const size = wholeMultiple(Math.min(MOST_SIDE, room), this.data.size);
    const accent = getComputedStyle(this.panel).getPropertyValue("--st-primary-color");
    for (const grid of [this.map, this.image]) grid.draw(size, accent, this.site);
  }

  close() {
    this.unwatch();
    this.unpublish?.();
  }
}

/** The codes in the colours that they have on Codebook, a pixel each. */
function mapOf({ codes, codebook, side }) {
  const canvas = element("canvas", { width: side, height: side });
  const colors = codeColors(BY_INDEX, { uses: Array(codebook).fill(0) });
  const bitmap = new ImageData(side, side);
  new Uint32Array(bitmap.data.buffer).set(codes.map((code) => colors[code]));
  canvas.getContext("2d").putImageData(bitmap, 0, 0);
  return canvas;
}

async function loaded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue }) {
  if (!writers.has(parentElement)) writers.set(parentElement, new Writer(parentElement.querySelector(".panel")));
  const writer = writers.get(parentElement);
  writer.send = setStateValue;
  writer.update(data);
  return () => {
    writer.close();
    writers.delete(parentElement);
  };
}
