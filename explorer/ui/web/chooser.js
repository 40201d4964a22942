// Which image each anchor is: their tiles, and what the chosen one of them can become.
import { anchorOf, nextOf } from "./anchor.js";
import { Anchors } from "./anchors.js";
import { newStarts, OWN, RANDOM_DRAW, startOfRow } from "./latent.js";
import { Sketch } from "./sketch.js";
import { Starts } from "./starts.js";
import { LETTERS } from "./walk.js";

export class Chooser {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./walk.js").Walk} walk whose anchors are chosen
   * @param {{onChange: () => void, onSettle: () => void}} actions an anchor is another one; and it stays
   */
  constructor(model, walk, { onChange, onSettle }) {
    this.model = model;
    this.walk = walk;
    this.actions = { onChange, onSettle };
    this.index = 0;
    this.anchors = new Anchors(model, {
      onSelect: (index) => this.choose(index),
      onAnother: (index) => this.settle(index, nextOf(model, walk.anchors[index])),
    });
    this.starts = new Starts(model, { onStart: (start) => this.begin(start), onDraw: () => this.sketch.toggle() });
    this.sketch = new Sketch(model, this.starts, {
      onRead: (z) => this.change(this.index, drawing(z)),
      onRelease: (z) => this.settle(this.index, drawing(z)),
      image: () => this.anchors.imageOf(this.index),
    });
  }

  get section() {
    return this.starts.section;
  }

  /** Shows the anchors that count; one of them is chosen. */
  show() {
    this.anchors.show(this.walk);
    this.choose(Math.min(this.index, this.walk.count - 1));
  }

  choose(index) {
    this.index = index;
    this.anchors.select(index);
    this.starts.title.textContent = `Choose ${LETTERS[index]}`;
    this.starts.select(this.walk.anchors[index].start);
  }

  change(index, anchor) {
    this.walk.anchors[index] = anchor;
    this.index = index;
    this.actions.onChange();
  }

  settle(index, anchor) {
    this.change(index, anchor);
    this.actions.onSettle();
  }

  /** The chosen anchor becomes a start. */
  begin(start) {
    this.settle(this.index, anchorOf(this.model, start));
  }

  /** The chosen anchor becomes a test image. */
  beginAtRow(row) {
    this.begin(startOfRow(row));
  }

  /** The chosen anchor becomes the first start that this visit brought and `before` did not have. */
  welcome(before) {
    const [start] = newStarts(this.model, before.starts);
    if (start) this.begin(this.model.starts.indexOf(start));
  }

  draw() {
    this.begin(RANDOM_DRAW);
  }

  drawAll() {
    const { anchors, count } = this.walk;
    for (let index = 0; index < count; index++) anchors[index] = anchorOf(this.model, RANDOM_DRAW);
    this.settle(this.index, anchors[this.index]);
  }

  swap() {
    this.walk.swap();
    this.settle(this.index, this.walk.anchors[this.index]);
  }

  resize() {
    this.starts.draw();
    this.sketch.resize();
  }

  close() {
    this.sketch.close();
  }
}

const drawing = (z) => ({ start: OWN, label: "drawing", z: z.slice() });
