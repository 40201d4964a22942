// The slider panel: the decoder runs here, so that the image follows the pointer; Python hears of z on release.
import { element, icon } from "./element.js";
import { drawPrior, Latent, PRIOR_MEAN, RANDOM_DRAW } from "./latent.js";
import { Model } from "./model.js";
import { onResize, wholeMultiple } from "./pixels.js";
import { publishProbe } from "./probe.js";
import { Stage } from "./stage.js";
import { Starts } from "./starts.js";
import { Strips } from "./strips.js";
import { Toolbar } from "./toolbar.js";

const REST_MS = 140; // without a change: the hand rests, what is slow may follow
const STEP = 0.01; // of a dimension's range, by an arrow key; ten times that with shift
const ARROWS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const NARROW = 760; // CSS pixels; sliders.css has the same two
const STACKED = 400;
const SCROLL_BAR = 20;
const panels = new WeakMap();

class Panel {
  /**
   * @param {HTMLElement} root
   * @param {string} key under which the probe is published
   * @param {string} tag of the blob, goes back with every commit
   * @param {Model} model
   * @param {Panel} [before] what stood here until now
   */
  constructor(root, key, tag, model, before) {
    this.root = root;
    this.tag = tag;
    this.model = model;
    this.sent = before?.sent ?? 0;
    this.build();
    this.open(before);
    this.startChanged();
    this.unpublish = publishProbe(key, this.probe());
    this.unwatch = onResize(root, () => this.resize());
    root.onkeydown = (event) => this.onKey(event);
    root.onkeyup = () => this.commit(); // a held arrow key is one drag
    this.onPageKey = (event) => this.isElsewhere(event) && this.onKey(event); // R works wherever one clicked last
    document.addEventListener("keydown", this.onPageKey, true);
  }

  /** Lays out toolbar, image and controls; nothing is drawn before the width is known. */
  build() {
    const onChangeView = () => this.toggleChangeView();
    this.toolbar = new Toolbar({ onReset: () => this.reset(), onDraw: () => this.begin(RANDOM_DRAW), onChangeView });
    this.stage = new Stage(this.model, { onChangeView });
    this.starts = new Starts(this.model, { onStart: (start) => this.begin(start) });
    this.strips = new Strips(this.model, {
      onInput: (dim, value) => this.set(dim, value),
      onRelease: () => this.commit(),
      onHome: (dim) => this.home(dim),
    });
    this.controls = element("div", { class: "controls" }, this.starts.section, this.strips.section);
    const body = element("div", { class: "body" }, this.stage.view, this.controls);
    this.root.replaceChildren(this.toolbar.bar, ...this.warning(), body);
  }

  /** Torch's own output, stored with the weights, shows whether this page decodes the same images. */
  warning() {
    const levels = 255 * this.model.parity;
    if (levels < 1) return [];
    const text = `This page decodes up to ${levels.toFixed(1)} grey levels away from the model.`;
    return [element("p", { class: "warning" }, icon("warning"), text)];
  }

  probe() {
    const { model } = this;
    const probe = { paints: 0, parity: model.parity, get decodeMs() { return model.decodeMs; } };
    this.painted = () => probe.paints++;
    return probe;
  }

  /** Starts where the blob says, or goes on where a panel of the same model stood. */
  open(before) {
    const { facts, panel, size, starts } = this.model;
    if (before?.model.facts.run === facts.run && before.model.size === size) {
      this.latent = before.latent;
      return;
    }
    const start = panel.start ?? (panel.z || !starts.length ? PRIOR_MEAN : 0);
    const drawn = start === RANDOM_DRAW && panel.z; // a draw itself is not kept: what became of it stands in
    this.latent = new Latent(size);
    this.latent.begin(start, drawn ? panel.z : this.originOf(start));
    if (panel.z) this.latent.z.set(panel.z);
    this.latent.open();
  }

  originOf(start) {
    if (start === RANDOM_DRAW) return drawPrior(this.model.size);
    return this.model.starts[start]?.z ?? new Float32Array(this.model.size);
  }

  begin(start) {
    this.latent.begin(start, this.originOf(start));
    this.startChanged();
    this.commit();
  }

  reset() {
    this.latent.z.set(this.latent.origin);
    this.changed(null);
    this.commit();
  }

  undo() {
    if (!this.latent.undo()) return;
    this.startChanged();
    this.send();
  }

  set(dim, value) {
    this.latent.z[dim] = value;
    this.changed(dim);
  }

  home(dim) {
    this.set(dim, this.latent.origin[dim]);
    this.commit();
  }

  startChanged() {
    const { start, origin } = this.latent;
    this.stage.setOrigin(origin);
    this.starts.select(start);
    this.strips.markOrigin(origin);
    this.changed(null);
  }

  /** At once: playhead, value and, in the next frame, the image. At rest: all that depends on them. */
  changed(dim) {
    this.strips.show(this.latent.z, dim);
    this.frame ??= requestAnimationFrame(() => this.paint());
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_MS);
  }

  paint() {
    this.frame = null;
    this.stage.paint(this.latent.z);
    this.painted();
  }

  settle() {
    this.stage.settle();
    this.strips.refresh();
  }

  commit() {
    if (this.latent.commit()) this.send();
  }

  send() {
    const { z, start } = this.latent;
    const seq = ++this.sent; // the same z again is news too
    this.setStateValue("committed", { z: Array.from(z), start, tag: this.tag, seq });
  }

  toggleChangeView() {
    this.stage.setChangeView(!this.stage.changeView);
    this.toolbar.setChangeView(this.stage.changeView);
  }

  onKey(event) {
    const action = this.keyAction(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // R alone would rerun the page
    action();
  }

  /** Whether a key was pressed outside of this panel and of every field. */
  isElsewhere(event) {
    const mine = (node) => node === this.root || node.matches?.("input, textarea, select, [contenteditable]");
    return !event.composedPath().some(mine);
  }

  keyAction({ key, altKey, ctrlKey, metaKey, shiftKey, repeat, target }) {
    if (altKey) return null;
    if (ctrlKey || metaKey) return key === "z" ? () => this.undo() : null;
    if (key === "r" || key === "R") return () => repeat || this.begin(RANDOM_DRAW);
    const strip = this.strips.stripOf(target);
    if (!strip) return null;
    if (key === "0") return () => this.set(strip.dimension.index, 0);
    return key in ARROWS ? () => this.step(strip, ARROWS[key] * (shiftKey ? 10 : 1)) : null;
  }

  step(strip, steps) {
    const { index, low, high } = strip.dimension;
    this.set(index, strip.clamp(this.latent.z[index] + steps * STEP * (high - low)));
  }

  resize() {
    const width = this.root.clientWidth;
    const stacked = width < STACKED;
    const stage = wholeMultiple(stacked ? width : this.roomForStage(width), this.model.width);
    const beside = (width - stage - 36) / 2; // two small images in what the large one leaves, with their gaps
    this.stage.resize(stage, stacked || width > NARROW ? stage / 3 : Math.min(beside, stage / 2));
    this.starts.draw();
    this.strips.resize();
    this.root.style.setProperty("--content", `${this.strips.overflow + this.controls.clientHeight}px`);
  }

  /**
   * The image and the two below it stay on the screen. A width that differs by no more than a scroll
   * bar keeps the size: a smaller image could take the bar away and so call for the larger one again.
   */
  roomForStage(width) {
    if (Math.abs(width - (this.sizedFor ?? 0)) > SCROLL_BAR) this.sizedFor = width;
    return Math.min(0.44 * this.sizedFor, 0.7 * (window.innerHeight - 250));
  }

  close() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
    this.strips.close();
    document.removeEventListener("keydown", this.onPageKey, true);
    this.unwatch();
    this.unpublish();
  }
}

/**
 * Raw bytes travel only as the whole value: the key and the blob's tag stand before it, a line each.
 * @returns {{key: string, tag: string, blob: Uint8Array}}
 */
function unwrap(data) {
  const keyEnd = data.indexOf(10);
  const tagEnd = data.indexOf(10, keyEnd + 1);
  const text = (start, end) => new TextDecoder().decode(data.subarray(start, end));
  return { key: text(0, keyEnd), tag: text(keyEnd + 1, tagEnd), blob: data.subarray(tagEnd + 1) };
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue }) {
  const { key, tag, blob } = unwrap(data);
  let panel = panels.get(parentElement);
  if (panel?.tag !== tag) {
    panel?.close();
    panel = new Panel(parentElement.querySelector(".panel"), key, tag, new Model(blob), panel);
    panels.set(parentElement, panel);
  }
  panel.setStateValue = setStateValue;
  return () => {
    panel.close();
    panels.delete(parentElement);
  };
}
