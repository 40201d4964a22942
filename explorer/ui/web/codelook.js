// What the hand points at, a cell of the map or a code anywhere, and all that the panel says and marks of it.

const REST_MS = 140; // without a change: the hand rests, what is slow may follow

export class CodeLook {
  /** @param {Object} panel whose parts show what is pointed at */
  constructor(panel) {
    this.panel = panel;
    this.reach = null; // of a code, in pixels, once it is known
    this.isSized = false; // nothing is drawn before the room is known
  }

  /** A cell of the map: its code, and what the encoder gave there. */
  at(site) {
    const { codes, painting, originals, view, squares } = this.panel;
    const known = originals.get(view.row);
    const area = codes.side ** 2;
    const vector = known && Float32Array.from({ length: codes.dim }, (_, dim) => known.vectors[dim * area + site]);
    squares.frame(site, this.reach);
    this.code(painting.codes[site], { site, vector, isPainted: painting.hasChanged(site) });
  }

  /** A code, wherever it is pointed at. @param {?Object} cell where on the map, as CodeCell wants it */
  code(code, cell = null) {
    this.shown = code;
    this.panel.cell.show(code, cell);
    this.mark();
    if (!this.panel.isPainting) this.rest();
  }

  mark() {
    if (!this.isSized) return;
    const { painting, map, palette, desk, usage, plane } = this.panel;
    const { inks } = this;
    map.showBrush(palette.isPicking ? 1 : desk.brush.size);
    map.mark(painting, this.shown, inks);
    usage.draw(this.shown, inks.accent);
    plane.draw(this.shown, inks);
  }

  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.panel.cell.settle(this.shown, this.panel.view.row), REST_MS);
  }

  /** Colours of the theme; white and black frames stand on tiles, which are the same in both. */
  get inks() {
    const style = getComputedStyle(this.panel.root);
    const color = (name) => style.getPropertyValue(name).trim();
    return { accent: color("--st-primary-color"), muted: color("--st-gray-color"), light: "white", dark: "black" };
  }

  close() {
    clearTimeout(this.timer);
  }
}
