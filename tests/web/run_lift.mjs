// Lifts places of a map, says whether there is data, and where the latents belong on it:
// node run_lift.mjs <blob> <places f32> -> f32 (P, L + 3).
import { readFileSync } from "node:fs";
import { Atlas } from "../../explorer/ui/web/atlas.js";
import { Evidence } from "../../explorer/ui/web/evidence.js";
import { Nearness } from "../../explorer/ui/web/nearness.js";
import { readSafetensors } from "../../explorer/ui/web/safetensors.js";

const [blobPath, placesPath] = process.argv.slice(2);
const { tensors, metadata } = readSafetensors(readFileSync(blobPath));
const { map, dims } = JSON.parse(metadata.view);
const size = tensors["map.mean"].data.length;
const support = new Nearness(size, tensors);
const atlas = new Atlas({ size, tensors, facts: {}, panel: { maps: [{ name: map, title: map, axes: [] }] }, support });
const projection = atlas.projection(map, dims);
const evidence = new Evidence(atlas, projection);
const places = new Float32Array(new Uint8Array(readFileSync(placesPath)).buffer);
const rows = [];
for (let i = 0; i < places.length; i += 2) {
  const [x, y] = [places[i], places[i + 1]];
  const z = projection.lift.lift(x, y);
  rows.push(...z, Number(evidence.isSupported(x, y)), ...projection.place(z));
}
process.stdout.write(new Uint8Array(Float32Array.from(rows).buffer));
