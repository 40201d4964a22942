// What changes the picture at the left, what leaves the page at the right.
import { LATENT, PRINCIPAL } from "./basis.js";
import { Choice } from "./choice.js";
import { actionButton, element } from "./element.js";
import { Exports } from "./exports.js";

const BASES = {
  [LATENT]: { content: "Dimensions", title: "Sliders along the dimensions of z" },
  [PRINCIPAL]: { content: "Principal axes", title: "Sliders along the principal axes of the test images' posteriors" },
};

export class Toolbar {
  /**
   * @param {import("./model.js").Model} model
   * @param {Object} actions `onReset`, `onDraw`, `onChangeView`, `onBasis` with a basis's name, and those of Exports
   */
  constructor(model, { onReset, onDraw, onChangeView, onBasis, ...actions }) {
    const { bases } = model;
    this.exports = new Exports(model, actions);
    this.change = actionButton("difference", "Change", "Show the change from the start", onChangeView);
    this.basis = new Choice("Basis", bases.map(({ name }) => ({ value: name, ...BASES[name] })), LATENT, onBasis);
    this.bar = element(
      "div",
      { class: "toolbar", role: "toolbar" },
      actionButton("restart_alt", "Reset", "Back to the start; Ctrl Z goes back one step", onReset),
      actionButton("casino", "Surprise me", "Draw z from the prior", onDraw),
      ...(bases.some(({ name }) => name === PRINCIPAL) ? [this.basis.group] : []),
      this.change,
      element("div", { class: "exports" }, ...this.exports.buttons),
    );
    this.setChangeView(false);
  }

  /** The basis of the sliders, and which of them was moved last. */
  setWay(basis, dimension) {
    this.basis.choose(basis.name);
    this.exports.setWay(basis, dimension);
  }

  setChangeView(on) {
    this.change.setAttribute("aria-pressed", String(on));
  }
}
