import assert from "node:assert/strict";
import { test } from "node:test";
import { Nearness } from "../../explorer/ui/web/nearness.js";

const nearness = new Nearness(2, {
  latents: { data: Float32Array.from([0, 0, 5, 0]) },
  rows: { data: Int32Array.from([7, 9]) },
  between: { data: Float32Array.from([1, 0.5]) },
  "between.radius": { data: Float32Array.from([0, 1, 2]) },
  "between.nearest": { data: Float32Array.from([0, 2, 4]) },
});

test("a dimension counts as far as images differ in it", () => {
  assert.equal(nearness.radius(Float32Array.from([3, 8])), 5);
  const [first, second] = nearness.nearest(Float32Array.from([3, 2]), 2);
  assert.deepEqual([first.row, second.row], [9, 7]);
  assert.equal(first.distance, Math.sqrt(5));
});

test("both distances are placed among those of the test images", () => {
  assert.deepEqual(nearness.percentiles(Float32Array.from([0.5, 0])), [0.25, 0.125]);
  assert.deepEqual(nearness.percentiles(Float32Array.from([0, 6])), [Infinity, 0.75]);
});
