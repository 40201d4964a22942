// Three equal squares: the original, the code map, and what is decoded from it.
import { placeBox } from "./codemap.js";
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";

const GAP = 24; // CSS pixels; codebook.css has the same
const NARROW = 700; // CSS pixels; beyond it all three stand side by side, whatever their size
const BELOW = 560; // of the screen, what is left to everything else
const LEAST = 224; // CSS pixels of a square, where the width has them

export class CodeSquares {
  /** @param {import("./codes.js").Codes} codes @param {import("./codemap.js").CodeMap} map */
  constructor(codes, map) {
    Object.assign(this, { codes, map });
    const shape = { channels: 1, height: codes.pixels, width: codes.pixels };
    this.original = new Picture(shape);
    this.decoded = new Picture(shape);
    this.ghost = element("div", { class: "ghost" }, codes.facts.no_originals ?? "…");
    this.frames = ["reach", "own-site"].map((kind) => [element("i", { class: kind }), element("i", { class: kind })]);
    this.captions = ["Original", "Code map", "Decoded"].map((name) => {
      const detail = element("span");
      return { detail, view: element("p", { class: "caption" }, element("b", {}, name), " ", detail) };
    });
    const pictures = [this.original.canvas, map.view, this.decoded.canvas];
    const extras = [[this.ghost, ...this.framesOf(0)], [], this.framesOf(1)];
    this.view = element("div", { class: "squares" }, ...pictures.map((picture, place) =>
      element("figure", {}, element("div", { class: "square" }, picture, ...extras[place]), this.captions[place].view)));
    this.showOriginal(null);
  }

  framesOf(place) {
    return this.frames.map((pair) => pair[place]);
  }

  /** @param {?Float32Array} image (H, W) in [0, 1]; null while it is not here */
  showOriginal(image) {
    this.ghost.hidden = image !== null;
    this.original.canvas.hidden = image === null;
    if (image) this.original.draw(image);
  }

  caption(place, text) {
    this.captions[place].detail.textContent = text;
  }

  /** Frames the pixels of a site, and those that its code reaches. @param {?Object} reach null where it is not known */
  frame(site, reach) {
    const { side, pixels } = this.codes;
    const own = pixels / side;
    const [row, column] = [Math.floor(site / side), site % side];
    const box = (before, after) => ({
      top: Math.max(0, row * own - before),
      bottom: Math.min(pixels, (row + 1) * own + after),
      left: Math.max(0, column * own - before),
      right: Math.min(pixels, (column + 1) * own + after),
    });
    const boxes = [reach ? box(reach.before, reach.after) : null, box(0, 0)];
    for (const [kind, pair] of this.frames.entries()) {
      for (const [place, node] of pair.entries()) {
        node.hidden = boxes[kind] === null || (place === 0 && this.original.canvas.hidden);
        if (!node.hidden) placeBox(node, boxes[kind], pixels);
      }
    }
  }

  /** @param {number} width of the panel */
  resize(width) {
    const sideOf = (columns) => {
      const room = (width - GAP * (columns - 1)) / columns;
      return wholeMultiple(Math.min(room, Math.max(LEAST, window.innerHeight - BELOW)), this.codes.pixels);
    };
    const isPair = width <= NARROW && sideOf(2) > sideOf(3); // two are larger, and the original goes below
    const side = sideOf(isPair ? 2 : 3);
    this.view.classList.toggle("pair", isPair);
    for (const picture of [this.original, this.decoded]) picture.resize(side);
    this.map.resize(side);
    this.view.style.setProperty("--square", `${side}px`);
  }
}
