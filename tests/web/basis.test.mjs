import assert from "node:assert/strict";
import { test } from "node:test";
import { basesOf, latentBasis, LATENT, PRINCIPAL, principalBasis } from "../../explorer/ui/web/basis.js";

const kl = [0.5, 2, 0.001];
const range = { low: [-1, -2, -3], high: [1, 2, 3] };
const rotated = [0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1]; // a turn in the first two dimensions
const latent = latentBasis({ kl, ...range, dead_below: 0.01 });
const facts = { share: [0.5, 0.3, 0.2], between: [0.9, 0.5, 0.01], dead: [false, false, true], ...range };
const principal = principalBasis(facts, Float32Array.from(rotated), 3);
const z = Float32Array.from([1, 2, 3]);

const near = (actual, expected) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i] - value) < 1e-6, `${[...actual]} is not ${expected}`);
};

test("latent sliders are the numbers of z, the most informative first", () => {
  assert.deepEqual(latent.dimensions.map(({ index, number }) => [index, number]), [[1, 2], [0, 1], [2, 3]]);
  assert.deepEqual(latent.dimensions.map(({ live }) => live), [true, true, false]);
  assert.deepEqual(latent.dimensions.map(({ low, high }) => [low, high]), [[-2, 2], [-1, 1], [-3, 3]]);
  assert.equal(latent.coordinate(z, 2), 3);
  assert.deepEqual([...latent.moved(z, 1, 0)], [1, 0, 3]);
});

test("a coordinate along an axis is the projection on it", () => {
  near([0, 1, 2].map((index) => principal.coordinate(z, index)), [2.2, 0.4, 3]);
});

test("moving along an axis sets its coordinate and keeps the others", () => {
  const moved = principal.moved(z, 0, -1);
  near([0, 1, 2].map((index) => principal.coordinate(moved, index)), [-1, 0.4, 3]);
  near(moved, [1 - 3.2 * 0.6, 2 - 3.2 * 0.8, 3]);
  assert.deepEqual([...z], [1, 2, 3]);
});

test("both bases leave z where it is when a coordinate is set to what it is", () => {
  for (const basis of [latent, principal]) near(basis.moved(z, 1, basis.coordinate(z, 1)), [...z]);
});

test("an axis says its share of the variance, and how much of that is between images", () => {
  const [first, second, third] = principal.dimensions;
  assert.deepEqual([first.measure, second.measure, third.measure], ["50.0 %", "30.0 %", "20.0 %"]);
  assert.deepEqual([first.weight, second.weight], [1, 0.6]);
  assert.match(second.meaning, /50\.0 % of it between images/);
  assert.deepEqual([first.live, third.live], [true, false]);
});

test("a model has principal axes where latents are stored, and more than one of them", () => {
  const names = (axes, size) => basesOf({ facts: { kl, ...range, dead_below: 0.01, axes: facts }, axes, size }).map(({ name }) => name);
  assert.deepEqual(names(Float32Array.from(rotated), 3), [LATENT, PRINCIPAL]);
  assert.deepEqual(names(undefined, 3), [LATENT]);
  assert.deepEqual(names(Float32Array.of(1), 1), [LATENT]);
});
