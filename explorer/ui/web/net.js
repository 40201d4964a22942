// Runs a decoder or an encoder in plain JavaScript from a table of layers and their tensors. No DOM: node runs it too.
//
// A new kind of layer is one more entry of LAYERS: (spec, tensors, inputShape) -> {shape, flops, inPlace, run}.
// `run(input, output)` fills a buffer that is allocated once; an `inPlace` layer gets the same array as both.
import { conv2d, convTranspose2d, groupNorm, upsample } from "./conv.js";
import { flatten, linear, relu, reshape, sigmoid } from "./dense.js";
import { sizeOf } from "./shapes.js";

const LAYERS = { linear, relu, sigmoid, flatten, reshape, conv2d, convTranspose2d, groupNorm, upsample, residual };

// The input plus what the inner layers make of a copy of it.
function residual({ layers }, tensors, shape) {
  const inner = chain(layers, tensors, shape);
  if (String(inner.shape) !== String(shape)) throw new Error(`A residual block cannot turn [${shape}] into [${inner.shape}].`);
  const run = (x) => {
    const change = inner.run(x);
    for (let i = 0; i < x.length; i++) x[i] += change[i];
  };
  return { shape, flops: inner.flops, inPlace: true, run };
}

function buildLayer(spec, tensors, inputShape) {
  if (!Object.hasOwn(LAYERS, spec.type)) {
    throw new Error(`There is no layer ${spec.type}; the layers are ${Object.keys(LAYERS).join(", ")}.`);
  }
  return LAYERS[spec.type](spec, tensors, inputShape);
}

// Layers one after the other, in buffers that are allocated once.
function chain(layers, tensors, inputShape) {
  const input = new Float32Array(sizeOf(inputShape));
  const steps = [];
  let shape = inputShape;
  let buffer = input;
  for (const spec of layers) {
    const layer = buildLayer(spec, tensors, shape);
    const output = layer.inPlace ? buffer : new Float32Array(sizeOf(layer.shape));
    steps.push({ ...layer, input: buffer, output });
    shape = layer.shape;
    buffer = output;
  }
  const run = (values) => {
    input.set(values); // a copy: a first layer that works in place must not change the caller's array
    for (const step of steps) step.run(step.input, step.output);
    return buffer;
  };
  return { run, shape, flops: steps.reduce((sum, step) => sum + step.flops, 0) };
}

/**
 * @param {Array<{type: string}>} layers the first is the input, with its `shape`
 * @param {Object<string, {shape: number[], data: Float32Array}>} tensors weights in torch's layouts
 * @returns {{run: (input: Float32Array) => Float32Array, inputSize: number, outputSize: number, flops: number}}
 *   `run` gives the same array every time: copy what has to outlive the next call
 */
export function buildNet([input, ...layers], tensors) {
  if (input.type !== "input") throw new Error(`A net begins with its input, not with ${input.type}.`);
  const { run, shape, flops } = chain(layers, tensors, input.shape);
  return { run, inputSize: sizeOf(input.shape), outputSize: sizeOf(shape), flops };
}

/**
 * The net called `name` of a safetensors file: its table is metadata, its tensors begin with its name.
 *
 * @param {string} name "decoder" or "encoder"
 * @param {{metadata: Object<string, string>, tensors: Object}} file
 * @returns {Object} what `buildNet` gives, and `parity`, how far it is from torch
 */
export function readNet(name, { metadata, tensors }) {
  const net = buildNet(JSON.parse(metadata[name]), tensors);
  const [input, output] = ["input", "output"].map((side) => tensors[`${name}.reference.${side}`].data);
  return { ...net, parity: parity(net, { input, output }) };
}

/**
 * The largest |difference| from outputs that torch computed.
 *
 * @param {{run: Function, inputSize: number, outputSize: number}} net
 * @param {{input: Float32Array, output: Float32Array}} reference (n, inputSize) and (n, outputSize)
 * @returns {number} on the outputs' scale
 */
export function parity(net, { input, output }) {
  let largest = 0;
  for (let n = 0; n * net.inputSize < input.length; n++) {
    const result = net.run(input.subarray(n * net.inputSize, (n + 1) * net.inputSize));
    const expected = output.subarray(n * net.outputSize, (n + 1) * net.outputSize);
    for (let i = 0; i < result.length; i++) largest = Math.max(largest, Math.abs(result[i] - expected[i]));
  }
  return largest;
}
