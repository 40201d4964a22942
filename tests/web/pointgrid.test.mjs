import assert from "node:assert/strict";
import { test } from "node:test";
import { PointGrid } from "../../explorer/ui/web/pointgrid.js";
import { uniform } from "../../explorer/ui/web/random.js";

const COUNT = 3000;

/** Half of them in a tight clump. */
function scattered() {
  const at = (n, axis) => (n % 2 ? 10 : 0.1) * (uniform(axis, n) - 0.5);
  return [0, 1].map((axis) => Float32Array.from({ length: COUNT }, (_, n) => at(n, axis)));
}

function sorted(xs, ys, x, y) {
  return Array.from(xs, (_, n) => (xs[n] - x) ** 2 + (ys[n] - y) ** 2).sort((a, b) => a - b);
}

test("the nearest points are those of a search through all, within the map and far outside", () => {
  const [xs, ys] = scattered();
  const grid = new PointGrid(xs, ys);
  for (const [x, y] of [[0, 0], [0.04, -0.03], [4.9, 4.9], [-30, 2], [3, 50], [-60, -70]]) {
    const found = grid.nearest(x, y, 13);
    assert.deepEqual(found.map(({ square }) => square), sorted(xs, ys, x, y).slice(0, 13));
    assert.ok(found.every(({ index, square }) => (xs[index] - x) ** 2 + (ys[index] - y) ** 2 === square));
  }
});

test("of few points no more are found than there are, and points may coincide", () => {
  const grid = new PointGrid(new Float32Array(3), new Float32Array(3));
  assert.deepEqual(grid.nearest(1, 0, 5).map(({ square }) => square), [1, 1, 1]);
});

test("a lasso takes the points within it, however it bends", () => {
  const grid = new PointGrid(Float32Array.from([1, 3, 5, 3]), Float32Array.from([1, 1, 1, 4]));
  const bay = [[0, 0], [6, 0], [6, 5], [4, 5], [4, 0.5], [2, 0.5], [2, 5], [0, 5]];
  assert.deepEqual(grid.within(bay), [0, 2]);
});
