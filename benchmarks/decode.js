// Decodes by net.js and by the plain formulas, in alternating blocks; runs in a page.
import { runPlain } from "./plain_net.js";
import { buildNet, parity } from "../explorer/ui/web/net.js";
import { readSafetensors } from "../explorer/ui/web/safetensors.js";

const BLOCKS = 9;
const CALLS = { usual: 3, ours: 20 }; // in a block

/**
 * @param {Uint8Array} blob safetensors with metadata `decoder`
 * @returns {{flops: number, parity: number, usual: number[], ours: number[]}} milliseconds a decode, one number a block
 */
export function compare(blob) {
  const { metadata, tensors } = readSafetensors(blob);
  const layers = JSON.parse(metadata.decoder);
  const net = buildNet(layers, tensors);
  const ways = { usual: (z) => runPlain(layers, tensors, z), ours: net.run };
  const times = { usual: [], ours: [] };
  for (let block = -2; block < BLOCKS; block++) {
    for (const [way, decode] of Object.entries(ways)) {
      const z = Float32Array.from({ length: net.inputSize }, () => 2 * Math.random() - 1);
      const begin = performance.now();
      for (let call = 0; call < CALLS[way]; call++) decode(z);
      if (block >= 0) times[way].push((performance.now() - begin) / CALLS[way]); // before that the compiler warms up
    }
  }
  const reference = { input: tensors["decoder.reference.input"].data, output: tensors["decoder.reference.output"].data };
  return { flops: net.flops, parity: parity(net, reference), ...times };
}
