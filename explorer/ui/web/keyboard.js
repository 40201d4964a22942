// The keys of the slider panel.
import { RANDOM_DRAW } from "./latent.js";
import { onPageKey } from "./pagekeys.js";

const STEP = 0.01; // of a dimension's range, by an arrow key; ten times that with shift
const ARROWS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

export class Keyboard {
  /** @param {HTMLElement} root of the panel @param {Object} panel what the keys act on */
  constructor(root, panel) {
    this.panel = panel;
    root.onkeydown = (event) => this.onKey(event);
    root.onkeyup = () => panel.commit(); // a held arrow key is one drag
    this.close = onPageKey(root, (event) => this.onKey(event));
  }

  onKey(event) {
    const action = this.actionOf(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // R alone would rerun the page
    action();
  }

  actionOf({ key, altKey, ctrlKey, metaKey, shiftKey, repeat, target }) {
    const { panel } = this;
    if (altKey) return null;
    if (ctrlKey || metaKey) return key === "z" ? () => panel.undo() : null;
    if (key === "r" || key === "R") return () => repeat || panel.begin(RANDOM_DRAW);
    const strip = panel.strips.stripOf(target);
    if (!strip) return null;
    if (key === "0") return () => panel.set(strip.dimension.index, 0);
    return key in ARROWS ? () => this.step(strip, ARROWS[key] * (shiftKey ? 10 : 1)) : null;
  }

  step(strip, steps) {
    const { index, low, high } = strip.dimension;
    const value = this.panel.basis.coordinate(this.panel.latent.z, index);
    this.panel.set(index, strip.clamp(value + steps * STEP * (high - low)));
  }
}
