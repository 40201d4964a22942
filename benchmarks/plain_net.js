// The formulas of the layers as loops over their indices, the usual way to write them down.
// Builds from the same table and tensors as net.js.

const LAYERS = {
  input: (spec, tensors, x) => x,
  linear: ({ in: inputs, out: outputs, weight, bias }, tensors, { data }) => {
    const [w, b] = [tensors[weight].data, tensors[bias].data];
    return fill([outputs], (o) => {
      let sum = b[o];
      for (let i = 0; i < inputs; i++) sum += w[o * inputs + i] * data[i];
      return sum;
    });
  },
  reshape: ({ shape }, tensors, x) => ({ shape, data: x.data }),
  relu: (spec, tensors, x) => ({ shape: x.shape, data: x.data.map((value) => Math.max(0, value)) }),
  sigmoid: (spec, tensors, x) => ({ shape: x.shape, data: x.data.map((value) => 1 / (1 + Math.exp(-value))) }),
  conv2d: ({ in: inputs, out: outputs, kernel, stride, padding, weight, bias }, tensors, { shape, data }) => {
    const [, height, width] = shape;
    const [w, b] = [tensors[weight].data, tensors[bias].data];
    const size = (length) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
    return fill([outputs, size(height), size(width)], (o, y, x) => {
      let sum = b[o];
      for (let c = 0; c < inputs; c++) {
        for (let i = 0; i < kernel; i++) {
          for (let j = 0; j < kernel; j++) {
            const [row, column] = [y * stride - padding + i, x * stride - padding + j];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            sum += w[((o * inputs + c) * kernel + i) * kernel + j] * data[(c * height + row) * width + column];
          }
        }
      }
      return sum;
    });
  },
  convTranspose2d: ({ in: inputs, out: outputs, kernel, stride, padding, weight, bias }, tensors, { shape, data }) => {
    const [, height, width] = shape;
    const [w, b] = [tensors[weight].data, tensors[bias].data];
    const size = (length) => (length - 1) * stride - 2 * padding + kernel;
    const result = fill([outputs, size(height), size(width)], (o) => b[o]);
    for (let c = 0; c < inputs; c++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          for (let o = 0; o < outputs; o++) {
            for (let i = 0; i < kernel; i++) {
              for (let j = 0; j < kernel; j++) {
                const [row, column] = [y * stride - padding + i, x * stride - padding + j];
                if (row < 0 || row >= size(height) || column < 0 || column >= size(width)) continue;
                result.data[(o * size(height) + row) * size(width) + column] +=
                  w[((c * outputs + o) * kernel + i) * kernel + j] * data[(c * height + y) * width + x];
              }
            }
          }
        }
      }
    }
    return result;
  },
  residual: ({ layers }, tensors, x) => {
    const change = runAll(layers, tensors, x);
    return { shape: x.shape, data: x.data.map((value, i) => value + change.data[i]) };
  },
};

// A tensor of [length] or [channels, height, width], each value from its indices.
function fill(shape, valueAt) {
  const [channels, height = 1, width = 1] = shape;
  const data = new Float32Array(channels * height * width);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[i++] = valueAt(c, y, x);
  }
  return { shape, data };
}

function runAll(layers, tensors, x) {
  for (const spec of layers) x = LAYERS[spec.type](spec, tensors, x);
  return x;
}

export const runPlain = (layers, tensors, z) => runAll(layers, tensors, { shape: [z.length], data: z }).data;
