// From a place of a map to a latent, and back. No DOM: node runs it too. explorer/lift.py has the same.

/** A map p = U'z with orthonormal columns U; its lift z = base + U (p - U'base) leaves the base's other directions alone. */
export class LinearLift {
  /** @param {Float32Array} axes (2, L), the columns of U one after the other @param {Float32Array} base (L,) */
  constructor(axes, base) {
    this.size = base.length;
    this.across = axes.subarray(0, this.size);
    this.up = axes.subarray(this.size);
    this.setBase(base);
  }

  setBase(base) {
    this.base = Float32Array.from(base);
    this.origin = this.project(base);
  }

  /** @returns {[number, number]} where z is on the map */
  project(z) {
    return [innerProduct(this.across, z), innerProduct(this.up, z)];
  }

  /** @returns {Float32Array} */
  lift(x, y) {
    const along = [x - this.origin[0], y - this.origin[1]];
    return this.base.map((value, dim) => value + along[0] * this.across[dim] + along[1] * this.up[dim]);
  }
}

const innerProduct = (a, b) => a.reduce((sum, value, dim) => sum + value * b[dim], 0);

const LIFTED_FROM = 8; // nearest points; lift.py has the same
const EXACT = 1e-18; // of a squared distance on the map: the point itself

/**
 * A map without a formula: the mean of the latents of the nearest points, weighted by w = R / d - 1 (Franke & Little),
 * where R is the distance of the next point beyond them. So z moves continuously with the place.
 */
export class NeighbourLift {
  /** @param {import("./pointgrid.js").PointGrid} grid of the map's points @param {Float32Array} latents theirs, (N, size) */
  constructor(grid, latents, size) {
    Object.assign(this, { grid, latents, size });
  }

  lift(x, y) {
    const found = this.grid.nearest(x, y, LIFTED_FROM + 1);
    const inverse = found.map(({ square }) => 1 / Math.sqrt(Math.max(square, EXACT)));
    const beyond = found.length > LIFTED_FROM ? inverse.pop() : 0;
    const weights = inverse.map((each) => each - beyond);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const z = new Float64Array(this.size);
    for (const [place, weight] of weights.entries()) {
      const share = total > 0 ? weight / total : 1 / weights.length; // where all are equally far
      const first = found[place].index * this.size;
      for (let dim = 0; dim < this.size; dim++) z[dim] += share * this.latents[first + dim];
    }
    return Float32Array.from(z);
  }
}
