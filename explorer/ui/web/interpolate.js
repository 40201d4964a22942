// The panel between images: what lies on the way from one to another, or between four, decoded as the pointer moves.
import { Arena } from "./arena.js";
import { BlendSquare } from "./blendsquare.js";
import { Chooser } from "./chooser.js";
import { element, keyChips } from "./element.js";
import { lineOf } from "./line.js";
import { Model } from "./model.js";
import { parityWarning, placeNotices, unwrap } from "./mount.js";
import { onPageKey, whenR } from "./pagekeys.js";
import { Picture } from "./picture.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";
import { Reel } from "./reel.js";
import { Screens } from "./screens.js";
import { Walk } from "./walk.js";
import { WalkBar, WAY_NAMES } from "./walkbar.js";
import { WayView } from "./wayview.js";
import { Where } from "./where.js";

const REST_MS = 140; // without a change: the hand rests, what is slow may follow
const SQUARE_KEYS = [
  [["←", "↑", "→", "↓"], "move"],
  [["shift"], "faster"],
  [["R"], "draw the chosen anchor anew"],
];
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
    this.reel = new Reel(model);
    const isSame = before?.model.facts.run === model.facts.run;
    this.walk = new Walk(isSame ? before.snapshot() : model.panel);
    this.build();
    this.chooser.index = before?.chooser.index ?? 0;
    this.shapeChanged();
    this.unpublish = publishProbe(key, this.probe());
    this.unwatch = onResize(root, () => this.resize());
    root.onkeydown = whenR(() => this.chooser.draw());
    this.unhear = onPageKey(root, root.onkeydown);
    root.onkeyup = () => this.isMoved && this.commit(); // a held arrow key is one drag
  }

  build() {
    const { model, walk } = this;
    const picture = new Picture(model); // every frame and cell is drawn here first
    const onRelease = () => this.commit();
    this.chooser = new Chooser(model, walk, { onChange: () => this.anchorsChanged(), onSettle: onRelease });
    this.bar = new WalkBar(walk, {
      onReshape: (change) => this.reshape(change),
      onSwap: () => this.chooser.swap(),
      onDraw: () => this.chooser.drawAll(),
    });
    this.screens = new Screens(model, Object.keys(WAY_NAMES).length);
    this.where = new Where(model, { onPick: (row) => this.chooser.beginAtRow(row), toPick: "begin there" });
    this.way = new WayView(model, picture, { onMove: (t) => this.move({ t }), onRelease });
    this.square = new BlendSquare(model, picture, {
      onMove: (u, v) => this.move({ u, v }),
      onPreview: (u, v) => this.preview(u, v),
      onLeave: () => this.moved(),
      onRelease,
    });
    this.squareKeys = keyChips(SQUARE_KEYS);
    this.layOut();
  }

  layOut() {
    const { model, chooser, screens, square } = this;
    this.arena = new Arena(model, { anchors: chooser.anchors, screens, square });
    this.side = element("div", { class: "side" });
    const body = element("div", { class: "body" }, this.arena.view, this.side, this.way.section, this.squareKeys);
    const notices = [...parityWarning(model), ...placeNotices(model, CONSEQUENCES_HERE)];
    this.root.replaceChildren(this.bar.bar, ...notices, body);
  }

  probe() {
    const { model } = this;
    const probe = { paints: 0, parity: model.parity, get decodeMs() { return model.decodeMs; } };
    this.painted = () => probe.paints++;
    return probe;
  }

  reshape(change) {
    this.way.player.pause();
    Object.assign(this.walk, change);
    this.shapeChanged();
    this.resize();
    this.commit();
  }

  /** Puts the large image where it belongs: between A and B, or beside the square. */
  shapeChanged() {
    const { square, ways } = this.walk;
    this.bar.setSquare(square);
    this.way.section.hidden = square;
    this.squareKeys.hidden = !square;
    this.where.view.hidden = !square && ways.length > 1; // the curves say it of each of the ways
    this.arena.arrange(this.walk);
    this.side.replaceChildren(...(square ? [this.screens.view] : []), this.chooser.section, this.where.view);
    this.screens.setNames(square ? ["a blend of the four"] : ways.map((way) => WAY_NAMES[way]));
    this.anchorsChanged();
  }

  anchorsChanged() {
    this.chooser.show();
    this.way.setWalk(this.walk);
    this.redraw();
    this.moved();
  }

  /** Draws what is around the place, over as many animation frames as it takes. */
  redraw() {
    if (!this.sized) return;
    const { walk, square, way } = this;
    if (walk.square) this.reel.play(() => square.frames((u, v) => walk.blend(u, v)), square.cells);
    else this.reel.play(() => way.frames(walk), way.frameCount);
  }

  move(place) {
    Object.assign(this.walk, place);
    this.isMoved = true;
    this.moved();
  }

  /** At once: the playhead and, in the next frame, the image. At rest: what takes longer. */
  moved() {
    const { square, t, u, v } = this.walk;
    if (square) this.square.show(u, v);
    else this.way.mark(t);
    this.show(this.walk.latents);
  }

  /** Shows what is under a hovering pointer; the place stays. */
  preview(u, v) {
    this.show([this.walk.blend(u, v)]);
  }

  show(latents) {
    this.latents = latents;
    this.where.show(latents[0]);
    this.frame ??= requestAnimationFrame(() => this.paint());
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_MS);
  }

  paint() {
    this.frame = null;
    this.screens.paint(this.latents, this.painted);
  }

  settle() {
    if (this.way.player.playing) return;
    this.screens.settle();
    this.where.settle(this.latents[0]);
  }

  snapshot() {
    return this.walk.snapshot(this.model.stored);
  }

  commit() {
    this.isMoved = false;
    const seq = ++this.sent; // the same place again is news too
    this.setStateValue("committed", { ...this.snapshot(), tag: this.tag, seq });
  }

  resize() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.sized = true;
    this.arena.resize(width, this.walk);
    this.chooser.resize();
    this.where.resize(this.walk.latents[0]);
    this.way.resize();
    this.redraw();
    this.moved();
  }

  close() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
    this.reel.close();
    this.chooser.close();
    this.model.close();
    this.way.close();
    this.unhear();
    this.unwatch();
    this.unpublish();
  }
}

const CONSEQUENCES_HERE = {
  decoder: "so the server decodes, a little behind your hand",
  encoder: "so there is no pad to draw on",
};

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue }) {
  const { key, tag, blob } = unwrap(data);
  const before = panels.get(parentElement);
  const isNew = before?.tag !== tag;
  if (isNew) {
    before?.close();
    const root = parentElement.querySelector(".panel");
    panels.set(parentElement, new Panel(root, key, tag, new Model(blob, lineOf(key)), before));
  }
  const panel = panels.get(parentElement);
  panel.setStateValue = setStateValue;
  if (isNew && before?.model.facts.run === panel.model.facts.run) panel.chooser.welcome(before.model);
  return () => {
    panels.get(parentElement).close();
    panels.delete(parentElement);
  };
}
