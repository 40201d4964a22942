// The codes behind a panel: their vectors, the code maps of the test images, and what is counted in them.
// No DOM: node runs it too.
import { readSafetensors } from "./safetensors.js";

export class Codes {
  /** @param {Uint8Array} blob safetensors with what `ui/codebook_blob.py` writes */
  constructor(blob) {
    const { metadata, tensors } = readSafetensors(blob);
    this.facts = JSON.parse(metadata.codes);
    this.panel = JSON.parse(metadata.panel);
    this.tensors = tensors;
    [this.count, this.side] = tensors.codes.shape;
    [this.size, this.dim] = tensors.codebook.shape;
    this.pixels = this.facts.image; // of a side of the image
    this.uses = countsOf(tensors.codes.data, this.size); // of each code, in all test images
    this.order = Array.from({ length: this.size }, (_, code) => code).sort((a, b) => this.uses[b] - this.uses[a] || a - b);
    this.most = this.uses[this.order[0]];
    this.dead = this.uses.filter((uses) => uses === 0).length;
    this.parts = metadata.decoder ? this.decoderParts(JSON.parse(metadata.decoder)) : null;
  }

  /** What a decoder needs, and nothing else, for another thread. */
  decoderParts(layers) {
    const own = Object.entries(this.tensors).filter(([name]) => name.startsWith("decoder."));
    return { layers, tensors: Object.fromEntries(own), codebook: this.tensors.codebook };
  }

  /** @returns {Uint8Array|Uint16Array} the codes of a test image */
  mapOf(row) {
    const area = this.side ** 2;
    return this.tensors.codes.data.subarray(row * area, (row + 1) * area);
  }

  vectorOf(code) {
    return this.tensors.codebook.data.subarray(code * this.dim, (code + 1) * this.dim);
  }

  /** @returns {Array<{code: number, distance: number}>} all codes, the nearest to a vector first */
  nearestTo(vector) {
    const { data } = this.tensors.codebook;
    const found = Array.from({ length: this.size }, (_, code) => {
      let square = 0;
      for (let dim = 0; dim < this.dim; dim++) square += (vector[dim] - data[code * this.dim + dim]) ** 2;
      return { code, distance: Math.sqrt(square) };
    });
    return found.sort((a, b) => a.distance - b.distance);
  }

  /** @returns {Array<{row: number, count: number}>} the test images that have a code, those with most of it first */
  imagesWith(code) {
    const area = this.side ** 2;
    const { data } = this.tensors.codes;
    const counts = new Map();
    for (let i = data.indexOf(code); i >= 0; i = data.indexOf(code, i + 1)) {
      const row = Math.floor(i / area);
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    return [...counts].map(([row, count]) => ({ row, count })).sort((a, b) => b.count - a.count || a.row - b.row);
  }

  /** How many codes equal shares would need for the same entropy; of all test images. */
  get perplexity() {
    const total = this.count * this.side ** 2;
    let entropy = 0;
    for (const uses of this.uses) if (uses) entropy -= (uses / total) * Math.log(uses / total);
    return Math.exp(entropy);
  }

  /** @returns {string} what is known of a test image */
  describe(row) {
    const { labels, columns } = this.facts;
    const facts = [`test image ${row}`];
    if (this.tensors.labels) facts.push(`class ${labels[this.tensors.labels.data[row]]}`);
    for (const name of columns) facts.push(`${name} ${this.tensors[`column.${name}`].data[row]}`);
    return facts.join(" · ");
  }

  /** @param {?number} label null: any @returns {number[]} rows of test images */
  rowsOf(label) {
    const rows = Array.from({ length: this.count }, (_, row) => row);
    return label === null ? rows : rows.filter((row) => this.tensors.labels.data[row] === label);
  }
}

function countsOf(codes, size) {
  const counts = new Float64Array(size);
  for (const code of codes) counts[code]++;
  return counts;
}
