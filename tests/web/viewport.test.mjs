import assert from "node:assert/strict";
import { test } from "node:test";
import { Viewport } from "../../explorer/ui/web/viewport.js";

const BOUNDS = { left: -2, right: 6, bottom: -1, top: 3 };

function opened() {
  const viewport = new Viewport(BOUNDS);
  viewport.resize(800, 600);
  return viewport;
}

const near = (actual, expected) => expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) < 1e-9, `${actual} ${expected}`));

test("all of the map is shown at first, with its middle in the middle", () => {
  const viewport = opened();
  near(viewport.placeOf(400, 300), [2, 1]);
  const { left, right, bottom, top } = viewport.shown;
  assert.ok(left < -2 && right > 6 && bottom < -1 && top > 3);
});

test("places and pixels go back and forth, y upwards, equally far in both directions", () => {
  const viewport = opened();
  near(viewport.placeOf(...viewport.screenOf(4.5, -0.25)), [4.5, -0.25]);
  const [x, y] = viewport.screenOf(2, 1);
  const [x1, y1] = viewport.screenOf(3, 2);
  assert.ok(x1 - x > 0 && Math.abs(x1 - x - (y - y1)) < 1e-9);
});

test("a zoom keeps the place under the pointer, and a pan moves by its pixels", () => {
  const viewport = opened();
  const place = viewport.placeOf(500, 200);
  viewport.zoomAt(3, 500, 200);
  near(viewport.placeOf(500, 200), place);
  const [x, y] = viewport.screenOf(2, 1);
  viewport.pan(30, -20);
  near(viewport.screenOf(2, 1), [x + 30, y - 20]);
});

test("the middle stays among the points, the zoom within its ends, and all is shown again", () => {
  const viewport = opened();
  viewport.pan(1e6, 1e6);
  assert.deepEqual([viewport.x, viewport.y], [-2, 3]);
  viewport.zoomAt(1e9, 400, 300);
  const most = viewport.zoom;
  viewport.zoomAt(2, 400, 300);
  assert.equal(viewport.zoom, most);
  viewport.fit();
  assert.deepEqual([viewport.x, viewport.y, viewport.zoom], [2, 1, 1]);
});

test("another size keeps what is in the middle", () => {
  const viewport = opened();
  viewport.goTo(3, 2, 4);
  viewport.resize(400, 900);
  near(viewport.placeOf(200, 450), [3, 2]);
  assert.equal(viewport.zoom, 4);
});
