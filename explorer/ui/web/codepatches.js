// What each code looks like when it is decoded: one picture of all patches, of which any node shows a part.
import { element } from "./element.js";

const COLUMNS = 32;

export class Patches {
  /** @param {import("./codes.js").Codes} codes */
  constructor({ tensors: { patches }, size }) {
    this.pixels = patches.shape[1]; // of a patch: its own site's, and as many around it
    this.rows = Math.ceil(size / COLUMNS);
    const canvas = element("canvas", { width: COLUMNS * this.pixels, height: this.rows * this.pixels });
    const context = canvas.getContext("2d");
    const bitmap = context.createImageData(canvas.width, canvas.height);
    const colors = new Uint32Array(bitmap.data.buffer);
    const area = this.pixels ** 2;
    for (let i = 0; i < patches.data.length; i++) {
      const [code, pixel] = [Math.floor(i / area), i % area];
      const y = Math.floor(code / COLUMNS) * this.pixels + Math.floor(pixel / this.pixels);
      const level = patches.data[i];
      colors[y * canvas.width + (code % COLUMNS) * this.pixels + (pixel % this.pixels)] =
        ((255 << 24) | (level << 16) | (level << 8) | level) >>> 0;
    }
    context.putImageData(bitmap, 0, 0);
    this.address = `url(${canvas.toDataURL()})`;
  }

  /** A patch as a node. @param {number} scale CSS pixels of an image pixel */
  patch(code, scale) {
    const node = element("i", { class: "patch" });
    this.show(node, code, scale);
    return node;
  }

  show({ style }, code, scale) {
    const side = scale * this.pixels;
    style.width = style.height = `${side}px`;
    style.backgroundImage = this.address;
    style.backgroundSize = `${COLUMNS * side}px ${this.rows * side}px`;
    style.backgroundPosition = `${-(code % COLUMNS) * side}px ${-Math.floor(code / COLUMNS) * side}px`;
  }
}
