// Where the panel stands: z, the start that it is compared with, and the committed steps behind it.

export const PRIOR_MEAN = -1; // components.py names the same
export const RANDOM_DRAW = -2;
export const OWN = -3; // drawn or brought by the visitor; it is not kept
const TEST_IMAGES = -4; // and below: a stored test image, by its row
const ALIKE = 1e-3; // in each dimension: an upload that is encoded again, among others, may differ in its last digits

/** A test image as a start, and back. */
export const startOfRow = (row) => TEST_IMAGES - row;
export const rowOfStart = (start) => (start <= TEST_IMAGES ? TEST_IMAGES - start : null);

export class Latent {
  constructor(size) {
    this.z = new Float32Array(size);
    this.origin = new Float32Array(size); // the latent of the start
    this.start = PRIOR_MEAN;
    this.settled = this.snapshot();
    this.history = [];
  }

  begin(start, origin) {
    this.start = start;
    this.origin = Float32Array.from(origin);
    this.z = Float32Array.from(origin);
  }

  /** Makes the present state the last committed one. False if it is already. */
  commit() {
    const { z, start } = this.settled;
    if (start === this.start && z.every((value, dim) => value === this.z[dim])) return false;
    this.history.push(this.settled);
    this.settled = this.snapshot();
    return true;
  }

  /** Goes back by one committed step. False if there is none. */
  undo() {
    if (this.history.length === 0) return false;
    this.settled = this.history.pop();
    this.begin(this.settled.start, this.settled.origin);
    this.z.set(this.settled.z);
    return true;
  }

  /** Forgets the steps: the present state is where the panel was opened. */
  open() {
    this.settled = this.snapshot();
    this.history = [];
  }

  snapshot() {
    return { z: this.z.slice(), origin: this.origin.slice(), start: this.start };
  }
}

/**
 * @param {import("./model.js").Model} model
 * @param {Array<{label: string, z: Float32Array}>} known starts, or pins
 * @returns {import("./model.js").Start[]} what this visit brought that is not among them
 */
export function newStarts({ starts, stored }, known) {
  return starts.slice(stored).filter((start) => !known.some((each) => isSame(start, each)));
}

/** Every frame between two images has the same label, and every draw of a sheet's first sample. */
function isSame(one, other) {
  return one.label === other.label && one.z.every((value, dim) => Math.abs(value - other.z[dim]) <= ALIKE);
}

/** @returns {Float32Array} a draw of the standard normal prior (Box and Muller) */
export function drawPrior(size) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Float32Array.from({ length: size }, normal);
}
