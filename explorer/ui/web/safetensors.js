// Reads a safetensors file: u64 header length, a JSON header, then the tensors' bytes, all little-endian.

const MAX_HEADER = 100_000_000; // the format's own limit

const READERS = {
  F32: (bytes) => new Float32Array(bytes.buffer),
  I32: (bytes) => new Int32Array(bytes.buffer),
  U8: (bytes) => bytes,
  U16: (bytes) => new Uint16Array(bytes.buffer),
  F16: (bytes) => new Float32Array(new Uint16Array(bytes.buffer)).map((bits) => halfTable()[bits]),
};

let halves = null;

/** @returns {Float32Array} (65536,) the value of every half-precision bit pattern */
function halfTable() {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits));
  return halves;
}

function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24; // zero and the subnormals
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/**
 * Half-precision tensors become Float32Array. The bytes may lie at any offset of their buffer: every
 * tensor is copied out.
 *
 * @param {Uint8Array} bytes the whole file
 * @returns {{metadata: Object<string, string>,
 *   tensors: Object<string, {dtype: string, shape: number[], data: Float32Array|Int32Array|Uint8Array|Uint16Array}>}}
 */
export function readSafetensors(bytes) {
  const { header, body } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = {};
  for (const [name, entry] of Object.entries(entries)) tensors[name] = readTensor(name, entry, body);
  return { metadata, tensors };
}

function readHeader(bytes) {
  if (bytes.length < 8) throw new Error(`Not a safetensors file: ${bytes.length} bytes are too few for a header.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > bytes.length) {
    throw new Error(`Not a safetensors file: a header of ${length} bytes does not fit in ${bytes.length}.`);
  }
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  return { header: parseHeader(text), body: bytes.subarray(8 + length) };
}

function parseHeader(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Not a safetensors file: its header is not JSON (${error.message}).`);
  }
}

function readTensor(name, { dtype, shape, data_offsets: [start, end] }, body) {
  const read = READERS[dtype];
  if (!read) throw new Error(`Tensor ${name} is ${dtype}; only ${Object.keys(READERS).join(", ")} can be read.`);
  if (end > body.length) throw new Error(`Tensor ${name} ends at byte ${end} of ${body.length}: the file is cut short.`);
  const data = read(new Uint8Array(body.subarray(start, end))); // a node Buffer's slice() is no copy
  const size = shape.reduce((product, length) => product * length, 1);
  if (data.length !== size) throw new Error(`Tensor ${name} has ${data.length} values for the shape [${shape}].`);
  return { dtype, shape, data };
}
