// One decoded image on a canvas of its own resolution; CSS enlarges it by whole device pixels.
import { element } from "./element.js";

// The image-tile diverging list: blue is darker, orange brighter, no change is black like the tile.
const CHANGE_COLORS = [
  0x95dcff, 0x4eaeef, 0x2477c2, 0x193e6f, 0x000000, 0x000000, 0x69360e, 0xbf6411, 0xf1983a, 0xffce8b,
];

let changeTable = null;

/** @returns {Uint32Array} (511,) little-endian RGBA of the changes -1 to 1 */
function changeColors() {
  changeTable ??= Uint32Array.from({ length: 511 }, (_, i) => mixColors((i / 510) * (CHANGE_COLORS.length - 1)));
  return changeTable;
}

function mixColors(position) {
  const below = Math.min(Math.floor(position), CHANGE_COLORS.length - 2);
  const share = position - below;
  const channel = (shift) => {
    const [from, to] = [CHANGE_COLORS[below], CHANGE_COLORS[below + 1]].map((color) => (color >> shift) & 255);
    return Math.round(from + share * (to - from));
  };
  return opaque(channel(16), channel(8), channel(0));
}

const opaque = (red, green, blue) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

export class Picture {
  /** @param {{channels: number, height: number, width: number}} shape of every image drawn here */
  constructor({ channels, height, width }) {
    this.channels = channels;
    this.canvas = element("canvas", { class: "tile", width, height });
    this.context = this.canvas.getContext("2d");
    this.bitmap = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.bitmap.data.buffer);
  }

  /** @param {Float32Array} image (C, H, W) in [0, 1], C = 1 or 3 */
  draw(image) {
    const area = this.pixels.length;
    const green = this.channels === 3 ? area : 0;
    for (let i = 0; i < area; i++) {
      this.pixels[i] = opaque(level(image[i]), level(image[i + green]), level(image[i + 2 * green]));
    }
    this.context.putImageData(this.bitmap, 0, 0);
  }

  /** Draws `image` - `origin`, averaged over the channels; `limit` gets the last colour of the scale. */
  drawChange(image, origin, limit) {
    const colors = changeColors();
    const area = this.pixels.length;
    for (let i = 0; i < area; i++) {
      let change = 0;
      for (let j = i; j < image.length; j += area) change += image[j] - origin[j];
      const relative = change / this.channels / limit;
      this.pixels[i] = colors[Math.round(255 + 255 * Math.max(-1, Math.min(1, relative)))];
    }
    this.context.putImageData(this.bitmap, 0, 0);
  }

  /** Sets the size on the page, CSS pixels a row. */
  resize(width) {
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${(width * this.canvas.height) / this.canvas.width}px`;
  }
}

const level = (value) => Math.round(255 * value);
