// How near a latent is to where images are. No DOM: node runs it too.

const EDGE = 0.95; // of the test images lie below: beyond it begins the edge of the data
const USUAL = 0.7; // where that is on a gauge, of its width; gauge.css has the same
const EVERY = 0.85; // where the last test image is; beyond, nobody has been

export const INSIDE = 0; // verdicts, from good to bad
export const AT_THE_EDGE = 1;
export const NO_DATA = 2;

export class Support {
  /**
   * @param {number} size dimensions of a latent
   * @param {Object} tensors "latents" (N, size), their "rows" in the test split, maybe "labels" and "kinds" (N,),
   *   and the scales "scale.radius", "scale.nearest" and "scale.round_trip": evenly spaced quantiles over the test images
   */
  constructor(size, tensors) {
    this.size = size;
    this.latents = tensors.latents.data;
    this.rows = tensors.rows.data;
    this.labels = tensors.labels?.data;
    this.kinds = tensors.kinds?.data;
    this.scales = { radius: tensors["scale.radius"], nearest: tensors["scale.nearest"], roundTrip: tensors["scale.round_trip"] };
  }

  /** The latent of a row of the test split; undefined where it is not stored. */
  latentOfRow(row) {
    const index = this.rows.indexOf(row);
    return index < 0 ? undefined : this.latent(index);
  }

  /** The row nearest to a number whose latent is stored. */
  nearestRow(number) {
    return this.rows.reduce((best, row) => (Math.abs(row - number) < Math.abs(best - number) ? row : best));
  }

  latent(index) {
    return this.latents.subarray(index * this.size, (index + 1) * this.size);
  }

  radius(z) {
    return Math.hypot(...z);
  }

  /** @returns {Array<{index: number, row: number, distance: number}>} nearest first */
  nearest(z, count) {
    const found = []; // sorted by distance
    for (let index = 0; index < this.rows.length; index++) {
      const square = this.square(z, index, found.length < count ? Infinity : found.at(-1).square);
      if (found.length === count && square >= found.at(-1).square) continue;
      if (found.length === count) found.pop();
      const place = found.findIndex((other) => other.square > square);
      found.splice(place < 0 ? found.length : place, 0, { index, square });
    }
    return found.map(({ index, square }) => ({ index, row: this.rows[index], distance: Math.sqrt(square) }));
  }

  /** The squared distance to a stored latent; stops early once it is more than `most`. */
  square(z, index, most) {
    let sum = 0;
    for (let dim = 0, i = index * this.size; dim < this.size && sum <= most; dim++, i++) sum += (z[dim] - this.latents[i]) ** 2;
    return sum;
  }

  /** @returns {number} the share of the test images with a smaller value, 0 to 1; Infinity beyond all of them */
  percentile(name, value) {
    const quantiles = this.scales[name].data;
    const last = quantiles.length - 1;
    if (value > quantiles[last]) return Infinity;
    const above = quantiles.findIndex((quantile) => quantile >= value);
    if (above <= 0) return 0;
    const share = (value - quantiles[above - 1]) / (quantiles[above] - quantiles[above - 1]);
    return (above - 1 + share) / last;
  }

  /** @returns {string} a value with two digits, or fewer where those of test images have one at that place */
  digits(name, value) {
    const quantiles = this.scales[name].data;
    return value.toFixed(Math.min(decimals(value), decimals(quantiles[quantiles.length >> 1])));
  }

  /** @returns {number} where a value stands on a gauge, 0 to 1 of its width */
  place(name, value) {
    const percentile = this.percentile(name, value);
    if (percentile <= EDGE) return (USUAL * percentile) / EDGE;
    if (percentile <= 1) return USUAL + ((EVERY - USUAL) * (percentile - EDGE)) / (1 - EDGE);
    return 1 - ((1 - EVERY) * this.scales[name].data.at(-1)) / value; // the further out, the nearer to the end
  }
}

/** So many that a value has two digits; at least one, and of 0 no more than can matter. */
const decimals = (value) => Math.max(1, 1 - Math.floor(Math.log10(Math.max(value, 1e-3))));

/** The worst of several percentiles decides. */
export function verdictOf(percentiles) {
  const worst = Math.max(...percentiles);
  if (worst === Infinity) return NO_DATA;
  return worst > EDGE ? AT_THE_EDGE : INSIDE;
}
