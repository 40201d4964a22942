// How near a latent is to where images are, in a symbol and words.
import { icon } from "./element.js";
import { AT_THE_EDGE, INSIDE, NO_DATA } from "./support.js";

const VERDICTS = {
  [INSIDE]: { name: "inside", symbol: "check_circle", text: "Inside the data" },
  [AT_THE_EDGE]: { name: "edge", symbol: "change_history", text: "Edge of the data" },
  [NO_DATA]: { name: "nowhere", symbol: "help", text: "No data here" },
};

/** @param {HTMLElement} node that says it @param {number} verdict of support.js */
export function showVerdict(node, verdict) {
  const { name, symbol, text } = VERDICTS[verdict];
  node.className = `verdict ${name}`;
  node.replaceChildren(icon(symbol), text);
}
