// The model behind a slider panel: a decoder, its dimensions and its stored latents, read from one blob.
import { readNet } from "./net.js";
import { readSafetensors } from "./safetensors.js";

const TIMED = 60; // decodes whose median is reported

/**
 * @typedef {Object} Dimension
 * @property {number} index position in z
 * @property {number} kl mean over the test images, nats
 * @property {number} low @property {number} high the range that images use
 * @property {boolean} live its mean KL reaches the threshold
 */
export class Model {
  /** @param {Uint8Array} blob safetensors with metadata `decoder` and `panel` */
  constructor(blob) {
    const file = readSafetensors(blob);
    const { metadata, tensors } = file;
    this.panel = JSON.parse(metadata.panel);
    this.net = readNet("decoder", file);
    this.size = this.net.inputSize;
    [this.channels, this.height, this.width] = this.panel.image;
    this.dimensions = dimensionsOf(this.panel);
    this.starts = this.panel.starts.map((start, row) => ({
      ...start,
      z: tensors.starts.data.subarray(row * this.size, (row + 1) * this.size),
    }));
    this.parity = this.net.parity;
    this.times = [];
  }

  /** @returns {Float32Array} the image of z, (C, H, W) in [0, 1]; the next call overwrites it */
  decode(z) {
    const begin = performance.now();
    const image = this.net.run(z);
    this.times.push(performance.now() - begin);
    if (this.times.length > TIMED) this.times.shift();
    return image;
  }

  /** Median milliseconds of the last decodes. */
  get decodeMs() {
    return this.times.toSorted((a, b) => a - b)[this.times.length >> 1] ?? 0;
  }
}

/** @returns {Dimension[]} the most informative first */
function dimensionsOf({ kl, low, high, dead_below: threshold }) {
  const dimensions = kl.map((nats, index) => ({
    index,
    kl: nats,
    low: low[index],
    high: high[index],
    live: nats >= threshold,
  }));
  return dimensions.sort((a, b) => b.kl - a.kl);
}
