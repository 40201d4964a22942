// node run_paths.mjs REQUEST: the ways of paths.js at the places of a JSON file, as JSON.
import { readFileSync } from "node:fs";
import { bilinear, lerp, slerp } from "../../explorer/ui/web/paths.js";

const { pairs, corners, t, u, v } = JSON.parse(readFileSync(process.argv[2]));
const along = (way) => pairs.map(([a, b]) => t.map((share) => Array.from(way(a, b, share))));
const over = u.map((share, i) => Array.from(bilinear(corners, share, v[i])));
process.stdout.write(JSON.stringify({ linear: along(lerp), spherical: along(slerp), bilinear: over }));
