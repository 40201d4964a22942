import assert from "node:assert/strict";
import { test } from "node:test";
import { angleBetween, bilinear, lerp, slerp, WAYS, whyStraight } from "../../explorer/ui/web/paths.js";

const A = Float32Array.from([3, 0, 0]);
const B = Float32Array.from([0, 1, 0]);
const norm = (z) => Math.hypot(...z);
const near = (actual, expected, tolerance = 1e-6) =>
  assert.ok(
    actual.length === expected.length && actual.every((value, i) => Math.abs(value - expected[i]) < tolerance),
    `${actual} is not ${expected}`,
  );

test("every way begins at the first anchor and ends at the second", () => {
  for (const way of Object.values(WAYS)) {
    near(way(A, B, 0), A);
    near(way(A, B, 1), B);
  }
});

test("the straight way passes through the mean of the two", () => {
  near(lerp(A, B, 0.5), [1.5, 0.5, 0]);
});

test("on the spherical way the angle and the norm grow evenly", () => {
  for (const t of [0, 0.1, 0.25, 0.5, 0.9, 1]) {
    const z = slerp(A, B, t);
    assert.ok(Math.abs(norm(z) - (3 - 2 * t)) < 1e-6, `norm ${norm(z)} at ${t}`);
    assert.ok(Math.abs(angleBetween(A, z) - (t * Math.PI) / 2) < 1e-6, `angle ${angleBetween(A, z)} at ${t}`);
  }
});

test("between parallel anchors the ways are one, and that needs no excuse", () => {
  const far = Float32Array.from([5, 0, 0]);
  near(slerp(A, far, 0.5), [4, 0, 0]);
  assert.equal(whyStraight(A, far), null);
  near(slerp(A, A, 0.3), A);
});

test("without a direction, or with two opposite ones, the way is straight and says why", () => {
  const zero = new Float32Array(3);
  const opposite = Float32Array.from([-1, 0, 0]);
  near(slerp(A, zero, 0.5), [1.5, 0, 0]);
  near(slerp(zero, zero, 0.5), zero);
  assert.match(whyStraight(A, zero), /prior mean/);
  near(slerp(A, opposite, 0.5), [1, 0, 0]);
  assert.match(whyStraight(A, opposite), /opposite/);
});

test("nearly opposite anchors still have an arc between them", () => {
  const almost = Float32Array.from([-1, 0.01, 0]);
  assert.equal(whyStraight(A, almost), null);
  near(slerp(A, almost, 0.5), [0.01, 2, 0], 1e-3);
});

test("a latent of one number has straight ways only", () => {
  const [low, high] = [Float32Array.from([-1]), Float32Array.from([2])];
  near(slerp(low, high, 0.5), [0.5]);
  assert.match(whyStraight(low, high), /opposite/);
});

test("the square has its corners at its corners and their mean in the middle", () => {
  const corners = [A, B, Float32Array.from([0, 0, 2]), Float32Array.from([-1, 1, 4])];
  for (const [i, [u, v]] of [[0, 0], [1, 0], [0, 1], [1, 1]].entries()) near(bilinear(corners, u, v), corners[i]);
  near(bilinear(corners, 0.5, 0.5), [0.5, 0.5, 1.5]);
  near(bilinear(corners, 0.5, 0), lerp(A, B, 0.5));
});
