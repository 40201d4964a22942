// Where else a code is used: the test images that have most of it, small, with its sites framed.
import { element, setChildren } from "./element.js";

const EXAMPLES = 5; // test images
const EXAMPLE = 64; // CSS pixels that one aims at

export class CodeExamples {
  /** @param {import("./codes.js").Codes} codes @param {{onOpen: (row: number) => void}} actions a test image is clicked */
  constructor(codes, { onOpen }) {
    Object.assign(this, { codes, onOpen });
    this.where = element("p", { class: "caption" });
    this.tiles = element("div", { class: "examples" });
    this.places = new Map([...codes.tensors["tiles.rows"].data].map((row, place) => [row, place]));
  }

  /** @param {number} row the test image that is open */
  show(code, row) {
    const found = this.codes.imagesWith(code);
    const others = found.filter((each) => each.row !== row);
    const share = `In ${found.length.toLocaleString("en")} of ${this.codes.count.toLocaleString("en")} test images`;
    if (others.length) this.where.textContent = `${share}, most often in`;
    else this.where.textContent = found.length ? "In no other test image." : "In no test image.";
    const isPictured = ({ row }) => this.places.has(row);
    const ordered = [...others.filter(isPictured), ...others.filter((each) => !isPictured(each))];
    setChildren(this.tiles, ordered.slice(0, EXAMPLES).map((each) => this.example(each, code)));
  }

  /** Its number alone where the page has no picture. */
  example({ row, count }, code) {
    const place = this.places.get(row);
    const picture = place === undefined ? [] : [this.picture(row, place, code)];
    const title = `${this.codes.describe(row)}: ${count === 1 ? "once" : `${count} times`}. Click to open it`;
    const attributes = { class: "thumb", title, "aria-label": title, onclick: () => this.onOpen(row) };
    return element("button", attributes, ...picture, element("span", {}, `${row} · ${count}×`));
  }

  picture(row, place, code) {
    const [, side] = this.codes.tensors.tiles.shape;
    const size = side * Math.max(1, Math.round(EXAMPLE / side));
    const scale = (size / side) * Math.ceil(window.devicePixelRatio);
    const canvas = element("canvas", { class: "tile", width: scale * side, height: scale * side });
    canvas.style.width = canvas.style.height = `${size}px`;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.tile(place, side), 0, 0, canvas.width, canvas.height);
    this.frame(context, row, code);
    return canvas;
  }

  /** A canvas of the stored picture, at its own size. */
  tile(place, side) {
    const canvas = element("canvas", { width: side, height: side });
    const context = canvas.getContext("2d");
    const bitmap = context.createImageData(side, side);
    const levels = this.codes.tensors.tiles.data.subarray(place * side ** 2, (place + 1) * side ** 2);
    for (const [i, level] of levels.entries()) bitmap.data.set([level, level, level, 255], 4 * i);
    context.putImageData(bitmap, 0, 0);
    return canvas;
  }

  frame(context, row, code) {
    const { side } = this.codes;
    const cell = context.canvas.width / side;
    context.strokeStyle = getComputedStyle(this.tiles).getPropertyValue("--st-primary-color");
    context.lineWidth = Math.ceil(window.devicePixelRatio);
    for (const [site, each] of this.codes.mapOf(row).entries()) {
      if (each !== code) continue;
      const [x, y] = [(site % side) * cell, Math.floor(site / side) * cell];
      context.strokeRect(x + 0.5, y + 0.5, cell - 1, cell - 1);
    }
  }
}
