// What lies behind the points: where there is no data, the decoded lattice, or their density. While the map moves, what was
// drawn moves along; what is new follows once the hand rests.
import { DensitySheet } from "./density.js";
import { element } from "./element.js";
import { HatchSheet } from "./hatch.js";
import { Lattice } from "./lattice.js";

export class Backdrop {
  /**
   * @param {import("./model.js").Model} model
   * @param {{onDrawn: () => void, colors: () => Object}} actions `onDrawn`: something new is there to be drawn
   */
  constructor(model, { onDrawn, colors }) {
    this.canvas = element("canvas", { class: "behind" });
    this.context = this.canvas.getContext("2d");
    this.sheets = {
      support: new HatchSheet(onDrawn, colors),
      images: new Lattice(model, onDrawn),
      density: new DensitySheet(onDrawn, colors),
    };
    this.kind = "plain";
  }

  get sheet() {
    return this.sheets[this.kind];
  }

  /** @param {import("./atlas.js").Projection} projection @param {import("./evidence.js").Evidence} evidence */
  setPlaces(projection, evidence) {
    for (const sheet of Object.values(this.sheets)) sheet.setPlaces(projection, evidence);
  }

  setKind(kind) {
    this.sheet?.stop();
    this.kind = kind;
  }

  resize(width, height) {
    const dpr = window.devicePixelRatio;
    this.canvas.width = Math.round(width * dpr);
    this.canvas.height = Math.round(height * dpr);
  }

  draw(viewport) {
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.sheet?.draw(context, viewport);
  }

  /** The hand rests: what is on the screen is drawn for it. */
  settle(viewport) {
    this.sheet?.settle(viewport);
  }

  close() {
    for (const sheet of Object.values(this.sheets)) sheet.close();
  }
}
