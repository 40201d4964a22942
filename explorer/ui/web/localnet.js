// Runs a decoder whose layers are local: where its input changes a little, only what that reaches is computed again.
// No DOM: node and workers run it too.
//
// Every layer keeps its output. Regions are {top, bottom, left, right} of a layer's map, bottom and right beyond them.
import { conv2d, convTranspose2d } from "./conv.js";
import { sizeOf } from "./shapes.js";

const LOCAL_LAYERS = {
  conv2d,
  convTranspose2d,
  relu: eachValue((value) => (value < 0 ? 0 : value)),
  sigmoid: eachValue((value) => 1 / (1 + Math.exp(-value))),
  residual: localResidual,
};

/**
 * @param {Array<{type: string}>} table of layers, as net.js has it
 * @param {Object<string, {shape: number[], data: Float32Array}>} tensors
 * @param {number[]} shape of the input, whatever the table says of it
 * @returns {{input: Float32Array, output: Float32Array, shape: number[], update: Function, spread: Function}}
 *   `update(changed)` follows changes of `input` within a region into `output`, and gives the region that they reach;
 *   what is not local is refused
 */
export function buildLocalNet([, ...layers], tensors, shape) {
  const input = new Float32Array(sizeOf(shape));
  const inner = localChain(layers, tensors, shape);
  const { output, spread } = inner;
  return { input, output, shape: inner.shape, spread, update: (changed) => inner.follow(input, changed) };
}

/** @returns {{top: number, bottom: number, left: number, right: number}} all of a map */
export const everything = ([, height, width]) => ({ top: 0, bottom: height, left: 0, right: width });

function localChain(layers, tensors, inputShape) {
  let shape = inputShape;
  const steps = layers.map((spec) => {
    if (!Object.hasOwn(LOCAL_LAYERS, spec.type)) throw new Error(`A layer ${spec.type} is not local.`);
    const layer = LOCAL_LAYERS[spec.type](spec, tensors, shape);
    shape = layer.shape;
    return { ...layer, output: new Float32Array(sizeOf(shape)) };
  });
  const spread = (from, to) => steps.reduce((span, layer) => layer.spread(...span), [from, to]);
  const follow = (input, changed) => {
    let [x, region] = [input, changed];
    for (const layer of steps) {
      const reached = reachedBy(layer, region);
      layer.update(x, layer.output, region, reached);
      [x, region] = [layer.output, reached];
    }
    return region;
  };
  return { shape, output: steps.at(-1).output, spread, follow };
}

/** The region of a layer's output that a region of its input reaches. */
function reachedBy({ shape: [, height, width], spread }, { top, bottom, left, right }) {
  const [rows, columns] = [spread(top, bottom), spread(left, right)];
  return {
    top: Math.max(0, rows[0]),
    bottom: Math.min(height, rows[1]),
    left: Math.max(0, columns[0]),
    right: Math.min(width, columns[1]),
  };
}

function eachValue(apply) {
  return (spec, tensors, shape) => {
    const update = (x, y, changed, reached) => {
      for (const [start, end] of rowsOf(shape, reached)) for (let i = start; i < end; i++) y[i] = apply(x[i]);
    };
    return { shape, spread: (from, to) => [from, to], update };
  };
}

function localResidual({ layers }, tensors, shape) {
  const inner = localChain(layers, tensors, shape);
  const update = (x, y, changed, reached) => {
    inner.follow(x, changed);
    for (const [start, end] of rowsOf(shape, reached)) for (let i = start; i < end; i++) y[i] = x[i] + inner.output[i];
  };
  const spread = (from, to) => {
    const [first, end] = inner.spread(from, to);
    return [Math.min(from, first), Math.max(to, end)];
  };
  return { shape, spread, update };
}

/** The start and the end of each row of a region, of every channel. */
function* rowsOf([channels, height, width], { top, bottom, left, right }) {
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < bottom; row++) {
      const start = (channel * height + row) * width;
      yield [start + left, start + right];
    }
  }
}
