// Ways between latents. No DOM: node runs it too. explorer/interpolation.py has the same for exports.

const NEAR_ZERO = 1e-3; // a shorter anchor has no direction to turn from
const OPPOSITE = 1e-3; // radians short of a half turn: every way round would be as good
const SAME = 1e-6; // radians: between parallel anchors the arc is the straight way

/** @returns {Float32Array} the place at share t of the straight way from a to b */
export function lerp(a, b, t) {
  return Float32Array.from(a, (value, dim) => (1 - t) * value + t * b[dim]);
}

/**
 * The direction turns from a's to b's at a constant rate, the norm goes straight.
 * The straight way where there is no one arc, see `whyStraight`.
 * @returns {Float32Array}
 */
export function slerp(a, b, t) {
  const angle = angleBetween(a, b);
  if (whyStraight(a, b) || angle < SAME) return lerp(a, b, t);
  const [normA, normB] = [Math.hypot(...a), Math.hypot(...b)];
  const scale = ((1 - t) * normA + t * normB) / Math.sin(angle);
  const shareA = (scale * Math.sin((1 - t) * angle)) / normA;
  const shareB = (scale * Math.sin(t * angle)) / normB;
  return Float32Array.from(a, (value, dim) => shareA * value + shareB * b[dim]);
}

/** @returns {?string} why the spherical way between the two is the straight one, for the visitor; null where it is not */
export function whyStraight(a, b) {
  if (Math.min(Math.hypot(...a), Math.hypot(...b)) < NEAR_ZERO) {
    return "one of the two is at the prior mean, which has no direction";
  }
  return angleBetween(a, b) > Math.PI - OPPOSITE ? "the two lie opposite each other" : null;
}

/** @returns {number} radians, exact near 0 and near a half turn too; NaN where one of the two is 0 */
export function angleBetween(a, b) {
  const [normA, normB] = [Math.hypot(...a), Math.hypot(...b)];
  let difference = 0;
  let sum = 0;
  for (let dim = 0; dim < a.length; dim++) {
    difference += (a[dim] / normA - b[dim] / normB) ** 2;
    sum += (a[dim] / normA + b[dim] / normB) ** 2;
  }
  return 2 * Math.atan2(Math.sqrt(difference), Math.sqrt(sum));
}

/** @returns {Float32Array} a blend of four corners, which lie at (u, v) = (0, 0), (1, 0), (0, 1) and (1, 1) */
export function bilinear([a, b, c, d], u, v) {
  const down = (dim) => (1 - u) * c[dim] + u * d[dim];
  return Float32Array.from(a, (value, dim) => (1 - v) * ((1 - u) * value + u * b[dim]) + v * down(dim));
}

export const WAYS = { linear: lerp, spherical: slerp };
