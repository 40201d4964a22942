// The panel of a codebook: one paints codes on a map, and the image follows in the page; Python hears of the test image
// and the colouring alone.
import { CodeBar } from "./codebar.js";
import { CodeCell } from "./codecell.js";
import { codeColors } from "./codecolors.js";
import { saveCodes } from "./codefiles.js";
import { CodeKeys } from "./codekeys.js";
import { CodeLook } from "./codelook.js";
import { CodeMap } from "./codemap.js";
import { CodePalette } from "./codepalette.js";
import { Patches } from "./codepatches.js";
import { CodePlane } from "./codeplane.js";
import { Codes } from "./codes.js";
import { CodeScreen } from "./codescreen.js";
import { CodeSquares } from "./codesquares.js";
import { CodeUsage } from "./codeusage.js";
import { element, keyChips } from "./element.js";
import { lineOf } from "./line.js";
import { parityWarning, placeNotices, unwrap } from "./mount.js";
import { Originals } from "./originals.js";
import { Painting } from "./painting.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";

const COMMIT_MS = 140; // after the last image that was opened
const LEFT_OUT = { decoder: "so the server decodes, a little behind your brush" };
const KEYS = [
  [["← ↑ ↓ →"], "move the brush"],
  [["Enter"], "paint"],
  [["P"], "pick the code"],
  [["1 – 5"], "brush"],
  [["Ctrl Z"], "undo"],
];
const panels = new WeakMap();

class CodebookPanel {
  /**
   * @param {HTMLElement} root
   * @param {string} key under which the probe is published
   * @param {string} tag of the blob, goes back with every commit
   * @param {Codes} codes
   * @param {number} sent commits until now
   */
  constructor(root, key, tag, codes, sent) {
    Object.assign(this, { root, tag, codes, sent });
    this.desk = deskOf(codes);
    this.view = { row: Math.min(codes.panel.row, codes.count - 1), coloring: codes.panel.coloring };
    this.build(key);
    this.unpublish = publishProbe(key, this.probe());
    this.unwatch = onResize(root, () => this.resize());
    this.settled = this.place();
    this.open(this.view.row);
  }

  build(key) {
    const { codes, desk } = this;
    const patches = new Patches(codes);
    const onPick = (code) => this.palette.choose(code);
    const onPoint = (code) => this.look.code(code);
    this.look = new CodeLook(this);
    this.map = new CodeMap(codes, {
      onCursor: (site) => this.look.at(site),
      onPress: (site) => this.press(site),
      onDrag: (from, to) => this.isPainting && this.brush((size, code) => this.painting.stroke(from, to, size, code)),
      onLift: () => this.lift(),
    });
    this.squares = new CodeSquares(codes, this.map);
    this.palette = new CodePalette(codes, patches, desk.brush, { onBrush: () => this.look.mark(), onPoint });
    this.cell = new CodeCell(codes, patches, { onPick, onOpen: (row) => this.open(row) });
    this.usage = new CodeUsage(codes, { onPoint, onPick });
    this.plane = new CodePlane(codes, patches, { onPoint, onPick });
    this.bar = new CodeBar(codes, this.view, this.actions());
    this.screen = new CodeScreen(codes, lineOf(key), {
      onImage: (image, changed, milliseconds) => this.showImage(image, changed, milliseconds),
      onReady: (facts) => this.ready(facts),
    });
    this.originals = new Originals(lineOf(`${key}-originals`), codes, (row) => row === this.view.row && this.showOriginal());
    this.warning = element("div");
    const sections = [this.palette, this.cell, this.usage, this.plane].map(({ section }) => section);
    this.root.replaceChildren(
      this.bar.bar,
      this.warning,
      ...placeNotices(codes, LEFT_OUT),
      this.squares.view,
      keyChips(KEYS),
      element("div", { class: "beneath" }, ...sections),
    );
    new CodeKeys(this.root, this);
  }

  actions() {
    const step = (way) => () => this.paint(this.painting[way]());
    return {
      onOpen: (row) => this.open(row),
      onColoring: (coloring) => {
        this.view.coloring = coloring;
        this.recolor();
        this.commit();
      },
      onUndo: step("undo"),
      onRedo: step("redo"),
      onReset: step("reset"),
      onSave: (what) => this.save(what),
    };
  }

  probe() {
    const { screen } = this;
    const probe = { paints: 0, parity: null, changed: null, get decodeMs() { return screen.decodeMs; } };
    this.painted = (changed) => {
      probe.paints++;
      probe.changed = changed;
    };
    this.tellParity = (parity) => (probe.parity = parity);
    return probe;
  }

  /** Goes on where this image was left in this visit. */
  open(row) {
    const { codes, desk, view } = this;
    view.row = row;
    if (!desk.paintings.has(row)) desk.paintings.set(row, new Painting(codes.mapOf(row), codes.side));
    this.painting = desk.paintings.get(row);
    this.screen.show(this.painting.codes, true);
    if (!codes.facts.no_originals) this.originals.want(row);
    this.squares.caption(0, codes.describe(row));
    this.showOriginal();
    this.recolor();
    this.bar.show(row, this.painting);
    clearTimeout(this.pause); // Streamlit would drop what is said in one breath with a question for the original
    this.pause = setTimeout(() => this.commit(), COMMIT_MS);
  }

  showOriginal() {
    this.squares.showOriginal(this.originals.get(this.view.row)?.image ?? null);
    this.look.at(this.map.cursor);
  }

  press(site) {
    if (this.palette.isPicking) {
      this.palette.choose(this.painting.codes[site]);
      return;
    }
    this.isPainting = true;
    this.painting.begin();
    this.brush((size, code) => this.painting.dab(site, size, code));
  }

  /** @param {(size: number, code: number) => boolean} touch of the brush; whether it changes the map */
  brush(touch) {
    const { size, code } = this.desk.brush;
    this.paint(touch(size, code));
  }

  lift() {
    this.isPainting = false;
    this.look.rest();
  }

  /** @param {boolean} isChanged the map */
  paint(isChanged) {
    if (!isChanged) return;
    this.screen.show(this.painting.codes);
    this.bar.show(this.view.row, this.painting);
    this.map.draw(this.painting.codes, this.colors);
    this.look.at(this.map.cursor);
  }

  showImage(image, changed, milliseconds) {
    this.squares.decoded.draw(image);
    const { pixels } = this.codes;
    const size = changed ? `${changed.bottom - changed.top} × ${changed.right - changed.left}` : `${pixels} × ${pixels}`;
    const place = this.codes.parts ? "here" : "on the server";
    const time = milliseconds.toFixed(milliseconds < 10 ? 1 : 0);
    this.squares.caption(2, `${size} pixels anew, ${place} in ${time} ms`);
    this.painted(changed);
  }

  ready({ parity, reach }) {
    this.tellParity(parity);
    this.warning.replaceChildren(...parityWarning({ parity }));
    this.look.reach = reach;
    this.look.at(this.map.cursor);
  }

  recolor() {
    this.colors = codeColors(this.view.coloring, this.codes);
    this.map.draw(this.painting.codes, this.colors);
    const { side, size } = this.codes;
    const how = this.view.coloring === "usage" ? "dark is rare" : "a colour each";
    this.squares.caption(1, `${side} × ${side} of ${size} codes, ${how}`);
  }

  /** One dab of the keyboard. */
  stamp() {
    this.press(this.map.cursor);
    this.lift();
  }

  save(what) {
    const { codes, painting } = this;
    saveCodes(what, { codes, painting, row: this.view.row, image: this.squares.decoded.canvas, map: this.map.canvas });
  }

  place() {
    return `${this.view.row} ${this.view.coloring}`;
  }

  commit() {
    if (this.place() === this.settled) return;
    this.settled = this.place();
    this.setStateValue("committed", { ...this.view, tag: this.tag, seq: ++this.sent });
  }

  /** The room or the theme is another one. */
  resize() {
    this.squares.resize(this.root.clientWidth);
    this.usage.resize();
    this.plane.resize();
    this.look.isSized = true;
    this.look.mark();
  }

  close() {
    clearTimeout(this.pause);
    this.look.close();
    this.screen.close();
    this.originals.close();
    this.unwatch();
    this.unpublish();
  }
}

/** What a visit has painted and paints with, of a model: it outlives the panel. */
function deskOf({ facts: { run }, order }) {
  window.explorerPaintings ??= {};
  return (window.explorerPaintings[run] ??= { paintings: new Map(), brush: { code: order[0], size: 1 } });
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue }) {
  const { key, tag, blob } = unwrap(data);
  let panel = panels.get(parentElement);
  if (panel?.tag === tag) panel.resize(); // in the colours of the theme
  else {
    panel?.close();
    panel = new CodebookPanel(parentElement.querySelector(".panel"), key, tag, new Codes(blob), panel?.sent ?? 0);
    panels.set(parentElement, panel);
  }
  panel.setStateValue = setStateValue;
  return () => {
    panel.close();
    panels.delete(parentElement);
  };
}
