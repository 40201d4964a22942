// Along what sliders move z: its own dimensions, or the principal axes of the test images. No DOM: node runs it too.

export const LATENT = "latent"; // names of the bases; panel.py knows the same two
export const PRINCIPAL = "principal";

/**
 * @typedef {Object} Dimension one slider of a basis
 * @property {number} index of the coordinate
 * @property {string} symbol the letter before its number @property {number} number counted from 1
 * @property {number} low @property {number} high the range that images use
 * @property {boolean} live whether it says anything about the image
 * @property {string} measure how much it does, and `meaning`, the same as a sentence
 * @property {number} weight the measure as a share of the largest one @property {number} between how much of it is between images
 *
 * @typedef {Object} Basis
 * @property {string} name
 * @property {{name: string, measure: string, one: string, silent: (count: number) => string}} words headings, and what
 *   a dimension and those that say nothing are called
 * @property {Dimension[]} dimensions the most informative first
 * @property {(z: Float32Array, index: number) => number} coordinate
 * @property {(z: Float32Array, index: number, value: number) => Float32Array} moved a z with that coordinate, the others kept
 */

/** @returns {Basis[]} of a model; only the first where no latents are stored, or there is only one axis */
export function basesOf({ facts, axes, size }) {
  return axes && size > 1 ? [latentBasis(facts), principalBasis(facts.axes, axes, size)] : [latentBasis(facts)];
}

export function latentBasis({ kl, low, high, dead_below: threshold }) {
  const most = Math.max(...kl, Number.MIN_VALUE);
  const dimensions = kl.map((nats, index) => ({
    index,
    symbol: "z",
    number: index + 1,
    low: low[index],
    high: high[index],
    live: nats >= threshold,
    measure: nats.toFixed(2),
    meaning: `Mean KL of the test images: ${nats.toFixed(4)} nats`,
    weight: nats / most,
    between: 1,
  }));
  return {
    name: LATENT,
    words: {
      name: "dim",
      measure: "KL, nats",
      one: "Dimension",
      silent: (count) => `${count} silent dimension${count === 1 ? "" : "s"}, mean KL under ${threshold} nats`,
    },
    dimensions: dimensions.sort((a, b) => kl[b.index] - kl[a.index]),
    coordinate: (z, index) => z[index],
    moved: (z, index, value) => Float32Array.from(z, (old, dim) => (dim === index ? value : old)),
  };
}

/** @param {Float32Array} axes (size, size), a unit vector a row, orthogonal to the others */
export function principalBasis({ share, between, low, high, dead }, axes, size) {
  const axis = (index) => axes.subarray(index * size, (index + 1) * size);
  const coordinate = (z, index) => axis(index).reduce((sum, part, dim) => sum + part * z[dim], 0);
  const percent = (part) => `${(100 * part).toFixed(1)} %`;
  const dimensions = share.map((part, index) => ({
    index,
    symbol: "p",
    number: index + 1,
    low: low[index],
    high: high[index],
    live: !dead[index],
    measure: percent(part),
    meaning: `${percent(part)} of the variance of the test images' posteriors, ${percent(between[index])} of it between images`,
    weight: part / share[0],
    between: between[index],
  }));
  return {
    name: PRINCIPAL,
    words: {
      name: "axis",
      measure: "variance",
      one: "Principal axis",
      silent: (count) => `${count} silent ${count === 1 ? "axis" : "axes"}, hardly any variance between images`,
    },
    dimensions,
    coordinate,
    moved(z, index, value) {
      const direction = axis(index);
      const way = value - coordinate(z, index);
      return z.map((old, dim) => old + way * direction[dim]);
    },
  };
}
