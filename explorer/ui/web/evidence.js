// Whether test images lie where a place of a map is lifted to. No DOM: node runs it too.
import { LinearLift } from "./lift.js";

const ASKED_FIRST = 12; // points around a place

export class Evidence {
  /** @param {import("./atlas.js").Atlas} atlas @param {import("./atlas.js").Projection} projection */
  constructor(atlas, projection) {
    this.atlas = atlas;
    this.projection = projection;
    const { radius, nearest } = atlas.support.scales;
    this.mostRadius = radius.data.at(-1);
    this.mostSquare = nearest.data.at(-1) ** 2;
    this.isLinear = projection.lift instanceof LinearLift;
    this.rebase();
  }

  /**
   * The lift has another base. The weighted square from z = base + U d to a latent is then a constant of the latent, less
   * 2 d times a vector of it, plus d'Gd: two products a latent, however many dimensions there are.
   */
  rebase() {
    if (!this.isLinear) return;
    const { latents, size, count, support } = this.atlas;
    const { base, across, up } = this.projection.lift;
    const squared = support.between.map((weight) => weight * weight);
    const product = (a, b) => squared.reduce((sum, weight, dim) => sum + weight * a[dim] * b[dim], 0);
    this.gram = [product(across, across), product(across, up), product(up, up)];
    this.constants = new Float32Array(count);
    this.alongs = [new Float32Array(count), new Float32Array(count)];
    const away = new Float32Array(size);
    for (let n = 0; n < count; n++) {
      for (let dim = 0; dim < size; dim++) away[dim] = latents[n * size + dim] - base[dim];
      this.constants[n] = product(away, away);
      this.alongs[0][n] = 2 * product(away, across);
      this.alongs[1][n] = 2 * product(away, up);
    }
  }

  /** @returns {number[]} the percentiles of what a place is lifted to, the one on the map last; one Infinity: no data there */
  percentiles(x, y, z) {
    if (!this.isLinear) return [...this.latentPercentiles(z), this.spacing(x, y)];
    const { support } = this.atlas;
    const distance = Math.sqrt(Math.max(0, this.nearestSquare(x, y)));
    return [support.percentile("radius", support.radius(z)), support.percentile("nearest", distance), 0];
  }

  /** @returns {number[]} those of z alone, wherever it is on the map */
  latentPercentiles(z) {
    return this.atlas.support.percentiles(z);
  }

  /** The share of mapped points that have no other point so near; 0 where a map is as straight as the latent space. */
  spacing(x, y) {
    const { spacing, grid } = this.projection;
    if (!spacing) return 0;
    const distance = Math.sqrt(grid.nearest(x, y)[0].square);
    if (distance > spacing.at(-1)) return Infinity;
    return spacing.findIndex((each) => each >= distance) / spacing.length;
  }

  /** Whether no distance is larger than that of every test image. */
  isSupported(x, y) {
    if (this.spacing(x, y) === Infinity) return false;
    const z = this.projection.lift.lift(x, y);
    if (this.atlas.support.radius(z) > this.mostRadius) return false;
    return this.isLinear ? this.nearestSquare(x, y, this.mostSquare) <= this.mostSquare : this.hasNear(x, y, z);
  }

  /** Of a linear map. Ends with the first square that is at most `enough`. */
  nearestSquare(x, y, enough = 0) {
    const { constants, alongs: [alongAcross, alongUp], gram } = this;
    const { origin } = this.projection.lift;
    const [across, up] = [x - origin[0], y - origin[1]];
    const own = gram[0] * across * across + 2 * gram[1] * across * up + gram[2] * up * up;
    let least = Infinity;
    for (let n = 0; n < constants.length && least > enough; n++) {
      const square = own + constants[n] - across * alongAcross[n] - up * alongUp[n];
      if (square < least) least = square;
    }
    return least;
  }

  /** The points around are asked first: z is a mean of theirs. */
  hasNear(x, y, z) {
    const { support, latents, size, count } = this.atlas;
    const { between } = support;
    const isNear = (index) => {
      let square = 0;
      for (let dim = 0, i = index * size; dim < size && square <= this.mostSquare; dim++, i++) {
        square += (between[dim] * (z[dim] - latents[i])) ** 2;
      }
      return square <= this.mostSquare;
    };
    if (this.projection.grid.nearest(x, y, ASKED_FIRST).some(({ index }) => isNear(index))) return true;
    for (let index = 0; index < count; index++) if (isNear(index)) return true;
    return false;
  }
}
