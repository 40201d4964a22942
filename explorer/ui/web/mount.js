// What every panel of a model shares when it is mounted: how its bytes travel, and whether it decodes as torch does.
import { element, icon } from "./element.js";

const CONSEQUENCES = {
  decoder: "so the server decodes, a little behind your hand, and the strips show no frames",
  encoder: "so there is no pad to draw on",
};

/**
 * Raw bytes travel only as the whole value: the key and the blob's tag stand before it, a line each.
 * @returns {{key: string, tag: string, blob: Uint8Array}}
 */
export function unwrap(data) {
  const keyEnd = data.indexOf(10);
  const tagEnd = data.indexOf(10, keyEnd + 1);
  const text = (start, end) => new TextDecoder().decode(data.subarray(start, end));
  return { key: text(0, keyEnd), tag: text(keyEnd + 1, tagEnd), blob: data.subarray(tagEnd + 1) };
}

/**
 * Torch's own output, stored with the weights, shows whether this page decodes the same images.
 * @returns {HTMLElement[]} a sentence if it does not
 */
export function parityWarning({ parity }) {
  const levels = 255 * parity;
  if (levels < 1) return [];
  const text = `This page decodes up to ${levels.toFixed(1)} grey levels away from the model.`;
  return [element("p", { class: "warning" }, icon("warning"), text)];
}

/** @returns {HTMLElement[]} a line for a net that the page does not have, and what follows from it */
export function placeNotices({ facts }, consequences = CONSEQUENCES) {
  const lines = Object.entries(facts.left_out).map(([net, why]) => `The ${net} ${why}, ${consequences[net]}.`);
  return lines.length ? [element("p", { class: "notice" }, icon("cloud"), lines.join(" "))] : [];
}
