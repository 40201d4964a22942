// What a run stored of its epochs: pictures, and where test images were encoded; read from one blob.
import { readSafetensors } from "./safetensors.js";

/**
 * @typedef {Object} Facts what `time_machine_blob.py` says
 * @property {number[]} epochs that are stored, in order
 * @property {string[]} numbers of each of them, in words
 * @property {Array<[number, number]>} curve every epoch with its SSIM on the test images
 * @property {?{title: string, unit: string, names: string[]}} coloring of the points
 * @property {number} size of an image, pixels
 * @property {string} decoded what the reconstructions are decoded from
 * @property {string[]} stops colours of the residual from low to high
 */
export class Evolution {
  /** @param {Uint8Array} blob */
  constructor(blob) {
    const { metadata, tensors } = readSafetensors(blob);
    this.tensors = tensors;
    /** @type {Facts} */
    this.facts = JSON.parse(metadata.machine);
    this.epochs = this.facts.epochs;
    this.images = tensors.reconstructions.shape[1];
    this.points = tensors.points ?? null; // (E, N, 2)
    this.count = this.points?.shape[1] ?? 0;
  }

  get last() {
    return this.epochs.length - 1;
  }

  /** @returns {?Uint8Array} (R, H, W) of the stored epoch at this place */
  pictures(name, place) {
    const tensor = this.tensors[name];
    if (!tensor) return null;
    const area = this.images * this.facts.size ** 2;
    return tensor.data.subarray(place * area, (place + 1) * area);
  }

  /** @returns {?Uint8Array} (R, H, W) where the images are on the server */
  get originals() {
    return this.tensors.originals?.data ?? null;
  }

  /** The points at a place between stored epochs, on the straight way there. @returns {{xs: Float32Array, ys: Float32Array}} */
  pointsAt(place) {
    const { count } = this;
    const before = Math.floor(place);
    const share = place - before;
    const from = this.points.data.subarray(2 * count * before, 2 * count * (before + 1));
    const to = share ? this.points.data.subarray(2 * count * (before + 1), 2 * count * (before + 2)) : from;
    const along = (n) => from[n] + share * (to[n] - from[n]);
    return {
      xs: Float32Array.from({ length: count }, (_, n) => along(2 * n)),
      ys: Float32Array.from({ length: count }, (_, n) => along(2 * n + 1)),
    };
  }

  /** @returns {import("./viewport.js").Bounds} of the points of all epochs */
  get bounds() {
    const bounds = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
    const { data } = this.points;
    for (let n = 0; n < data.length; n += 2) {
      bounds.left = Math.min(bounds.left, data[n]);
      bounds.right = Math.max(bounds.right, data[n]);
      bounds.bottom = Math.min(bounds.bottom, data[n + 1]);
      bounds.top = Math.max(bounds.top, data[n + 1]);
    }
    return bounds;
  }

  /** @returns {number} the place of the stored epoch nearest to this one */
  nearest(epoch) {
    const { epochs } = this;
    return epochs.reduce((best, each, place) => (Math.abs(each - epoch) < Math.abs(epochs[best] - epoch) ? place : best), 0);
  }

  /** @returns {number} the epoch at a place, with its fraction */
  epochAt(place) {
    const before = Math.floor(place);
    const next = Math.min(before + 1, this.last);
    return this.epochs[before] + (place - before) * (this.epochs[next] - this.epochs[before]);
  }
}
