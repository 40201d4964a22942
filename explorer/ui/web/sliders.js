// The slider panel: the decoder runs here, so that the image follows the pointer; Python hears of z on release.
import { element } from "./element.js";
import { Keyboard } from "./keyboard.js";
import { drawPrior, Latent, newStarts, OWN, PRIOR_MEAN, RANDOM_DRAW, rowOfStart, startOfRow } from "./latent.js";
import { lineOf } from "./line.js";
import { Model } from "./model.js";
import { placeNotices, parityWarning, unwrap } from "./mount.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";
import { Sketch } from "./sketch.js";
import { Stage } from "./stage.js";
import { Starts } from "./starts.js";
import { Strips } from "./strips.js";
import { Toolbar } from "./toolbar.js";
import { Where } from "./where.js";

const REST_MS = 140; // without a change: the hand rests, what is slow may follow
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
    this.keyboard = new Keyboard(root, this);
  }

  /** Lays out toolbar, image and controls; nothing is drawn before the width is known. */
  build() {
    const onChangeView = () => this.toggleChangeView();
    this.stage = new Stage(this.model, { onChangeView });
    this.toolbar = new Toolbar(this.model, {
      onReset: () => this.reset(),
      onDraw: () => this.begin(RANDOM_DRAW),
      onBasis: (name) => this.changeBasis(name),
      onMovie: (movie) => this.setTriggerValue("movie", movie),
      onChangeView,
      canvas: () => this.stage.large.canvas,
      latent: () => this.latent.z,
    });
    this.where = new Where(this.model, { onPick: (row) => this.begin(startOfRow(row)), toPick: "start from it" });
    this.stage.view.append(this.where.view);
    this.starts = new Starts(this.model, { onStart: (start) => this.begin(start), onDraw: () => this.sketch.toggle() });
    this.sketch = new Sketch(this.model, this.starts, {
      onRead: (z) => this.move(z),
      onRelease: (z, mean) => this.begin(OWN, mean, z),
      image: () => this.stage.image,
    });
    const actions = {
      onInput: (dim, value) => this.set(dim, value),
      onRelease: () => this.commit(),
      onHome: (dim) => this.home(dim),
    };
    this.lists = this.model.bases.map((basis) => new Strips(this.model, basis, actions));
    const sections = [this.starts, ...this.lists].map(({ section }) => section);
    this.controls = element("div", { class: "controls" }, ...sections);
    const body = element("div", { class: "body" }, this.stage.view, this.controls);
    this.root.replaceChildren(this.toolbar.bar, ...parityWarning(this.model), ...placeNotices(this.model), body);
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
    const goesOn = before?.model.facts.run === facts.run && before.model.size === size;
    this.setBasis(goesOn ? before.basis.name : panel.basis);
    if (goesOn) {
      this.latent = before.latent;
      return;
    }
    const start = panel.start ?? (panel.z || !starts.length ? PRIOR_MEAN : 0);
    const isLost = (start === RANDOM_DRAW || start === OWN) && panel.z; // not kept: what became of it stands in
    this.latent = new Latent(size);
    this.latent.begin(start, isLost ? panel.z : this.originOf(start));
    if (panel.z) this.latent.z.set(panel.z);
    this.latent.open();
  }

  originOf(start) {
    if (start === RANDOM_DRAW) return drawPrior(this.model.size);
    const { starts, support, size } = this.model;
    return starts[start]?.z ?? support?.latentOfRow(rowOfStart(start)) ?? new Float32Array(size);
  }

  begin(start, origin = this.originOf(start), z = origin) {
    this.latent.begin(start, origin);
    this.latent.z.set(z);
    this.startChanged();
    this.commit();
  }

  /** While somebody draws: not committed. */
  move(z) {
    this.latent.z = z.slice();
    this.changed(null);
  }

  /** Goes to the first start that this visit brought and `before` did not have. */
  welcome(before) {
    const [start] = newStarts(this.model, before.model.starts);
    if (start) this.begin(this.model.starts.indexOf(start));
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
    this.latent.z = this.basis.moved(this.latent.z, dim, value);
    this.toolbar.setWay(this.basis, this.strips.dimension(dim));
    this.changed(dim);
  }

  home(dim) {
    this.set(dim, this.basis.coordinate(this.latent.origin, dim));
    this.commit();
  }

  /** @param {string} [name] of a basis; the latent's own where there is none of this name */
  setBasis(name) {
    this.strips = this.lists.find(({ basis }) => basis.name === name) ?? this.lists[0];
    this.basis = this.strips.basis;
    for (const list of this.lists) list.section.hidden = list !== this.strips;
    this.toolbar.setWay(this.basis, this.basis.dimensions[0]);
  }

  /** The same z among other sliders. */
  changeBasis(name) {
    this.setBasis(name);
    this.strips.markOrigin(this.latent.origin);
    this.strips.show(this.latent.z, null);
    this.strips.resize();
    this.send();
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
    this.where.show(this.latent.z);
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = null;
    this.stage.paint(this.latent.z, () => {
      this.painted();
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.settle(), REST_MS);
    });
  }

  settle() {
    this.stage.settle();
    this.where.settle(this.latent.z);
    this.strips.refresh();
  }

  commit() {
    if (this.latent.commit()) this.send();
  }

  send() {
    const { z, start: chosen } = this.latent;
    const start = chosen < this.model.stored ? chosen : OWN; // of this visit alone
    const seq = ++this.sent; // the same z again is news too
    this.setStateValue("committed", { z: Array.from(z), start, basis: this.basis.name, tag: this.tag, seq });
  }

  toggleChangeView() {
    this.stage.setChangeView(!this.stage.changeView);
    this.toolbar.setChangeView(this.stage.changeView);
  }

  resize() {
    this.stage.resize(this.root.clientWidth);
    this.where.resize(this.latent.z);
    this.starts.draw();
    this.sketch.resize();
    this.strips.resize();
    this.root.style.setProperty("--content", `${this.strips.overflow + this.controls.clientHeight}px`);
  }

  close() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
    this.lists.forEach((list) => list.close());
    this.sketch.close();
    this.model.close();
    this.keyboard.close();
    this.unwatch();
    this.unpublish();
  }
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const { key, tag, blob } = unwrap(data);
  const before = panels.get(parentElement);
  const isNew = before?.tag !== tag;
  if (isNew) {
    before?.close();
    panels.set(parentElement, new Panel(parentElement.querySelector(".panel"), key, tag, new Model(blob, lineOf(key)), before));
  }
  const panel = panels.get(parentElement);
  Object.assign(panel, { setStateValue, setTriggerValue });
  if (isNew && before?.model.facts.run === panel.model.facts.run) panel.welcome(before);
  return () => {
    panels.get(parentElement).close();
    panels.delete(parentElement);
  };
}
