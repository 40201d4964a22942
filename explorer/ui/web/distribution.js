// Gaussians and their mixtures over latents, drawn from as `explorer/draws.py` does. No DOM: node runs it too.
import { normalQuantile, normalShare, uniform } from "./random.js";

/**
 * What is random in one draw of a seed: `pick` chooses a component, `normals` are standard normal numbers within
 * +-truncation. Each is the quantile of a number that the seed fixes, so it moves continuously with the truncation.
 *
 * @param {number} truncation Infinity: none
 * @returns {{pick: number, normals: Float64Array}}
 */
export function drawNoise(seed, index, size, truncation) {
  const first = index * (size + 1);
  const below = truncation === Infinity ? 0 : normalShare(-truncation);
  const normal = (_, dim) => normalQuantile(below + uniform(seed, first + 1 + dim) * (1 - 2 * below));
  return { pick: uniform(seed, first), normals: Float64Array.from({ length: size }, normal) };
}

export class Distribution {
  /**
   * @param {number} size dimensions of a latent
   * @param {Float32Array} weights (K,) of the components @param {Float32Array} means (K, size)
   * @param {?Float32Array} roots (K, size, size), symmetric square roots of the covariances; null: the unit matrix
   */
  constructor(size, weights, means, roots) {
    this.size = size;
    this.weights = weights;
    this.means = means;
    this.roots = roots;
  }

  static prior(size) {
    return new Distribution(size, new Float32Array([1]), new Float32Array(size), null);
  }

  /** @returns {Float32Array} z; the temperature scales its distance from the mean of its component */
  draw({ pick, normals }, temperature) {
    const component = this.componentAt(pick);
    const z = this.means.slice(component * this.size, (component + 1) * this.size);
    for (let dim = 0; dim < this.size; dim++) z[dim] += temperature * this.directed(component, dim, normals);
    return z;
  }

  directed(component, dim, normals) {
    if (!this.roots) return normals[dim];
    const first = (component * this.size + dim) * this.size;
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.roots[first + i] * normals[i];
    return sum;
  }

  componentAt(pick) {
    let sum = 0;
    for (let component = 0; component < this.weights.length - 1; component++) {
      sum += this.weights[component];
      if (pick < sum) return component;
    }
    return this.weights.length - 1;
  }
}
