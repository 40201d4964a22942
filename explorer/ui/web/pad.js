// A pad to draw an image on: the encoder reads along, and says where in the latent space the drawing lies.
import { BLACK, centredByMass, WHITE } from "./brush.js";
import { Choice } from "./choice.js";
import { element, icon, smallButton } from "./element.js";
import { drawPrior } from "./latent.js";
import { Paper } from "./paper.js";
import { posteriorView } from "./posterior.js";

const PENS = { Fine: 0.055, Medium: 0.08, Broad: 0.18 }; // widths, of the image's; MNIST's pens are medium
const INKS = [
  { value: WHITE, content: () => icon("brush"), title: "Pen" },
  { value: BLACK, content: () => icon("ink_eraser"), title: "Eraser" },
];
const LATENTS = [
  { value: false, content: "Mean", title: "z = μ" },
  { value: true, content: "Sample", title: "z = μ + σε" },
];

export class Pad {
  /**
   * @param {import("./model.js").Model} model
   * @param {Object} actions
   * @param {(z: Float32Array) => void} actions.onRead what is being drawn has been encoded
   * @param {(z: Float32Array, mean: Float32Array) => void} actions.onRelease the same, and the visitor's hand rests
   * @param {() => Float32Array} actions.image what is drawn on, when asked for; (C, H, W)
   * @param {() => void} actions.onClose
   */
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.noise = drawPrior(model.size);
    this.view = posteriorView(model);
    this.ink = new Choice("Ink", INKS.map((ink) => ({ ...ink, content: ink.content() })), WHITE);
    this.width = new Choice("Width of the stroke", pens(model.width), PENS.Medium * model.width, () => this.paper.moveNib());
    this.latent = new Choice("Latent", LATENTS, false, () => this.release());
    this.centred = element("input", { type: "checkbox", onchange: () => this.release() });
    this.centred.checked = model.facts.centred;
    this.paper = new Paper(model, {
      pen: () => ({ width: this.width.value, ink: this.ink.value }),
      onStroke: () => this.readSoon(),
      onLift: () => this.release(),
    });
    this.drawing = this.paper.drawing;
    this.section = this.build();
    if (!model.facts.handwritten) this.drawing.replace(actions.image()); // nobody draws a whole brain
    this.paper.show();
    this.read();
  }

  build() {
    const keys = {
      onkeydown: (event) => this.onKey(event),
      onkeyup: (event) => event.stopPropagation(), // the panel around it takes a key's release for the end of a drag
    };
    const desk = element("div", { class: "desk" }, this.paper.sheet, this.reading());
    return element("section", { class: "pad", ...keys }, this.heading(), desk, this.tools());
  }

  heading() {
    const text = "the encoder reads along" + (this.model.facts.centred ? "; digits fill the dashed square" : "");
    const hint = element("span", { class: "hint" }, text);
    const close = smallButton("close", "Close the pad", () => this.actions.onClose());
    return element("div", { class: "heading" }, element("h3", {}, "Draw"), hint, close);
  }

  tools() {
    const { drawing, actions } = this;
    return element(
      "div",
      { class: "tools" },
      this.ink.group,
      this.width.group,
      smallButton("undo", "Take the last stroke back", () => this.change(() => drawing.undo())),
      smallButton("delete", "Clear the pad", () => this.change(() => drawing.clear())),
      smallButton("add_photo_alternate", "Draw on the present image", () => this.change(() => drawing.replace(actions.image()))),
      ...this.centring(),
    );
  }

  /** Offered where the training images were centred so; a digit 2 pixels off is read three times as badly. */
  centring() {
    if (!this.model.facts.centred) return [];
    const title = "The encoder gets the drawing with its centre of mass in the middle, as MNIST was made";
    return [element("label", { title }, this.centred, "centred, as MNIST is")];
  }

  reading() {
    const title = element("p", { class: "caption" }, "q(z|x), mean ± σ");
    const again = smallButton("casino", "Draw ε again: z = μ + σε", () => this.drawNoise());
    const tools = element("div", { class: "tools" }, this.latent.group, again);
    return element("div", { class: "reading" }, title, this.view.view, tools);
  }

  onKey(event) {
    const action = this.keyAction(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  keyAction(event) {
    const { key, altKey, ctrlKey, metaKey, target } = event;
    if (key === "Escape") return () => this.actions.onClose();
    if ((ctrlKey || metaKey) && key === "z") return () => this.change(() => this.drawing.undo());
    return target !== this.paper.sheet || altKey || ctrlKey || metaKey ? null : this.paper.keyAction(event);
  }

  change(edit) {
    edit();
    this.paper.show();
    this.release();
  }

  /** At most once a frame, and when that frame is on the screen: the pen does not wait for the encoder. */
  readSoon() {
    this.frame ??= requestAnimationFrame(() => {
      this.timer = setTimeout(() => {
        this.read();
        if (this.posterior) this.actions.onRead(this.z);
      });
    });
  }

  read() {
    this.close();
    const { image, isBlank } = this.drawing;
    const seen = this.centred.checked ? centredByMass(image, this.model) : image;
    this.posterior = isBlank ? null : this.model.encode(seen);
    this.view.show(this.posterior, this.latent.value ? this.z : null);
  }

  /** The posterior's mean, or a sample; null while nothing is drawn. */
  get z() {
    if (!this.posterior) return null;
    const { mean, deviation } = this.posterior;
    return this.latent.value ? mean.map((value, dim) => value + deviation[dim] * this.noise[dim]) : mean;
  }

  release() {
    this.read();
    if (this.posterior) this.actions.onRelease(this.z, this.posterior.mean);
  }

  drawNoise() {
    this.noise = drawPrior(this.model.size);
    this.latent.choose(true);
    this.release();
  }

  resize() {
    this.section.style.setProperty("--paper", `${this.paper.resize(this.section.clientWidth)}px`);
  }

  focus() {
    this.paper.sheet.focus({ preventScroll: true });
  }

  /** Whatever was to be read later need not be. */
  close() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = null;
  }
}

const pens = (width) => Object.entries(PENS).map(([name, share]) => {
  const dot = element("i", { class: "dot", style: `width: ${80 * share}px` });
  return { value: share * width, content: dot, title: name };
});
