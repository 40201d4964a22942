// Convolutions, plain and transposed, and the layers around them. Feature maps are [channels, height, width].
//
// A layer that is local has two more functions: `spread(from, to)` gives the first output and the one after the last
// that the inputs `from` to `to` - 1 of an axis reach, and `update(x, y, changed, reached)` computes again what lies
// within `reached`, where x has changed within `changed` alone; both are {top, bottom, left, right}.
import { sizeOf, tensorOf } from "./shapes.js";

const CHANNELS = 4; // output channels that the inner loop computes at once, for two pixels each

export function conv2d({ in: inputs, out: outputs, kernel, stride, padding, weight, bias }, tensors, inputShape) {
  const size = (length) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  const axes = (length) => [
    {
      starts: range(size(length)).map((to) => ({ to, from: to * stride })),
      taps: range(kernel).map((tap) => ({ tap, shift: tap - padding })),
    },
  ];
  const data = tensorOf(tensors, weight, [outputs, inputs, kernel, kernel]);
  const weightOf = (o, c, tap) => data[(o * inputs + c) * kernel * kernel + tap];
  const spread = (from, to) => [
    Math.ceil((from + padding - kernel + 1) / stride),
    Math.floor((to - 1 + padding) / stride) + 1,
  ];
  const sums = { inputs, outputs, kernel, size, axes, weightOf, bias: tensorOf(tensors, bias, [outputs]) };
  return { ...convolution(sums, inputShape), spread };
}

// Each output is reached by every `stride`-th tap only: the outputs of one phase see the same taps.
export function convTranspose2d({ in: inputs, out: outputs, kernel, stride, padding, weight, bias }, tensors, inputShape) {
  const size = (length) => (length - 1) * stride - 2 * padding + kernel;
  const axes = (length) =>
    range(stride).map((phase) => ({
      starts: range(Math.ceil((size(length) - phase) / stride)).map((from) => ({ to: phase + from * stride, from })),
      taps: range(kernel)
        .map((tap) => ({ tap, shift: (phase + padding - tap) / stride }))
        .filter(({ shift }) => Number.isInteger(shift)),
    }));
  const data = tensorOf(tensors, weight, [inputs, outputs, kernel, kernel]);
  const weightOf = (o, c, tap) => data[(c * outputs + o) * kernel * kernel + tap];
  const spread = (from, to) => [from * stride - padding, (to - 1) * stride - padding + kernel];
  const sums = { inputs, outputs, kernel, size, axes, weightOf, bias: tensorOf(tensors, bias, [outputs]) };
  return { ...convolution(sums, inputShape), spread };
}

export function upsample({ scale }, tensors, [channels, height, width]) {
  const shape = [channels, height * scale, width * scale];
  const rows = channels * shape[1];
  const run = (x, y) => {
    for (let row = 0, to = 0; row < rows; row++) {
      const from = Math.floor(row / scale) * width;
      for (let column = 0; column < shape[2]; column++, to++) y[to] = x[from + Math.floor(column / scale)];
    }
  };
  return { shape, flops: 0, inPlace: false, run };
}

export function groupNorm({ groups, eps, weight, bias }, tensors, shape) {
  const [channels, height, width] = shape;
  const [scale, offset] = [weight, bias].map((name) => tensorOf(tensors, name, [channels]));
  const [plane, size] = [height * width, sizeOf(shape) / groups];
  const run = (x) => {
    for (let start = 0; start < x.length; start += size) {
      const { mean, deviation } = momentsOf(x, start, start + size, eps);
      for (let i = start; i < start + size; i++) {
        const channel = Math.floor(i / plane);
        x[i] = ((x[i] - mean) / deviation) * scale[channel] + offset[channel];
      }
    }
  };
  return { shape, flops: 0, inPlace: true, run };
}

function momentsOf(x, start, end, eps) {
  let [sum, squares] = [0, 0];
  for (let i = start; i < end; i++) sum += x[i];
  const mean = sum / (end - start);
  for (let i = start; i < end; i++) squares += (x[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / (end - start) + eps) };
}

// A convolution as a gather from the padded input: output p of channel o is
// bias[o] + sum over k of weight[o][k] * padded[base[p] + offset[k]], k over input channels and taps.
function convolution({ inputs, outputs, kernel, size, axes, weightOf, bias }, [channels, height, width]) {
  if (channels !== inputs) throw new Error(`A convolution of ${inputs} channels cannot take ${channels}.`);
  const shape = [outputs, size(height), size(width)];
  const [rows, columns] = [axes(height), axes(width)];
  const margin = Math.max(marginOf(rows, height), marginOf(columns, width));
  const [paddedHeight, paddedWidth] = [height + 2 * margin, width + 2 * margin];
  const padded = new Float32Array(channels * paddedHeight * paddedWidth);
  const place = (y, x) => (y + margin) * paddedWidth + x + margin;
  const parts = rows.flatMap((row) =>
    columns.map((column) => {
      const pixels = row.starts.flatMap((y) => column.starts.map((x) => [y, x]));
      const taps = row.taps.flatMap((y) => column.taps.map((x) => [y, x]));
      if (pixels.length % 2) pixels.push(pixels.at(-1)); // two at a time: the odd one is computed twice
      return {
        base: Int32Array.from(pixels, ([y, x]) => place(y.from, x.from)),
        to: Int32Array.from(pixels, ([y, x]) => y.to * shape[2] + x.to),
        offset: Int32Array.from(range(channels).flatMap((c) =>
          taps.map(([y, x]) => c * paddedHeight * paddedWidth + y.shift * paddedWidth + x.shift))),
        weight: packed(outputs, channels, taps.map(([y, x]) => y.tap * kernel + x.tap), weightOf),
      };
    }),
  );
  const load = (x, { top, bottom, left, right }) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let line = top; line < bottom; line++) {
        const row = (channel * height + line) * width;
        padded.set(x.subarray(row + left, row + right), channel * paddedHeight * paddedWidth + place(line, left));
      }
    }
  };
  const run = (x, y) => {
    load(x, { top: 0, bottom: height, left: 0, right: width });
    for (const part of parts) gather(padded, part, bias, outputs, shape[1] * shape[2], y);
  };
  const update = (x, y, changed, reached) => {
    load(x, changed);
    for (const part of parts) gather(padded, within(part, reached, shape[2]), bias, outputs, shape[1] * shape[2], y);
  };
  const flops = parts.reduce((sum, { to, offset }) => sum + 2 * to.length * offset.length * outputs, 0);
  return { shape, flops, inPlace: false, run, update };
}

// The part's outputs that lie within a region of a map of this width.
function within({ base, to, ...rest }, { top, bottom, left, right }, width) {
  const kept = [];
  for (let p = 0; p < to.length; p++) {
    const row = Math.floor(to[p] / width);
    const column = to[p] - row * width;
    if (row >= top && row < bottom && column >= left && column < right) kept.push(p);
  }
  if (kept.length % 2) kept.push(kept.at(-1));
  return { base: Int32Array.from(kept, (p) => base[p]), to: Int32Array.from(kept, (p) => to[p]), ...rest };
}

// Groups of four output channels, one after the other: (o / 4, k, 4), zeros after the last channel.
function packed(outputs, channels, taps, weightOf) {
  const groups = Math.ceil(outputs / CHANNELS);
  const result = new Float32Array(groups * channels * taps.length * CHANNELS);
  let i = 0;
  for (let group = 0; group < groups; group++) {
    for (let c = 0; c < channels; c++) {
      for (const tap of taps) {
        for (let o = group * CHANNELS; o < (group + 1) * CHANNELS; o++) result[i++] = o < outputs ? weightOf(o, c, tap) : 0;
      }
    }
  }
  return result;
}

// Eight sums in registers: six loads for eight products.
function gather(padded, { base, to, offset, weight }, bias, outputs, plane, y) {
  for (let o = 0; o < outputs; o += CHANNELS) {
    const first = o * offset.length;
    for (let p = 0; p < base.length; p += 2) {
      const left = base[p], right = base[p + 1];
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      for (let k = 0, w = first; k < offset.length; k++, w += CHANNELS) {
        const u = padded[left + offset[k]], v = padded[right + offset[k]];
        const w0 = weight[w], w1 = weight[w + 1], w2 = weight[w + 2], w3 = weight[w + 3];
        a0 += w0 * u; a1 += w1 * u; a2 += w2 * u; a3 += w3 * u;
        b0 += w0 * v; b1 += w1 * v; b2 += w2 * v; b3 += w3 * v;
      }
      put(y, o, outputs, plane, bias, to[p], a0, a1, a2, a3);
      put(y, o, outputs, plane, bias, to[p + 1], b0, b1, b2, b3);
    }
  }
}

function put(y, o, outputs, plane, bias, pixel, s0, s1, s2, s3) {
  y[o * plane + pixel] = s0 + bias[o];
  if (o + 1 < outputs) y[(o + 1) * plane + pixel] = s1 + bias[o + 1];
  if (o + 2 < outputs) y[(o + 2) * plane + pixel] = s2 + bias[o + 2];
  if (o + 3 < outputs) y[(o + 3) * plane + pixel] = s3 + bias[o + 3];
}

const marginOf = (axes, length) =>
  Math.max(0, ...axes.flatMap(({ starts, taps }) =>
    starts.flatMap(({ from }) => taps.flatMap(({ shift }) => [-(from + shift), from + shift - length + 1]))));

const range = (length) => Array.from({ length }, (_, index) => index);
