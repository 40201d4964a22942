// The pictures of an epoch: originals, what they decode to, the residual, samples of the prior; whole columns only.
import { element } from "./element.js";
import { scaleTable } from "./mapcolors.js";
import { wholeMultiple } from "./pixels.js";

const BETWEEN_TILES = 6; // CSS pixels; epochsheet.css has the same
const SMALL_IMAGE = 32; // pixels; such images are shown larger
const SHOWN_AT = 2; // times
const OPAQUE_TILE = 255;

export class EpochSheet {
  constructor() {
    this.names = element("div", { class: "names" });
    this.grid = element("div", { class: "tiles" });
    this.key = element("div", { class: "residual-key" });
    this.view = element("div", { class: "epochsheet" }, element("div", { class: "rows" }, this.names, this.grid), this.key);
  }

  /** @param {import("./evolution.js").Evolution} evolution */
  setEvolution(evolution) {
    this.evolution = evolution;
    const { facts, originals, tensors } = evolution;
    const residuals = scaleTable(facts.stops, OPAQUE_TILE);
    const rows = [["decoded", facts.decoded, (place) => greys(evolution.pictures("reconstructions", place))]];
    if (originals) {
      const residual = (place) => differences(evolution.pictures("reconstructions", place), originals, residuals);
      rows.unshift(["original", "test set", () => greys(originals)]);
      rows.push(["residual", "signed", residual]);
    }
    if (tensors.samples) rows.push(["samples", "z ~ N(0, I)", (place) => greys(evolution.pictures("samples", place))]);
    this.rows = rows.map(([name, detail, paint]) => ({ name, detail, paint, tiles: [] }));
    const label = ({ name, detail }) => element("div", {}, element("b", {}, name), element("span", {}, detail));
    this.names.replaceChildren(...this.rows.map(label));
    this.key.hidden = !originals;
    const bar = element("i", { style: `background: linear-gradient(90deg, ${facts.stops.join(", ")})` });
    this.key.replaceChildren(element("span", {}, "darker than the original −1"), bar, element("span", {}, "+1 brighter"));
  }

  /** Lays out as many columns as fit. @param {number} room CSS pixels */
  resize(room) {
    const { size } = this.evolution.facts;
    const free = room - this.names.offsetWidth - 2 * BETWEEN_TILES;
    const tile = wholeMultiple(Math.min(free, size <= SMALL_IMAGE ? SHOWN_AT * size : size), size);
    this.view.style.setProperty("--tile", `${tile}px`);
    const columns = Math.max(1, Math.min(this.evolution.images, Math.floor((free + BETWEEN_TILES) / (tile + BETWEEN_TILES))));
    for (const row of this.rows) {
      const canvas = (column) => element("canvas", {
        class: "tile", width: size, height: size, role: "img", "aria-label": `${row.name} ${column + 1}`,
      });
      row.tiles = Array.from({ length: columns }, (_, column) => canvas(column));
    }
    this.grid.replaceChildren(...this.rows.map(({ tiles }) => element("div", {}, ...tiles)));
    this.place = null;
  }

  /** Paints the stored epoch at this place. False if it is on the page already. */
  show(place) {
    if (place === this.place) return false;
    this.place = place;
    const { size } = this.evolution.facts;
    for (const { paint, tiles } of this.rows) {
      const pixels = paint(place);
      for (const [column, canvas] of tiles.entries()) {
        const bitmap = new ImageData(size, size);
        new Uint32Array(bitmap.data.buffer).set(pixels.subarray(column * size * size, (column + 1) * size * size));
        canvas.getContext("2d").putImageData(bitmap, 0, 0);
      }
    }
    return true;
  }
}

/** @param {Uint8Array} levels @returns {Uint32Array} little-endian RGBA */
const greys = (levels) => Uint32Array.from(levels, (level) => (0xff000000 | (level * 0x010101)) >>> 0);

/** The residual in the colours of a scale from −255 to 255. */
function differences(decoded, originals, table) {
  return Uint32Array.from(decoded, (level, n) => table[Math.round((level - originals[n] + 255) / 2)]);
}
