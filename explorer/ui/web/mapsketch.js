// The pad below a map: what is drawn on it is a pin that moves while one draws.
import { Pad } from "./pad.js";

export class MapSketch {
  /**
   * @param {import("./model.js").Model} model @param {HTMLElement} above what the pad stands below
   * @param {Object} actions `onRead`, `onRelease` and `image` of a Pad
   */
  constructor(model, above, actions) {
    this.above = above;
    this.make = () => new Pad(model, { ...actions, onClose: () => this.toggle() });
  }

  get isOpen() {
    return Boolean(this.pad?.section.isConnected);
  }

  toggle() {
    this.pad ??= this.make();
    if (this.isOpen) return this.pad.section.remove();
    this.above.after(this.pad.section);
    this.resize();
    this.pad.section.scrollIntoView({ block: "nearest" });
    return this.pad.focus();
  }

  resize() {
    if (this.isOpen) this.pad.resize();
  }

  close() {
    this.pad?.close();
  }
}
