// node run_net.mjs BLOB LATENTS: runs the blob's decoder on float32 latents (n, L) and writes the outputs (n, P).
import { readFileSync } from "node:fs";
import { buildNet } from "../../explorer/ui/web/net.js";
import { readSafetensors } from "../../explorer/ui/web/safetensors.js";

const [blob, latents] = process.argv.slice(2).map((path) => readFileSync(path));
const { metadata, tensors } = readSafetensors(blob);
const net = buildNet(JSON.parse(metadata.layers), tensors);
const inputs = new Float32Array(latents.buffer.slice(latents.byteOffset, latents.byteOffset + latents.byteLength));
for (let start = 0; start < inputs.length; start += net.inputSize) {
  const output = net.run(inputs.subarray(start, start + net.inputSize)).slice(); // the next call reuses the array
  process.stdout.write(new Uint8Array(output.buffer));
}
