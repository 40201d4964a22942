// What joins two components of a page: a panel that asks, and `decodes.js`, which carries its questions to Python.

/**
 * @typedef {Object} Line
 * @property {number} seq the number of the last question, of all panels that stood here
 * @property {?(question: Object) => void} send null while nobody carries
 * @property {?() => void} onReady somebody carries now
 * @property {?(seq: number, answer: Uint8Array) => void} onAnswer
 */

/** @param {string} key of the panel @returns {Line} */
export function lineOf(key) {
  window.explorerLines ??= {};
  return (window.explorerLines[key] ??= { seq: 0, send: null, onReady: null, onAnswer: null });
}
