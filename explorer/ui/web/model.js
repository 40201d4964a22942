// The model behind a panel: its nets, its dimensions, its stored latents, read from one blob.
import { readNet } from "./net.js";
import { readSafetensors } from "./safetensors.js";
import { Support } from "./support.js";

const TIMED = 60; // decodes whose median is reported

/**
 * @typedef {Object} Dimension
 * @property {number} index position in z
 * @property {number} kl mean over the test images, nats
 * @property {number} low @property {number} high the range that images use
 * @property {boolean} live its mean KL reaches the threshold
 */
export class Model {
  /** @param {Uint8Array} blob safetensors with what `ui/model_blob.py` writes */
  constructor(blob) {
    const file = readSafetensors(blob);
    const { metadata, tensors } = file;
    this.facts = JSON.parse(metadata.model);
    this.panel = JSON.parse(metadata.panel);
    this.net = readNet("decoder", file);
    this.size = this.net.inputSize;
    [this.channels, this.height, this.width] = this.facts.image;
    this.dimensions = dimensionsOf(this.facts);
    this.starts = [...storedStarts(this.facts, tensors.starts.data, this.size), ...this.panel.starts.map(visitStart)];
    this.parity = this.net.parity;
    this.times = [];
    this.support = tensors.latents ? new Support(this.size, tensors) : null;
    this.openEncoder = () => readNet("encoder", file); // not before somebody draws or rests
  }

  /** @returns {{mean: Float32Array, deviation: Float32Array}} the posterior of an image (C, H, W) in [0, 1] */
  encode(image) {
    this.encoder ??= this.openEncoder();
    const output = this.encoder.run(image);
    return {
      mean: output.slice(0, this.size),
      deviation: output.slice(this.size).map((logVariance) => Math.exp(logVariance / 2)),
    };
  }

  /** How far z is from where its image is encoded: root mean square, in posterior standard deviations. */
  roundTrip(z) {
    const { mean, deviation } = this.encode(this.net.run(z));
    const squares = mean.reduce((sum, value, dim) => sum + ((value - z[dim]) / deviation[dim]) ** 2, 0);
    return Math.sqrt(squares / this.size);
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

/** @typedef {{label: string, group: string, z: Float32Array}} Start */

/** @returns {Start[]} */
function storedStarts({ starts }, latents, size) {
  return starts.map((start, row) => ({ ...start, z: latents.subarray(row * size, (row + 1) * size) }));
}

/** @returns {Start} an upload, or what was clicked on another page */
const visitStart = (start) => ({ ...start, z: Float32Array.from(start.z) });

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
