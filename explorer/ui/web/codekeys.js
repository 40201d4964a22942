// The keys of the codebook's panel: some wherever one is in it, the brush's own while the map has the focus.

export class CodeKeys {
  /** @param {HTMLElement} root of the panel @param {Object} panel what the keys act on */
  constructor(root, panel) {
    this.panel = panel;
    root.onkeydown = (event) => this.onKey(event);
  }

  onKey(event) {
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // R alone would rerun the page
    action();
  }

  /** @returns {?() => void} */
  actionOf(event) {
    const { key, altKey, ctrlKey, metaKey, target } = event;
    const { map, palette, painting } = this.panel;
    if (altKey || target.matches("input, select")) return null;
    if (ctrlKey || metaKey) return this.wayBack(event);
    if (/^[1-5]$/.test(key)) return () => palette.setSize(Number(key));
    if (target !== map.view) return null;
    if (key === "p" || key === "P") return () => palette.choose(painting.codes[map.cursor]);
    if (key === "Enter" || key === " ") return () => this.panel.stamp();
    return map.keyAction(event);
  }

  wayBack({ key, shiftKey }) {
    const { undo, redo } = this.panel.bar;
    const isZ = key.toLowerCase() === "z";
    if (isZ && !shiftKey) return () => undo.click();
    return isZ || key === "y" ? () => redo.click() : null;
  }
}
