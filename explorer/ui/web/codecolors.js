// The colours of a code map: one of each code, or how often it is used. No DOM: node runs it too.
import { scaleTable } from "./mapcolors.js";

export const BY_INDEX = "index"; // colourings; ui/codebook.py has the same
export const BY_USAGE = "usage";

// The dark sequential list: on tiles, which are black in both themes, the low end is the dark one.
const TILE_SCALE = [
  "#10101E", "#24234A", "#323B77", "#285C94", "#007FA9", "#0EA5B2", "#3DC7BA", "#78E3C2", "#AFF1CD", "#DBFCE0",
];
const GOLDEN = 0.6180339887; // of the arc, from one code to the next: neighbours in number are far in hue
const ARC = [35, 315]; // degrees of OKLCH; between them and 360 is the accent's hue
const LIGHTNESS = [0.52, 0.66, 0.8];
const CHROMA = 0.11;

/** @returns {Uint32Array} (K,) little-endian RGBA */
export function codeColors(coloring, codes) {
  if (coloring === BY_USAGE) return usageColors(codes, TILE_SCALE);
  return Uint32Array.from(codes.uses, (_, code) => distinctColor(code));
}

/** On a scale of the logarithm of how often a code is used. @param {string[]} stops hex, from low to high */
export function usageColors({ uses, most }, stops) {
  const table = scaleTable(stops, 255);
  return Uint32Array.from(uses, (count) => table[Math.round((255 * Math.log1p(count)) / Math.log1p(Math.max(1, most)))]);
}

/** @returns {string} as CSS */
export const cssColor = (packed) => `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;

function distinctColor(code) {
  const hue = ARC[0] + ((code * GOLDEN) % 1) * (ARC[1] - ARC[0]);
  return fromOklch(LIGHTNESS[code % LIGHTNESS.length], CHROMA, (hue * Math.PI) / 180);
}

/** Björn Ottosson's OKLab, cut to sRGB. */
function fromOklch(lightness, chroma, hue) {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const [red, green, blue] = channels.map((value) => Math.round(255 * encoded(Math.max(0, Math.min(1, value)))));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const encoded = (value) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
