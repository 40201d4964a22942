// Where the panel stands: four anchors, what lies between them, and the place in it. No DOM: node runs it too.
import { OWN } from "./latent.js";
import { bilinear, WAYS, whyStraight } from "./paths.js";

export const BOTH = "both"; // ways one above the other; interpolator.py knows the names of the ways too
export const LETTERS = ["A", "B", "C", "D"];

export class Walk {
  /** @param {{anchors: import("./anchor.js").Anchor[], square: boolean, way: string, t: number, u: number, v: number}} place */
  constructor({ anchors, square, way, t, u, v }) {
    this.anchors = anchors.map((anchor) => ({ ...anchor, z: Float32Array.from(anchor.z) }));
    Object.assign(this, { square, way, t, u, v });
  }

  /** How many of the anchors count: two on a way, four around the square. */
  get count() {
    return this.square ? 4 : 2;
  }

  /** The names of the ways that are shown. */
  get ways() {
    return this.way === BOTH ? Object.keys(WAYS) : [this.way];
  }

  /** @returns {(t: number) => Float32Array} what lies along a way from A to B */
  along(way) {
    const [a, b] = this.anchors;
    return (t) => WAYS[way](a.z, b.z, t);
  }

  blend(u, v) {
    return bilinear(this.anchors.map(({ z }) => z), u, v);
  }

  /** @returns {Float32Array[]} the latents of this place, one of each way that is shown */
  get latents() {
    return this.square ? [this.blend(this.u, this.v)] : this.ways.map((way) => this.along(way)(this.t));
  }

  /** Why the spherical way is straight between these two; null where it is not, or is not shown. */
  get excuse() {
    const [a, b] = this.anchors;
    return this.ways.includes("spherical") ? whyStraight(a.z, b.z) : null;
  }

  swap() {
    [this.anchors[0], this.anchors[1]] = [this.anchors[1], this.anchors[0]];
    this.t = 1 - this.t;
  }

  /** @param {number} stored how many starts are stored with the model: those of this visit are not known to the next */
  snapshot(stored) {
    const { square, way, t, u, v } = this;
    const anchors = this.anchors.map(({ start, label, z }) => (
      { start: start < stored ? start : OWN, label, z: Array.from(z) }
    ));
    return { anchors, square, way, t, u, v };
  }
}
