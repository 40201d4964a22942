// node run_net.mjs NAME BLOB INPUTS: runs the blob's net on float32 inputs, a row each, and writes the outputs.
import { readFileSync } from "node:fs";
import { buildNet } from "../../explorer/ui/web/net.js";
import { readSafetensors } from "../../explorer/ui/web/safetensors.js";

const [name, ...paths] = process.argv.slice(2);
const [blob, bytes] = paths.map((path) => readFileSync(path));
const { metadata, tensors } = readSafetensors(blob);
const net = buildNet(JSON.parse(metadata[name]), tensors);
const inputs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
for (let start = 0; start < inputs.length; start += net.inputSize) {
  const output = net.run(inputs.subarray(start, start + net.inputSize)).slice(); // the next call reuses the array
  process.stdout.write(new Uint8Array(output.buffer));
}
