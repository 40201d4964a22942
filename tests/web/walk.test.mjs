import assert from "node:assert/strict";
import { test } from "node:test";
import { anchorOf, hasNext, nextOf } from "../../explorer/ui/web/anchor.js";
import { roundUp, valueAt } from "../../explorer/ui/web/chart.js";
import { OWN, PRIOR_MEAN, RANDOM_DRAW, startOfRow } from "../../explorer/ui/web/latent.js";
import { Walk } from "../../explorer/ui/web/walk.js";

const anchors = [[2, 0], [0, 2], [0, 0], [1, 1]].map((z, start) => ({ start, label: `${start}`, z }));
const walkAt = (place) => new Walk({ anchors, square: false, way: "linear", t: 0.25, u: 0.5, v: 1, ...place });

const MODEL = {
  size: 2,
  starts: [
    { label: "a 1", group: "a", z: Float32Array.of(1, 0) },
    { label: "b 1", group: "b", z: Float32Array.of(2, 0) },
    { label: "a 2", group: "a", z: Float32Array.of(3, 0) },
  ],
  facts: { kinds: ["digit 0", "digit 1"] },
  support: { rows: [0, 7], kinds: [0, 1], latentOfRow: (row) => Float32Array.of(row, row) },
};

test("a way has one latent or one of each way, a square one of all four anchors", () => {
  assert.deepEqual(walkAt({}).latents.map((z) => [...z]), [[1.5, 0.5]]);
  const [straight, turned] = walkAt({ way: "both" }).latents;
  assert.deepEqual([...straight], [1.5, 0.5]);
  assert.ok(Math.abs(Math.hypot(...turned) - 2) < 1e-6);
  assert.deepEqual(walkAt({ square: true }).latents.map((z) => [...z]), [[0.5, 0.5]]);
});

test("swapped ends keep the image where it is on the strip's other side", () => {
  const walk = walkAt({});
  const [before] = walk.latents;
  walk.swap();
  assert.equal(walk.t, 0.75);
  assert.deepEqual(walk.latents, [before]);
});

test("a walk explains itself only where the spherical way is shown and straight", () => {
  const towardsZero = [anchors[0], anchors[2], anchors[1], anchors[3]];
  assert.equal(walkAt({ anchors: towardsZero }).excuse, null);
  assert.match(walkAt({ anchors: towardsZero, way: "both" }).excuse, /prior mean/);
  assert.equal(walkAt({ way: "spherical" }).excuse, null);
});

test("what is sent names the starts that the next visit knows, and no other", () => {
  const { anchors: sent, t, square } = walkAt({}).snapshot(2);
  assert.deepEqual(sent.map(({ start }) => start), [0, 1, OWN, OWN]);
  assert.deepEqual([sent[0].z, t, square], [[2, 0], 0.25, false]);
});

test("an anchor is a start, a test image, the prior mean or a draw", () => {
  assert.deepEqual([...anchorOf(MODEL, 1).z], [2, 0]);
  assert.deepEqual([...anchorOf(MODEL, PRIOR_MEAN).z], [0, 0]);
  assert.notDeepEqual(anchorOf(MODEL, RANDOM_DRAW).z, anchorOf(MODEL, RANDOM_DRAW).z);
  const image = anchorOf(MODEL, startOfRow(7));
  assert.deepEqual([image.label, ...image.z], ["digit 1, test image 7", 7, 7]);
});

test("the next of a kind goes round its group; a draw is drawn again; others have none", () => {
  assert.equal(nextOf(MODEL, { start: 0 }).start, 2);
  assert.equal(nextOf(MODEL, { start: 2 }).start, 0);
  assert.deepEqual([0, 1, RANDOM_DRAW, PRIOR_MEAN, OWN].map((start) => hasNext(MODEL, { start })), [true, false, true, false, false]);
});

test("a curve is read between its points, and flat beyond them", () => {
  const curve = { places: [0.25, 0.5, 0.75], values: [1, 3, 2] };
  assert.deepEqual([0, 0.25, 0.375, 0.5, 0.7, 1].map((place) => Number(valueAt(curve, place).toFixed(6))), [1, 1, 2, 3, 2.2, 2]);
});

test("an axis ends at the next round number", () => {
  assert.deepEqual([0, 0.034, 1, 1.2, 6.1, 7, 99, 100, 130].map(roundUp), [1, 0.04, 1, 1.5, 8, 8, 100, 100, 150]);
});
