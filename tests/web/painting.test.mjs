import assert from "node:assert/strict";
import { test } from "node:test";
import { footprint, Painting } from "../../explorer/ui/web/painting.js";

const blank = (side) => new Painting(new Uint8Array(side * side), side);
const painted = ({ codes }) => [...codes.keys()].filter((site) => codes[site]);

test("a brush covers a square, cut at the map's edge", () => {
  assert.deepEqual(footprint(12, 1, 5), [12]);
  assert.deepEqual(footprint(12, 2, 5), [12, 13, 17, 18]);
  assert.deepEqual(footprint(12, 3, 5), [6, 7, 8, 11, 12, 13, 16, 17, 18]);
  assert.deepEqual(footprint(0, 3, 5), [0, 1, 5, 6]);
  assert.deepEqual(footprint(24, 5, 5), [12, 13, 14, 17, 18, 19, 22, 23, 24]);
});

test("a fast stroke leaves no gap", () => {
  const painting = blank(5);
  painting.begin();
  assert.ok(painting.stroke(0, 24, 1, 3));
  assert.deepEqual(painted(painting), [0, 6, 12, 18, 24]);
  assert.ok(painting.stroke(24, 20, 1, 3));
  assert.deepEqual(painted(painting), [0, 6, 12, 18, 20, 21, 22, 23, 24]);
});

test("a stroke of several dabs is one step; undo and redo are exact", () => {
  const painting = blank(4);
  painting.begin();
  painting.dab(0, 1, 5);
  painting.dab(1, 1, 6);
  painting.begin();
  painting.dab(0, 2, 7);
  assert.deepEqual([...painting.codes.slice(0, 6)], [7, 7, 0, 0, 7, 7]);
  assert.ok(painting.undo());
  assert.deepEqual([...painting.codes.slice(0, 6)], [5, 6, 0, 0, 0, 0]);
  assert.ok(painting.undo());
  assert.ok(!painting.isPainted);
  assert.ok(!painting.undo());
  assert.ok(painting.redo());
  assert.ok(painting.redo());
  assert.ok(!painting.redo());
  assert.deepEqual([...painting.codes.slice(0, 6)], [7, 7, 0, 0, 7, 7]);
});

test("what is painted after an undo forgets what was undone, and a dab that changes nothing is no step", () => {
  const painting = blank(3);
  for (const code of [1, 2]) {
    painting.begin();
    painting.dab(4, 1, code);
  }
  painting.undo();
  painting.begin();
  assert.ok(!painting.dab(4, 1, 1));
  assert.ok(painting.redo());
  painting.undo();
  painting.begin();
  painting.dab(0, 1, 9);
  assert.ok(!painting.redo());
});

test("reset is a step that can be taken back, and leaves the caller's map alone", () => {
  const codes = Uint8Array.from([1, 2, 3, 4]);
  const painting = new Painting(codes, 2);
  assert.ok(!painting.reset());
  painting.begin();
  painting.dab(0, 2, 8);
  assert.ok(painting.reset());
  assert.deepEqual([...painting.codes], [1, 2, 3, 4]);
  painting.undo();
  assert.deepEqual([...painting.codes], [8, 8, 8, 8]);
  assert.deepEqual([...codes], [1, 2, 3, 4]);
});
