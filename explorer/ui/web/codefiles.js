// What leaves the codebook's panel: the image, the code map, the codes.
import { saveFile, savePng } from "./saving.js";

/**
 * @param {string} what "image", "map" or "json"
 * @param {{codes: import("./codes.js").Codes, painting: import("./painting.js").Painting, row: number,
 *   image: HTMLCanvasElement, map: HTMLCanvasElement}} panel
 */
export function saveCodes(what, { codes, painting, row, image, map }) {
  const name = `${codes.facts.name}-${row}${painting.isPainted ? "-painted" : ""}`;
  if (what === "image") savePng(image, `${name}.png`);
  else if (what === "map") savePng(map, `${name}-codes.png`);
  else saveFile(jsonOf(codes, painting, row), "application/json", `${name}-codes.json`);
}

function jsonOf({ facts, side }, painting, row) {
  const lines = Array.from({ length: side }, (_, line) => [...painting.codes.slice(line * side, (line + 1) * side)]);
  return JSON.stringify({ model: facts.name, test_image: row, painted: painting.isPainted, codes: lines });
}
