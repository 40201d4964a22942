import assert from "node:assert/strict";
import { test } from "node:test";
import { readSafetensors } from "../../explorer/ui/web/safetensors.js";

/** A safetensors file whose tensors start at an odd offset of their buffer. */
function file(header, body = new Uint8Array(0)) {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(1 + 8 + text.length + body.length).subarray(1);
  new DataView(bytes.buffer, 1).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

function halves(...bits) {
  const body = new Uint8Array(new Uint16Array(bits).buffer);
  return readSafetensors(file({ x: { dtype: "F16", shape: [bits.length], data_offsets: [0, body.length] } }, body))
    .tensors.x.data;
}

test("halves: zero, subnormals, normals, infinities and NaN", () => {
  assert.deepEqual([...halves(0x0000, 0x0001, 0x03ff, 0x0400)], [0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14]);
  assert.deepEqual([...halves(0x3c00, 0xc000, 0x3555, 0x7bff)], [1, -2, 0.333251953125, 65504]);
  assert.deepEqual([...halves(0x7c00, 0xfc00, 0x7e00)], [Infinity, -Infinity, NaN]);
  assert.ok(Object.is(halves(0x8000)[0], -0));
});

test("every dtype is read from bytes at an odd offset", () => {
  const body = new Uint8Array([7, ...new Uint8Array(new Float32Array([1.5, -2]).buffer), 0xff, 0xff, 0xff, 0xff]);
  const { metadata, tensors } = readSafetensors(file({
    __metadata__: { layers: "[]" },
    u: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    f: { dtype: "F32", shape: [2, 1], data_offsets: [1, 9] },
    i: { dtype: "I32", shape: [], data_offsets: [9, 13] },
  }, body));
  assert.deepEqual(metadata, { layers: "[]" });
  assert.deepEqual(tensors.f, { dtype: "F32", shape: [2, 1], data: new Float32Array([1.5, -2]) });
  assert.deepEqual([...tensors.u.data, ...tensors.i.data], [7, -1]);
});

test("what is not a safetensors file is refused with the reason", () => {
  assert.throws(() => readSafetensors(new Uint8Array(3)), /3 bytes are too few/);
  assert.throws(() => readSafetensors(file({}).subarray(0, 9)), /does not fit/);
  assert.throws(() => readSafetensors(file("{no")), /header is not JSON/);
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  assert.throws(() => readSafetensors(file({ x: entry }, new Uint8Array(4))), /cut short/);
  assert.throws(() => readSafetensors(file({ x: { ...entry, shape: [3] } }, new Uint8Array(8))), /2 values .* \[3\]/);
  assert.throws(() => readSafetensors(file({ x: { ...entry, dtype: "F64" } }, new Uint8Array(8))), /x is F64/);
});
