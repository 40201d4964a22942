// The pad within the slider panel: it opens beneath the starts, and z follows the pen.
import { Pad } from "./pad.js";

export class Sketch {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./starts.js").Starts} starts whose pencil opens it, and below which it stands
   * @param {Object} actions `onRead`, `onRelease` and `image` of a Pad
   */
  constructor(model, starts, actions) {
    this.starts = starts;
    this.make = () => new Pad(model, { ...actions, onClose: () => this.toggle() });
  }

  get isOpen() {
    return Boolean(this.pad?.section.isConnected);
  }

  toggle() {
    this.pad ??= this.make();
    if (this.isOpen) this.pad.section.remove();
    else this.starts.section.append(this.pad.section);
    this.starts.setDrawing(this.isOpen);
    this.resize();
    if (this.isOpen) this.pad.section.scrollIntoView({ block: "nearest" });
    (this.isOpen ? this.pad : this.starts.pencil[0]).focus();
  }

  resize() {
    if (this.isOpen) this.pad.resize();
  }

  close() {
    this.pad?.close();
  }
}
