// The likeliest codes of one site, each decoded in its place, with how likely it is.
import { element } from "./element.js";
import { wholeMultiple } from "./pixels.js";

const PATCH = 36; // CSS pixels that a patch aims at

/**
 * @param {?{codes: number[], probabilities: number[], drawn: ?number, title: string, detail: string}} answer
 * @param {?HTMLImageElement} patches side by side
 * @param {string} hint what stands here while there is no answer
 * @returns {HTMLElement[]}
 */
export function likeliest(answer, patches, hint) {
  if (!answer) return [element("p", { class: "hint" }, hint)];
  const size = patches.naturalHeight;
  const rows = answer.codes.map((code, index) => {
    const probability = answer.probabilities[index];
    const bar = element("i", { style: `width: ${(100 * probability) / answer.probabilities[0]}%` });
    const name = `code ${code}${code === answer.drawn ? " · drawn" : ""}`;
    const text = element("span", { class: "name" }, element("span", {}, name), element("b", {}, percent(probability)));
    const words = element("div", {}, text, element("span", { class: "share" }, bar));
    return element("li", { class: code === answer.drawn ? "drawn" : null }, patch(patches, index, size), words);
  });
  const heading = element("figcaption", {}, element("b", {}, answer.title), element("span", {}, answer.detail));
  return [heading, element("ol", {}, ...rows)];
}

function patch(patches, index, size) {
  const canvas = element("canvas", { class: "tile", width: size, height: size });
  canvas.getContext("2d").drawImage(patches, index * size, 0, size, size, 0, 0, size, size);
  canvas.style.width = canvas.style.height = `${wholeMultiple(PATCH, size)}px`;
  return canvas;
}

const percent = (share) => (share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`);
