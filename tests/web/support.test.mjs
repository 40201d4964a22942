import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_THE_EDGE, INSIDE, NO_DATA, Support, verdictOf } from "../../explorer/ui/web/support.js";

const scale = { data: Float32Array.from([1, 2, 3, 5, 9]) };
const support = new Support(2, {
  latents: { data: Float32Array.from([0, 0, 3, 4, 1, 0, -6, 8]) },
  rows: { data: Int32Array.from([10, 20, 30, 40]) },
  "scale.radius": scale,
  "scale.nearest": scale,
  "scale.round_trip": scale,
});

test("the nearest stored latents come in order, with their rows", () => {
  const found = support.nearest(Float32Array.from([3, 3]), 3);
  assert.deepEqual(found.map(({ index }) => index), [1, 2, 0]);
  assert.deepEqual(found.map(({ row }) => row), [20, 30, 10]);
  assert.equal(found[0].distance, 1);
  assert.equal(support.nearest(Float32Array.from([0, 0]), 9).length, 4);
});

test("a number stands for the nearest row that is stored", () => {
  assert.deepEqual([20, 24, 26, -5, 999].map((number) => support.nearestRow(number)), [20, 20, 30, 10, 40]);
});

test("a percentile is interpolated between the quantiles", () => {
  assert.equal(support.percentile("radius", 0.5), 0);
  assert.equal(support.percentile("radius", 2), 0.25);
  assert.equal(support.percentile("roundTrip", 4), 0.625);
  assert.equal(support.percentile("nearest", 9), 1);
  assert.equal(support.percentile("nearest", 9.1), Infinity);
});

test("a gauge gives the usual 0.7 of its width, the edge half the rest, and what is beyond never all of it", () => {
  assert.equal(support.place("radius", 0.5), 0);
  assert.ok(Math.abs(support.place("radius", 3) - (0.7 * 0.5) / 0.95) < 1e-9);
  assert.ok(Math.abs(support.place("radius", 9) - 0.85) < 1e-9);
  assert.ok(Math.abs(support.place("radius", 18) - 0.925) < 1e-9);
  assert.ok(support.place("radius", 9e9) <= 1);
});

test("a number has two digits, none finer than those of the test images", () => {
  const small = new Support(1, {
    latents: { data: Float32Array.of(0) },
    rows: { data: Int32Array.of(0) },
    "scale.nearest": { data: Float32Array.from([0, 0.05, 2]) },
  });
  assert.deepEqual([0, 0.0123, 0.53, 1.524, 12.34].map((value) => small.digits("nearest", value)), ["0.000", "0.012", "0.53", "1.5", "12.3"]);
  assert.equal(support.digits("nearest", 0.0123), "0.0");
});

test("a stored latent is found by its row in the test split", () => {
  assert.deepEqual([...support.latentOfRow(20)], [3, 4]);
  assert.equal(support.latentOfRow(21), undefined);
});

test("the worst percentile is the verdict", () => {
  assert.equal(verdictOf([0.1, 0.95]), INSIDE);
  assert.equal(verdictOf([0.1, 0.96]), AT_THE_EDGE);
  assert.equal(verdictOf([Infinity, 0.2]), NO_DATA);
});
