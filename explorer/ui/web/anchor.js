// What an anchor can be: the prior mean, a draw, a start, any stored test image. No DOM: node runs it too.
import { drawPrior, PRIOR_MEAN, RANDOM_DRAW, rowOfStart } from "./latent.js";

/** @typedef {{start: number, label: string, z: Float32Array}} Anchor `start` as latent.js numbers them */

/** @param {import("./model.js").Model} model @returns {Anchor} */
export function anchorOf(model, start) {
  if (start === PRIOR_MEAN) return { start, label: "prior mean", z: new Float32Array(model.size) };
  if (start === RANDOM_DRAW) return { start, label: "random draw", z: drawPrior(model.size) };
  const { label, z } = model.starts[start] ?? testImage(model, rowOfStart(start));
  return { start, label, z };
}

function testImage({ facts, support }, row) {
  const kind = facts.kinds?.[support.kinds[support.rows.indexOf(row)]];
  return { label: `${kind ? `${kind}, ` : ""}test image ${row}`, z: support.latentOfRow(row) };
}

/** @returns {Anchor} the next start of the same group, or another draw */
export function nextOf(model, { start }) {
  const kin = kinOf(model, start);
  return anchorOf(model, kin.length > 1 ? kin[(kin.indexOf(start) + 1) % kin.length] : RANDOM_DRAW);
}

/** Whether `nextOf` stays with its kind. */
export const hasNext = (model, { start }) => start === RANDOM_DRAW || kinOf(model, start).length > 1;

function kinOf({ starts }, start) {
  const group = starts[start]?.group;
  return group === undefined ? [] : [...starts.keys()].filter((each) => starts[each].group === group);
}
