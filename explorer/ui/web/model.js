// The model behind a panel: its nets, its dimensions, its stored latents, read from one blob.
import { basesOf } from "./basis.js";
import { readNet } from "./net.js";
import { Remote } from "./remote.js";
import { readSafetensors } from "./safetensors.js";
import { Support } from "./support.js";
import { Timing } from "./timing.js";

export class Model {
  /**
   * @param {Uint8Array} blob safetensors with what `ui/model_blob.py` writes
   * @param {import("./line.js").Line} [line] to Python, for a model whose decoder is too large for the page
   */
  constructor(blob, line) {
    const file = readSafetensors(blob);
    const { metadata, tensors } = file;
    this.tensors = tensors; // a panel's own are among them
    this.facts = JSON.parse(metadata.model);
    this.panel = JSON.parse(metadata.panel);
    this.size = this.facts.kl.length;
    [this.channels, this.height, this.width] = this.facts.image;
    this.bases = basesOf({ facts: this.facts, axes: tensors.axes?.data, size: this.size });
    this.stored = this.facts.starts.length; // starts that are the model's; those of this visit follow
    this.starts = [...storedStarts(this.facts, tensors.starts.data, this.size), ...this.panel.starts.map(visitStart)];
    this.area = this.channels * this.height * this.width;
    this.timing = new Timing();
    this.net = metadata.decoder ? readNet("decoder", file) : null;
    this.remote = this.net ? null : new Remote(line, this.area, (time) => this.timing.note(time));
    this.parity = this.net?.parity ?? 0;
    this.support = tensors.latents ? new Support(this.size, tensors) : null;
    this.encodesHere = Boolean(metadata.encoder);
    this.openEncoder = () => readNet("encoder", file); // not before somebody draws or rests
    this.netParts = (name) => partsOf(name, file);
  }

  /** Whether the decoder runs in the page, or on the server. */
  get decodesHere() {
    return this.net !== null;
  }

  /**
   * Decodes z and hands its image to `apply`: at once, or when the server has answered. Of a `slot`, a purpose with
   * a name, only the newest image matters.
   */
  want(slot, z, apply) {
    if (this.net) apply(this.decode(z));
    else this.remote.want(slot, z, apply);
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

  get hasRoundTrip() {
    return this.decodesHere && this.encodesHere;
  }

  /** @returns {Float32Array} the image of z, (C, H, W) in [0, 1]; the next call overwrites it */
  decode(z) {
    const begin = performance.now();
    const image = this.net.run(z);
    this.timing.note(performance.now() - begin);
    return image;
  }

  /** Median milliseconds of the last decodes; of the way to the server and back, if that is where it is done. */
  get decodeMs() {
    return this.timing.median;
  }

  close() {
    this.remote?.close();
  }
}

/** @typedef {{label: string, group: string, z: Float32Array}} Start */

/** What `buildNet` needs, and nothing else, for another thread. */
function partsOf(name, { metadata, tensors }) {
  const own = Object.entries(tensors).filter(([key]) => key.startsWith(`${name}.`));
  return { layers: JSON.parse(metadata[name]), tensors: Object.fromEntries(own) };
}

/** @returns {Start[]} */
function storedStarts({ starts }, latents, size) {
  return starts.map((start, row) => ({ ...start, z: latents.subarray(row * size, (row + 1) * size) }));
}

/** @returns {Start} an upload, or what was clicked on another page */
const visitStart = (start) => ({ ...start, z: Float32Array.from(start.z) });
