// Test images and what the encoder makes of them, asked of Python one at a time. No DOM: node runs it too.

export class Originals {
  /**
   * @param {import("./line.js").Line} line
   * @param {{pixels: number, dim: number, side: number}} codes
   * @param {(row: number) => void} onArrival
   */
  constructor(line, { pixels, dim, side }, onArrival) {
    Object.assign(this, { line, area: pixels ** 2, length: dim * side ** 2, onArrival });
    this.known = new Map(); // row -> {image, vectors}
    this.asked = null;
    line.onReady = () => this.ask();
    line.onAnswer = (seq, answer) => this.take(seq, answer);
  }

  /** @returns {?{image: Float32Array, vectors: Float32Array}} (H, W) in [0, 1] and (D, s, s); null until it is here */
  get(row) {
    return this.known.get(row) ?? null;
  }

  /** Only what was wanted last is asked for. */
  want(row) {
    this.wanted = this.known.has(row) ? null : row;
    this.ask();
  }

  ask() {
    const { line, wanted } = this;
    if (!line.send || wanted === null || wanted === undefined) return;
    this.asked = { seq: ++line.seq, row: wanted };
    this.wanted = null;
    line.send(this.asked);
  }

  /** @param {Uint8Array} answer grey levels of the image, then f32 of the vectors */
  take(seq, answer) {
    if (this.asked?.seq !== seq || answer.length === 0) return;
    const { row } = this.asked;
    const image = Float32Array.from(answer.subarray(0, this.area), (level) => level / 255);
    this.known.set(row, { image, vectors: new Float32Array(answer.slice(this.area).buffer, 0, this.length) });
    this.onArrival(row);
  }

  close() {
    this.line.onReady = this.line.onAnswer = null;
  }
}
