// The panel of samples: the decoder runs here, so that whole sheets follow the temperature; Python hears of it on release.
import { drawNoise } from "./distribution.js";
import { element } from "./element.js";
import { lineOf } from "./line.js";
import { Model } from "./model.js";
import { parityWarning, placeNotices, unwrap } from "./mount.js";
import { Nearness } from "./nearness.js";
import { onPageKey, whenR } from "./pagekeys.js";
import { Picked } from "./picked.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";
import { SamplerBar } from "./sampler_bar.js";
import { Samples } from "./samples.js";
import { Slices } from "./slices.js";
import { sourcesOf } from "./sources.js";

const REST_MS = 140; // without a change: the hand rests, what is slow may follow
const NARROW = 760; // CSS pixels; picked.css has the same
const GUTTER = 32; // between two sheets; sampler.css has the same
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
    this.noises = new Map(); // of the sample's number
    this.turn = 0;
    this.work = new Slices();
    this.sources = sourcesOf(model);
    this.settings = this.opening(before);
    this.build();
    this.settled = this.place();
    this.unpublish = publishProbe(key, this.probe());
    this.unwatch = onResize(root, () => this.resize());
    this.listen();
  }

  /** Goes on with what stood here, or as the blob says; not every model has every source. */
  opening(before) {
    const { seed, temperature, truncation, source } = before?.settings ?? this.model.panel;
    const known = this.sources.find(({ name }) => name === source) ?? this.sources.at(-1);
    return { seed, temperature, truncation: truncation ?? Infinity, source: known.name };
  }

  build() {
    const { model } = this;
    this.bar = new SamplerBar(this.settings, this.sources, {
      onNoise: () => this.outdate(),
      onTemperature: () => this.outdate(),
      onSource: () => this.resize(),
      onRelease: () => this.isHeld || this.commit(),
      onSave: (kind) => this.save(kind),
    });
    this.screen = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) target.isOnScreen = isIntersecting;
    });
    this.sheets = this.sources.map((source) => new Samples(model, source, this));
    this.picked = new Picked(model, { onNeighbour: (row) => this.pickTestImage(row) });
    const sheets = element("div", { class: "sheets" }, ...this.sheets.map(({ section }) => section));
    this.root.replaceChildren(
      this.bar.view, ...parityWarning(model), ...placeNotices(model), sheets, this.picked.view,
    );
  }

  probe() {
    const { model } = this;
    const probe = { paints: 0, parity: model.parity, get decodeMs() { return model.decodeMs; } };
    this.painted = () => probe.paints++;
    return probe;
  }

  listen() {
    const onKey = whenR(() => this.bar.drawAgain());
    this.unhear = onPageKey(this.root, onKey);
    this.root.onkeydown = (event) => {
      this.isHeld = true;
      onKey(event);
    };
    this.root.onkeyup = this.root.onfocusout = () => { // a held arrow key is one drag
      this.isHeld = false;
      this.commit();
    };
  }

  /** @returns {Float32Array} sample number `index` of a source */
  zOf({ distribution }, index) {
    const { seed, temperature, truncation } = this.settings;
    if (this.drawn !== `${seed} ${truncation}`) this.noises.clear();
    this.drawn = `${seed} ${truncation}`;
    if (!this.noises.has(index)) this.noises.set(index, drawNoise(seed, index, this.model.size, truncation));
    return distribution.draw(this.noises.get(index), temperature);
  }

  outdate() {
    for (const sheet of this.sheets) sheet.outdate();
    this.changed();
  }

  /** At once: samples, some in every frame, and the picked one. At rest: what takes longer. */
  changed() {
    this.work.run(this.redraw());
    this.followPicked();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_MS);
  }

  /** Goes on behind the last tile, so that under a steady drag each has its turn; those on the screen come first. */
  *redraw() {
    const sheets = this.sheets.filter((sheet) => sheet.isShown);
    const tiles = sheets.flatMap((sheet) => sheet.shown).sort((a, b) => a.index - b.index); // the same draws together
    for (const first of [true, false]) {
      const own = tiles.filter(({ button }) => Boolean(button.isOnScreen) === first);
      for (let n = 0; n < own.length; n++) {
        const tile = own[this.turn++ % own.length];
        if (tile.stale) yield tile.draw();
      }
    }
    if (!this.model.support) return;
    for (const tile of tiles) if (!tile.judged) yield tile.judge();
    for (const sheet of sheets) sheet.count();
  }

  pick(source, index) {
    this.choose({ source, index, label: `sample ${index + 1}, ${source.option}` });
  }

  /** It stands where the sample stood, until another one is picked. */
  pickTestImage(row) {
    this.choose({ z: this.model.support.latentOfRow(row), label: `test image ${row}` });
  }

  choose(chosen) {
    this.chosen = chosen;
    for (const sheet of this.sheets) sheet.mark(sheet.source === chosen.source ? chosen.index : null);
    this.followPicked();
    this.settle();
    this.commit();
  }

  followPicked() {
    if (!this.chosen) return;
    const { source, index, label } = this.chosen;
    if (source) this.chosen.z = this.zOf(source, index);
    this.picked.show(this.chosen.z, label);
  }

  settle() {
    if (this.chosen) this.picked.settle(this.chosen.z);
  }

  /** What Python is told of, as text to compare. */
  place() {
    return JSON.stringify([this.snapshot(), this.chosen?.label]);
  }

  snapshot() {
    const { truncation, ...settings } = this.settings;
    return { ...settings, truncation: truncation === Infinity ? null : truncation };
  }

  commit() {
    const place = this.place();
    if (place === this.settled) return;
    this.settled = place;
    const picked = this.chosen ? { z: Array.from(this.chosen.z), label: this.chosen.label } : null;
    const seq = ++this.sent; // the same again is news too
    this.setStateValue("committed", { ...this.snapshot(), picked, tag: this.tag, seq });
  }

  /** Python makes the file. */
  save(kind) {
    const { columns, shown } = this.sheets.find(({ source }) => source.name === this.settings.source);
    this.setTriggerValue("wish", { ...this.snapshot(), kind, columns, count: shown.length });
  }

  /** Where there is room, the prior stands beside what one draws from. */
  resize() {
    const width = this.root.clientWidth;
    const isWanted = ({ source: { name } }) => name === this.settings.source || (name === "prior" && width > NARROW);
    for (const sheet of this.sheets) sheet.section.hidden = !isWanted(sheet);
    const sheets = this.sheets.filter((sheet) => sheet.isShown);
    for (const sheet of sheets) sheet.resize((width - GUTTER * (sheets.length - 1)) / sheets.length);
    this.picked.resize();
    this.changed();
  }

  close() {
    clearTimeout(this.rest);
    this.work.close();
    this.screen.disconnect();
    this.model.close();
    this.unhear();
    this.unwatch();
    this.unpublish();
  }
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const { key, tag, blob } = unwrap(data);
  let panel = panels.get(parentElement);
  if (panel?.tag !== tag) {
    panel?.close();
    const model = new Model(blob, lineOf(key));
    model.support = model.tensors.between ? new Nearness(model.size, model.tensors) : null;
    panel = new Panel(parentElement.querySelector(".panel"), key, tag, model, panel);
    panels.set(parentElement, panel);
  }
  Object.assign(panel, { setStateValue, setTriggerValue });
  return () => {
    panel.close();
    panels.delete(parentElement);
  };
}
