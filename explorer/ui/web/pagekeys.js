// Keys that a panel hears wherever one clicked last, so long as that is no field.

/**
 * Hears what is pressed outside of a panel; within it, the panel listens for itself.
 * @param {HTMLElement} root of the panel @param {(event: KeyboardEvent) => void} onKey
 * @returns {() => void} ends it
 */
export function onPageKey(root, onKey) {
  const isMine = (node) => node === root || node.matches?.("input, textarea, select, [contenteditable]");
  const hear = (event) => event.composedPath().some(isMine) || onKey(event);
  document.addEventListener("keydown", hear, true); // before Streamlit does
  return () => document.removeEventListener("keydown", hear, true);
}

/** @param {() => void} draw anew @returns {(event: KeyboardEvent) => void} a listener that calls it when the key is R */
export function whenR(draw) {
  return (event) => {
    const { key, altKey, ctrlKey, metaKey, repeat } = event;
    if (altKey || ctrlKey || metaKey || (key !== "r" && key !== "R")) return;
    event.preventDefault();
    event.stopPropagation(); // R alone would rerun the page
    if (!repeat) draw();
  };
}
