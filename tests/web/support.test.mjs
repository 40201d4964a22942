import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_THE_EDGE, INSIDE, NO_DATA, Support, verdictOf } from "../../explorer/ui/web/support.js";

const scale = { data: Float32Array.from([1, 2, 3, 5, 9]) };
const support = new Support(2, {
  latents: { data: Float32Array.from([0, 0, 3, 4, 1, 0, -6, 8]) },
  rows: { data: Int32Array.from([10, 20, 30, 40]) },
  labels: { data: Int32Array.from([0, 1, 2, 3]) },
  "scale.radius": scale,
  "scale.nearest": scale,
  "scale.round_trip": scale,
});

test("the nearest stored latents come in order, with their rows and labels", () => {
  const found = support.nearest(Float32Array.from([3, 3]), 3);
  assert.deepEqual(found.map(({ index }) => index), [1, 2, 0]);
  assert.deepEqual(found.map(({ row, label }) => [row, label]), [[20, 1], [30, 2], [10, 0]]);
  assert.equal(found[0].distance, 1);
  assert.equal(support.nearest(Float32Array.from([0, 0]), 9).length, 4);
});

test("a percentile is interpolated between the quantiles", () => {
  assert.equal(support.percentile("radius", 0.5), 0);
  assert.equal(support.percentile("radius", 2), 0.25);
  assert.equal(support.percentile("roundTrip", 4), 0.625);
  assert.equal(support.percentile("nearest", 9), 1);
  assert.equal(support.percentile("nearest", 9.1), Infinity);
});

test("the worst percentile is the verdict", () => {
  assert.equal(verdictOf([0.1, 0.95]), INSIDE);
  assert.equal(verdictOf([0.1, 0.96]), AT_THE_EDGE);
  assert.equal(verdictOf([Infinity, 0.2]), NO_DATA);
});
