import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPrior, Latent, OWN, PRIOR_MEAN, RANDOM_DRAW, rowOfStart, startOfRow } from "../../explorer/ui/web/latent.js";

test("only what differs from the last commit is committed", () => {
  const latent = new Latent(2);
  assert.equal(latent.commit(), false);
  latent.z[1] = 0.5;
  assert.equal(latent.commit(), true);
  assert.equal(latent.commit(), false);
  latent.start = RANDOM_DRAW;
  assert.equal(latent.commit(), true);
});

test("undo goes back step by step, with the start that belonged to it", () => {
  const latent = new Latent(2);
  latent.begin(3, [1, 2]);
  latent.open();
  latent.z[0] = 9;
  latent.commit();
  latent.begin(PRIOR_MEAN, [0, 0]);
  latent.commit();
  assert.equal(latent.undo(), true);
  assert.deepEqual([[...latent.z], [...latent.origin], latent.start], [[9, 2], [1, 2], 3]);
  assert.equal(latent.undo(), true);
  assert.deepEqual([...latent.z], [1, 2]);
  assert.equal(latent.undo(), false);
});

test("editing z leaves the start as it was", () => {
  const latent = new Latent(1);
  latent.begin(0, [4]);
  latent.z[0] = 5;
  assert.deepEqual([...latent.origin], [4]);
});

test("draws of the prior have mean 0 and variance 1", () => {
  const draws = drawPrior(100_000);
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const variance = draws.reduce((sum, value) => sum + value * value, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03, `${mean} ${variance}`);
});

test("a test image as a start is told apart from every other start", () => {
  assert.deepEqual([0, 7, 9999].map((row) => rowOfStart(startOfRow(row))), [0, 7, 9999]);
  assert.deepEqual([0, 12, PRIOR_MEAN, RANDOM_DRAW, OWN].map(rowOfStart), Array(5).fill(null));
});
