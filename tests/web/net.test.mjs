import assert from "node:assert/strict";
import { test } from "node:test";
import { buildNet, parity } from "../../explorer/ui/web/net.js";

const tensors = {
  weight: { shape: [2, 3], data: new Float32Array([1, 2, 3, -1, -2, -3]) },
  bias: { shape: [2], data: new Float32Array([0.5, 0.25]) },
};
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

test("a table that cannot be run names what is wrong", () => {
  assert.throws(() => buildNet([linear, { type: "conv" }], tensors), /no layer conv; the layers are linear, relu/);
  assert.throws(() => buildNet([linear, { type: "toString" }], tensors), /no layer toString/);
  assert.throws(() => buildNet([{ ...linear, weight: "w" }], tensors), /no tensor w/);
  assert.throws(() => buildNet([{ ...linear, in: 4 }], tensors), /weight is \[2,3\], not \[2,4\]/);
  assert.throws(() => buildNet([linear, linear], tensors), /3 inputs cannot take \[2\]/);
  assert.throws(() => buildNet([linear, { type: "reshape", shape: [3] }], tensors), /reshape \[2\] to \[3\]/);
});
