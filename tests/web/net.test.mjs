import assert from "node:assert/strict";
import { test } from "node:test";
import { buildNet as build, parity } from "../../explorer/ui/web/net.js";

const tensors = {
  weight: { shape: [2, 3], data: new Float32Array([1, 2, 3, -1, -2, -3]) },
  bias: { shape: [2], data: new Float32Array([0.5, 0.25]) },
};
const buildNet = (layers, tensors, shape = [3]) => build([{ type: "input", shape }, ...layers], tensors);
const linear = { type: "linear", in: 3, out: 2, weight: "weight", bias: "bias" };
const run = (layers, input) => [...buildNet(layers, tensors).run(new Float32Array(input))];

test("a linear layer has torch's weight layout, and zeros are skipped rightly", () => {
  assert.deepEqual(run([linear], [1, 0, 2]), [7.5, -6.75]);
  assert.deepEqual(run([linear], [0, 0, 0]), [0.5, 0.25]);
});

test("activations follow their formulas and reshape changes nothing", () => {
  assert.deepEqual(run([linear, { type: "relu" }, { type: "reshape", shape: [1, 1, 2] }], [1, 0, 2]), [7.5, 0]);
  const [bias, sigmoid] = [tensors.bias.data, (x) => 1 / (1 + Math.exp(-x))];
  assert.deepEqual(run([linear, { type: "sigmoid" }], [0, 0, 0]), [...bias.map(sigmoid)]);
});

// channel 0 is [[1, 2], [3, 4]], channel 1 ten times as much
const maps = [1, 2, 3, 4, 10, 20, 30, 40];
const feature = (layers, extra = {}) => {
  return [...buildNet(layers, extra, [2, 2, 2]).run(new Float32Array(maps))];
};
const tensor = (shape, data) => ({ shape, data: new Float32Array(data) });

test("a convolution pads with zeros, sums over channels and taps, and steps by its stride", () => {
  const spec = { type: "conv2d", in: 2, out: 1, kernel: 3, stride: 1, padding: 1, weight: "w", bias: "b" };
  const taps = [0, 1, 0, 0, 0, 2, 0, 0, 0]; // the pixel above, and twice the one at the right
  const extra = { w: tensor([1, 2, 3, 3], [...taps, ...taps.map((tap) => tap / 10)]), b: tensor([1], [0.5]) };
  assert.deepEqual(feature([spec], extra), [8.5, 0.5, 18.5, 4.5]);
  assert.deepEqual(feature([{ ...spec, stride: 2 }], extra), [8.5]);
});

test("a transposed convolution spreads each pixel over its kernel", () => {
  const spec = { type: "convTranspose2d", in: 2, out: 1, kernel: 2, stride: 2, padding: 0, weight: "w", bias: "b" };
  const extra = { w: tensor([2, 1, 2, 2], [1, 2, 3, 4, 0, 0, 0, 0]), b: tensor([1], [0]) };
  assert.deepEqual(feature([spec], extra), [1, 2, 2, 4, 3, 4, 6, 8, 3, 6, 4, 8, 9, 12, 12, 16]);
});

test("upsampling repeats pixels, and normalisation is over a group's channels", () => {
  const twice = [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4];
  assert.deepEqual(feature([{ type: "upsample", scale: 2 }]), [...twice, ...twice.map((value) => 10 * value)]);
  const extra = { w: tensor([2], [1, 2]), b: tensor([2], [0, 5]) };
  const each = feature([{ type: "groupNorm", groups: 2, eps: 0, weight: "w", bias: "b" }], extra);
  const spread = Math.sqrt(1.25);
  const expected = [-1.5, -0.5, 0.5, 1.5].map((value) => value / spread);
  [...expected, ...expected.map((value) => 2 * value + 5)].forEach((value, i) => assert.ok(Math.abs(each[i] - value) < 1e-6));
});

test("a residual block adds its input, which its layers cannot change", () => {
  const halved = { type: "conv2d", in: 2, out: 2, kernel: 1, stride: 1, padding: 0, weight: "w", bias: "b" };
  const extra = { w: tensor([2, 2, 1, 1], [-0.5, 0, 0, -0.5]), b: tensor([2], [0, 0]) };
  const minus = { type: "residual", layers: [halved, { type: "relu" }] };
  assert.deepEqual(feature([minus], extra), maps); // relu(-x / 2) = 0
  assert.deepEqual(feature([{ type: "residual", layers: [{ type: "relu" }, halved] }], extra), maps.map((x) => x / 2));
  assert.throws(() => feature([{ type: "residual", layers: [{ type: "upsample", scale: 2 }] }]), /turn \[2,2,2\] into \[2,4,4\]/);
});

test("the caller's input stays as it was and the output array is reused", () => {
  const net = buildNet([linear, { type: "relu" }], tensors);
  const input = new Float32Array([1, -1, 2]);
  assert.equal(net.run(input), net.run(input));
  assert.deepEqual([...input], [1, -1, 2]);
  assert.deepEqual([net.inputSize, net.outputSize, net.flops], [3, 2, 12]);
});

test("parity is the largest difference over all rows", () => {
  const reference = { input: new Float32Array(6), output: new Float32Array([0.5, 0.25, 0.5, 0.375]) };
  assert.equal(parity(buildNet([linear], tensors), reference), 0.125);
});

test("a table begins with the shape of its input", () => {
  assert.throws(() => build([linear], tensors), /begins with its input, not with linear/);
  assert.deepEqual(feature([{ type: "flatten" }, { type: "reshape", shape: [1, 2, 4] }]), maps);
});

test("a table that cannot be run names what is wrong", () => {
  assert.throws(() => buildNet([linear, { type: "conv" }], tensors), /no layer conv; the layers are linear, relu/);
  assert.throws(() => buildNet([linear, { type: "toString" }], tensors), /no layer toString/);
  assert.throws(() => buildNet([{ ...linear, weight: "w" }], tensors), /no tensor w/);
  assert.throws(() => buildNet([{ ...linear, in: 4 }], tensors, [4]), /weight is \[2,3\], not \[2,4\]/);
  assert.throws(() => buildNet([linear, linear], tensors), /3 inputs cannot take \[2\]/);
  assert.throws(() => buildNet([linear, { type: "reshape", shape: [3] }], tensors), /reshape \[2\] to \[3\]/);
});
