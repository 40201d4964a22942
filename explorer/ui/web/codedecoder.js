// The image of a code map, followed change by change: only what the changed codes reach is decoded again.
// No DOM: node and workers run it too.
import { buildLocalNet, everything } from "./localnet.js";
import { parity } from "./net.js";

export class CodeDecoder {
  /**
   * @param {Object} parts
   * @param {Array<{type: string}>} parts.layers the decoder's table
   * @param {Object} parts.tensors its weights
   * @param {{shape: [number, number], data: Float32Array}} parts.codebook (K, D)
   * @param {number} side sites of the map, a row
   */
  constructor({ layers, tensors, codebook }, side) {
    this.codebook = codebook;
    this.side = side;
    this.size = codebook.shape[1];
    this.net = buildLocalNet(layers, tensors, [this.size, side, side]);
    this.codes = null;
  }

  /**
   * @param {ArrayLike<number>} codes (side * side), all of the map
   * @returns {{image: Float32Array, changed: ?Object}} the whole image, which the next call overwrites, and the region
   *   of it that was decoded again; null if nothing changed
   */
  follow(codes) {
    const region = this.codes ? boxOf(codes, this.codes, this.side) : everything([1, this.side, this.side]);
    this.codes = codes.slice();
    if (!region) return { image: this.net.output, changed: null };
    for (let row = region.top; row < region.bottom; row++) {
      for (let column = region.left; column < region.right; column++) this.place(row * this.side + column);
    }
    return { image: this.net.output, changed: this.net.update(region) };
  }

  /** Writes a site's vector into the net's input. */
  place(site) {
    const { size, side, codebook: { data } } = this;
    const start = this.codes[site] * size;
    for (let dim = 0; dim < size; dim++) this.net.input[dim * side * side + site] = data[start + dim];
  }
}

/** @returns {number} the largest |difference| from images that torch decoded with the same weights, which travel along */
export function parityOf({ layers, tensors }) {
  const net = buildLocalNet(layers, tensors, layers[0].shape);
  const run = (vectors) => {
    net.input.set(vectors);
    net.update(everything(layers[0].shape));
    return net.output;
  };
  const [input, output] = ["input", "output"].map((side) => tensors[`decoder.reference.${side}`].data);
  return parity({ run, inputSize: net.input.length, outputSize: net.output.length }, { input, output });
}

/** @returns {{sitePixels: number, before: number, after: number}} how many pixels a code reaches beyond its own */
export function reachOf(net, side) {
  const sitePixels = net.shape[1] / side;
  const [from, to] = net.spread(0, 1);
  return { sitePixels, before: -from, after: to - sitePixels };
}

/** The smallest region that holds every site at which two maps differ; null where they do not. */
function boxOf(codes, others, side) {
  const box = { top: side, bottom: 0, left: side, right: 0 };
  for (let site = 0; site < codes.length; site++) {
    if (codes[site] === others[site]) continue;
    const [row, column] = [Math.floor(site / side), site % side];
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row + 1);
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column + 1);
  }
  return box.bottom ? box : null;
}
