import assert from "node:assert/strict";
import { test } from "node:test";
import { Distribution, drawNoise } from "../../explorer/ui/web/distribution.js";
import { normalQuantile, normalShare, uniform } from "../../explorer/ui/web/random.js";

const COUNT = 40_000;
const draws = (seed) => Array.from({ length: COUNT }, (_, index) => uniform(seed, index));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** mulberry32 as it is published. */
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test("the sequence of a seed is mulberry32's, and any number of it is had alone", () => {
  for (const seed of [0, 1, 12345, 2 ** 32 - 1]) {
    const next = mulberry32(seed);
    for (let index = 0; index < 100; index++) assert.equal(uniform(seed, index) - 0.5 / 2 ** 32, next());
  }
});

test("the numbers are even, and those of neighbouring seeds have nothing to do with each other", () => {
  const [first, second] = [draws(7), draws(8)];
  assert.ok(Math.abs(mean(first) - 0.5) < 0.01);
  assert.ok(Math.abs(mean(first.map((value) => (value - 0.5) ** 2)) - 1 / 12) < 0.002);
  assert.ok(Math.abs(mean(first.map((value, i) => (value - 0.5) * (second[i] - 0.5)))) < 0.002);
});

test("quantiles of the normal distribution are its known ones, and its shares the other way round", () => {
  const known = { 0.5: 0, 0.975: 1.959963984540054, 0.001: -3.090232306167813, 1e-12: -7.034483825301131 };
  for (const [share, value] of Object.entries(known)) assert.ok(Math.abs(normalQuantile(Number(share)) - value) < 1e-9, share);
  for (const x of [-6, -4, -1.5, -0.1, 0, 2]) assert.ok(Math.abs(normalQuantile(normalShare(x)) - x) < 1e-6, x);
});

test("a truncated draw stays within its bounds and moves with them without a jump", () => {
  const bounds = Array.from({ length: 400 }, (_, step) => 0.1 + step / 100);
  for (let index = 0; index < 50; index++) {
    const path = bounds.map((truncation) => drawNoise(3, index, 2, truncation).normals[0]);
    assert.ok(path.every((value, step) => Math.abs(value) <= bounds[step]));
    assert.ok(path.slice(1).every((value, step) => Math.abs(value - path[step]) < 0.011));
    assert.ok(Math.abs(drawNoise(3, index, 2, 6).normals[0] - drawNoise(3, index, 2, Infinity).normals[0]) < 1e-6);
  }
});

test("a mixture draws its components by their weights, and temperature scales about their means", () => {
  const mixture = new Distribution(1, new Float32Array([0.25, 0.75]), new Float32Array([-10, 10]), new Float32Array([1, 2]));
  const at = (temperature) => Array.from({ length: 2000 }, (_, index) => mixture.draw(drawNoise(1, index, 1, Infinity), temperature)[0]);
  const [cold, warm] = [at(0), at(1)];
  assert.ok(Math.abs(mean(cold.map((value) => Number(value === 10))) - 0.75) < 0.03);
  const spread = (centre) => Math.sqrt(mean(warm.filter((_, i) => cold[i] === centre).map((value) => (value - centre) ** 2)));
  assert.ok(Math.abs(spread(-10) - 1) < 0.1 && Math.abs(spread(10) - 2) < 0.15, `${spread(-10)} ${spread(10)}`);
  assert.deepEqual(at(1), warm);
});

test("the prior is the noise itself, at its temperature", () => {
  const noise = drawNoise(5, 0, 3, Infinity);
  assert.deepEqual([...Distribution.prior(3).draw(noise, 0.5)], [...Float32Array.from(noise.normals, (value) => 0.5 * value)]);
});
