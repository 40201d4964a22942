// The tools of the panel between images: between how many, on which way, and other anchors.
import { Choice } from "./choice.js";
import { actionButton, element } from "./element.js";
import { BOTH } from "./walk.js";

export const WAY_NAMES = { linear: "Linear", spherical: "Spherical" };

const SHAPES = [
  { value: false, content: "Two images", title: "The way between two images" },
  { value: true, content: "Four images", title: "The square between four images" },
];
const WAY_CHOICES = [
  { value: "linear", content: WAY_NAMES.linear, title: "The straight way" },
  { value: "spherical", content: WAY_NAMES.spherical, title: "The direction turns evenly, the norm goes straight" },
  { value: BOTH, content: "Both", title: "One above the other" },
];

export class WalkBar {
  /**
   * @param {import("./walk.js").Walk} walk
   * @param {{onReshape: (change: Object) => void, onSwap: () => void, onDraw: () => void}} actions
   */
  constructor(walk, { onReshape, onSwap, onDraw }) {
    this.shapes = new Choice("Anchors", SHAPES, walk.square, (square) => onReshape({ square }));
    this.ways = new Choice("Way", WAY_CHOICES, walk.way, (way) => onReshape({ way }));
    this.swap = actionButton("swap_horiz", "Swap", "Go from B to A", onSwap);
    const draw = actionButton("casino", "Surprise me", "Draw every anchor from the prior", onDraw);
    this.bar = element("div", { class: "toolbar", role: "toolbar" }, this.shapes.group, this.ways.group, this.swap, draw);
  }

  /** A square has no ways. */
  setSquare(square) {
    this.ways.group.hidden = this.swap.hidden = square;
  }
}
