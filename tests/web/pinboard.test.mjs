import assert from "node:assert/strict";
import { test } from "node:test";
import { Pinboard } from "../../explorer/ui/web/pinboard.js";

const FRAME = "a frame between A and B";
const start = (label, ...z) => ({ label, group: "last clicked", z: Float32Array.from(z) });
const pinned = (label, ...z) => ({ z, label, row: null, own: true, on: null });
const modelOf = (starts, pins = []) => (
  { starts: [start("digit 0", 9, 9), ...starts], stored: 1, panel: { pins, base: null, view: { map: "pca", dims: [0, 1] } } }
);
const places = ({ pins }) => pins.map(({ z }) => Array.from(z));

test("what comes from another page is pinned, and is no news where it is pinned already", () => {
  const fresh = new Pinboard(modelOf([start(FRAME, 1, 2)]), null, null);
  assert.deepEqual([places(fresh), fresh.hasNews], [[[1, 2]], true]);
  const known = new Pinboard(modelOf([start(FRAME, 1, 2)], [pinned(FRAME, 1, 2)]), null, null);
  assert.deepEqual([places(known), known.hasNews], [[[1, 2]], false]);
});

test("another frame with the same label is another place", () => {
  const board = new Pinboard(modelOf([start(FRAME, 1, 3)], [pinned(FRAME, 1, 2)]), null, null);
  assert.deepEqual([places(board), board.hasNews], [[[1, 2], [1, 3]], true]);
});

test("a second upload of the same name is pinned, and the first is not pinned again for its last digits", () => {
  const model = modelOf([start("mine.png", 1, 2)]);
  const before = { board: new Pinboard(model, null, null), model };
  const board = new Pinboard(modelOf([start("mine.png", 1.00001, 2), start("mine.png", -1, 2)]), null, before);
  assert.deepEqual(places(board), [[1, 2], [-1, 2]]);
});
