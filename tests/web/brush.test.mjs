import assert from "node:assert/strict";
import { test } from "node:test";
import { BLACK, centredByMass, Drawing, WHITE } from "../../explorer/ui/web/brush.js";

const SHAPE = { channels: 1, width: 12, height: 10 };
const PEN = { width: 3, ink: WHITE };
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} ${b}`);

function stroke(drawing, pen, [first, ...others]) {
  drawing.begin(...first, pen);
  for (const place of others) drawing.extend(...place);
}

function drawn(pen, ...strokes) {
  const drawing = new Drawing(SHAPE);
  for (const places of strokes) stroke(drawing, pen, places);
  return drawing;
}

const at = (drawing, x, y) => drawing.image[y * SHAPE.width + x];

test("a stroke is white within, fades over its rim and leaves the rest black", () => {
  const line = drawn(PEN, [[2.5, 5.5], [9.5, 5.5]]);
  assert.equal(at(line, 6, 5), 1);
  close(at(line, 6, 6), at(line, 6, 4));
  assert.ok(at(line, 6, 6) > 0.9);
  assert.ok(at(line, 6, 7) > 0 && at(line, 6, 7) < 0.1);
  assert.equal(at(line, 6, 8), 0);
  assert.equal(at(line, 11, 5) < 0.1, true);
});

test("the edge of a stroke lies where the pen's width says: half a pixel there is half covered", () => {
  const dot = drawn({ width: 4, ink: WHITE }, [[5.5, 4.5]]);
  close(at(dot, 7, 4), 0.5); // its centre is 2 pixels away
});

test("how fast the pen moves changes nothing: a line is the same in one piece and in many", () => {
  const many = Array.from({ length: 29 }, (_, i) => [2 + i / 4, 3 + i / 8]);
  const [slow, fast] = [drawn(PEN, many), drawn(PEN, [many[0], many.at(-1)])];
  slow.image.forEach((value, i) => close(value, fast.image[i]));
});

test("a stroke over itself is not painted twice, another stroke is", () => {
  const line = [[2.5, 5.5], [9.5, 5.5]];
  const once = drawn(PEN, line);
  assert.deepEqual(drawn(PEN, [...line, line[0]]).image, once.image);
  const rim = at(once, 6, 7);
  close(at(drawn(PEN, line, line), 6, 7), 1 - (1 - rim) ** 2);
});

test("the eraser takes white away, all channels alike", () => {
  const drawing = new Drawing({ ...SHAPE, channels: 3 });
  drawing.replace(drawing.image.slice().fill(0.8));
  stroke(drawing, { width: 3, ink: BLACK }, [[6.5, 5.5]]);
  for (const channel of [0, 1, 2]) {
    assert.equal(drawing.image[channel * 120 + 5 * 12 + 6], 0);
    close(drawing.image[channel * 120], 0.8);
  }
});

test("a pen that leaves the pad paints what lies on it", () => {
  const drawing = drawn(PEN, [[-20, 5.5], [40, 5.5]]);
  for (let x = 0; x < SHAPE.width; x++) assert.equal(at(drawing, x, 5), 1);
});

test("undo takes back strokes, clearing and copies one by one", () => {
  const drawing = drawn(PEN, [[2.5, 2.5]]);
  const first = drawing.image.slice();
  stroke(drawing, PEN, [[8.5, 8.5]]);
  const second = drawing.image.slice();
  drawing.clear();
  assert.ok(drawing.isBlank);
  assert.ok(drawing.undo());
  assert.deepEqual(drawing.image, second);
  assert.ok(drawing.undo());
  assert.deepEqual(drawing.image, first);
  assert.ok(drawing.undo());
  assert.ok(drawing.isBlank);
  assert.equal(drawing.undo(), false);
});

test("centring moves the centre of mass to the middle, and an empty image nowhere", () => {
  const drawing = drawn(PEN, [[2.5, 2.5]]); // around pixel (2, 2), which comes to (6, 5)
  const moved = centredByMass(drawing.image, SHAPE);
  const expected = drawn(PEN, [[6.5, 5.5]]).image;
  moved.forEach((value, i) => close(value, expected[i]));
  assert.deepEqual(centredByMass(moved, SHAPE), moved);
  assert.ok(centredByMass(new Float32Array(120), SHAPE).every((value) => value === 0));
});
