// node run_codes.mjs BLOB MAPS SIDE: follows code maps (u8) one after the other with one decoder, and each with
// a new one; writes a code's reach, then both images of each and what was decoded again: top, bottom, left, right.
import { readFileSync } from "node:fs";
import { CodeDecoder, reachOf } from "../../explorer/ui/web/codedecoder.js";
import { readSafetensors } from "../../explorer/ui/web/safetensors.js";

const [blob, maps] = process.argv.slice(2, 4).map((path) => readFileSync(path));
const side = Number(process.argv[4]);
const { metadata, tensors } = readSafetensors(blob);
const parts = { layers: JSON.parse(metadata.decoder), tensors, codebook: tensors.codebook };
const followed = new CodeDecoder(parts, side);
const write = (numbers) => process.stdout.write(new Uint8Array(Float32Array.from(numbers).buffer));
const { before, after } = reachOf(followed.net, side);
write([before, after]);
for (let start = 0; start < maps.length; start += side * side) {
  const codes = Uint8Array.from(maps.subarray(start, start + side * side));
  const { image, changed } = followed.follow(codes);
  write(image);
  write(new CodeDecoder(parts, side).follow(codes).image);
  write([changed.top, changed.bottom, changed.left, changed.right]);
}
