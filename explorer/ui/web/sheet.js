// The image sheet: rows of equal tiles cut from one atlas, as many whole columns as fit, never half a tile.
import { element } from "./element.js";
import { onResize, wholeMultiple } from "./pixels.js";
import { publishProbe } from "./probe.js";

const GAP = 6; // CSS pixels between tiles; sheet.css has the same
const sheets = new WeakMap();

/**
 * @typedef {Object} SheetData what image_sheet() in components.py sends
 * @property {string} key
 * @property {string} atlas URL of a PNG of rows x columns tiles
 * @property {Array<{label: string, detail: string}>} rows
 * @property {number} columns @property {number} width @property {number} height of a tile, image pixels
 * @property {number} scale CSS pixels of an image pixel, where there is room
 * @property {string[]} captions @property {string[]} tooltips none, or one a column
 * @property {?number} bands how often columns may continue below before they are left out; null: all are shown
 * @property {boolean} selectable
 * @property {?{low: string, high: string, colors: string[]}} legend
 */
class Sheet {
  constructor(panel) {
    this.panel = panel;
    this.probe = { paints: 0 };
    this.picked = null; // index of a column
    this.clicks = 0;
    this.unwatch = onResize(panel, () => this.draw());
  }

  /** Shows new data once its atlas is decoded; the same data again costs nothing. */
  async update(data) {
    const signature = JSON.stringify(data);
    if (signature === this.signature) return;
    this.signature = signature;
    const atlas = new Image();
    atlas.src = data.atlas;
    await atlas.decode();
    if (signature !== this.signature) return; // newer data came meanwhile
    this.data = data;
    this.atlas = atlas;
    this.unpublish ??= publishProbe(data.key, this.probe);
    this.draw();
  }

  draw() {
    if (!this.data) return;
    const { columns, bands: most, legend } = this.data;
    const labels = this.labels();
    this.panel.replaceChildren(labels); // in the page, so that its width can be measured
    const available = this.panel.clientWidth - (labels.offsetWidth ? labels.offsetWidth + 2 * GAP : 0);
    this.setTile(available);
    const fitting = Math.max(1, Math.floor((available + GAP) / (this.tileWidth + GAP)));
    const shown = most === null ? columns : Math.min(columns, most * fitting);
    const bands = [];
    for (let first = 0; first < shown; first += fitting) bands.push(this.band(first, Math.min(first + fitting, shown)));
    this.panel.replaceChildren(...bands, ...(legend ? [legendOf(legend)] : []));
    this.probe.paints++;
  }

  setTile(available) {
    const { width, height, scale } = this.data;
    this.tileWidth = wholeMultiple(Math.min(width * scale, available), width);
    this.panel.style.setProperty("--tile-width", `${this.tileWidth}px`);
    this.panel.style.setProperty("--tile-height", `${(this.tileWidth / width) * height}px`);
  }

  band(first, end) {
    const band = element("div", { class: "band" }, this.labels());
    for (let column = first; column < end; column++) band.append(this.column(column));
    return band;
  }

  labels() {
    const { rows } = this.data;
    if (rows.every(({ label, detail }) => !label && !detail)) return element("div", { class: "no-labels" });
    const line = ({ label, detail }) => element("div", {}, element("b", {}, label), element("span", {}, detail));
    return element("div", { class: "labels" }, ...rows.map(line));
  }

  column(index) {
    const { rows, captions, tooltips, selectable } = this.data;
    const caption = captions[index] ?? "";
    const title = tooltips[index] ?? caption;
    const attributes = { class: "column", title: title || null, "aria-label": title || `image ${index + 1}` };
    const tiles = rows.map((_, row) => this.tile(row, index));
    const content = caption ? [...tiles, element("span", { class: "caption" }, caption)] : tiles;
    if (!selectable) return element("div", { ...attributes, role: "img" }, ...content);
    const state = { "aria-pressed": String(index === this.picked), onclick: (event) => this.pick(index, event) };
    return element("button", { ...attributes, ...state }, ...content);
  }

  tile(row, column) {
    const { width, height } = this.data;
    const canvas = element("canvas", { class: "tile", width, height });
    canvas.getContext("2d").drawImage(this.atlas, column * width, row * height, width, height, 0, 0, width, height);
    return canvas;
  }

  pick(index, event) {
    this.picked = index;
    for (const button of this.panel.querySelectorAll("button.column")) button.setAttribute("aria-pressed", "false");
    event.currentTarget.setAttribute("aria-pressed", "true");
    this.send("picked", { index, seq: ++this.clicks }); // seq: the same column again is news too
  }

  close() {
    this.unwatch();
    this.unpublish?.();
  }
}

function legendOf({ low, high, colors }) {
  const bar = element("span", { class: "bar", style: `background: linear-gradient(90deg, ${colors.join(", ")})` });
  return element("div", { class: "legend" }, element("span", {}, low), bar, element("span", {}, high));
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue }) {
  if (!sheets.has(parentElement)) sheets.set(parentElement, new Sheet(parentElement.querySelector(".panel")));
  const sheet = sheets.get(parentElement);
  sheet.send = setStateValue;
  sheet.update(data);
  return () => {
    sheet.close();
    sheets.delete(parentElement);
  };
}
