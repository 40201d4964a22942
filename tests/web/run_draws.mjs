// node run_draws.mjs REQUEST: latents of the distribution of a JSON file, drawn as it asks, as JSON.
import { readFileSync } from "node:fs";
import { Distribution, drawNoise } from "../../explorer/ui/web/distribution.js";

const { size, weights, means, roots, seed, count, truncation, temperature } = JSON.parse(readFileSync(process.argv[2]));
const floats = (values) => Float32Array.from(values.flat(Infinity));
const distribution = new Distribution(size, floats(weights), floats(means), floats(roots));
const draw = (_, index) => Array.from(distribution.draw(drawNoise(seed, index, size, truncation ?? Infinity), temperature));
process.stdout.write(JSON.stringify(Array.from({ length: count }, draw)));
