// A sheet of samples: rows of tiles, as many as fit, each decoded from its own draw of one distribution.
import { element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";
import { NO_DATA, verdictOf } from "./support.js";

const SAMPLE_SIZE = 56; // CSS pixels that a tile aims at
const SHEET_HEIGHT = 380; // and all of their rows
const BETWEEN_SAMPLES = 6; // samples.css has the same
const MOVES = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

export class Samples {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./sources.js").Source} source
   * @param {{zOf: (source: Object, index: number) => Float32Array, pick: (source: Object, index: number) => void,
   *   painted: () => void, screen: IntersectionObserver}} panel
   */
  constructor(model, source, panel) {
    this.model = model;
    this.source = source;
    this.panel = panel;
    this.tiles = [];
    this.grid = element("div", { class: "samples", role: "group", "aria-label": `Samples: ${source.title}` });
    this.grid.onkeydown = (event) => this.onKey(event);
    this.share = element("span", { class: "share", role: "status" });
    const heading = element("div", { class: "heading" }, element("h3", {}, source.title), this.share);
    this.section = element("section", { hidden: "" }, heading, this.grid);
  }

  get isShown() {
    return !this.section.hidden;
  }

  /** @param {number} width CSS pixels that the rows may fill, with whole tiles */
  resize(width) {
    const size = wholeMultiple(Math.min(SAMPLE_SIZE, width), this.model.width);
    this.columns = Math.max(1, Math.floor((width + BETWEEN_SAMPLES) / (size + BETWEEN_SAMPLES)));
    this.grid.style.gridTemplateColumns = `repeat(${this.columns}, ${size}px)`;
    const count = this.columns * Math.max(1, Math.round(SHEET_HEIGHT / (size + BETWEEN_SAMPLES)));
    while (this.tiles.length < count) this.tiles.push(new Tile(this, this.tiles.length));
    this.shown = this.tiles.slice(0, count);
    for (const { picture } of this.shown) picture.resize(size);
    const buttons = this.shown.map(({ button }) => button);
    if (buttons.length !== this.grid.childElementCount) this.grid.replaceChildren(...buttons);
    if (!buttons.some((button) => button.tabIndex === 0)) buttons[0].tabIndex = 0;
  }

  outdate() {
    for (const tile of this.tiles) tile.stale = true;
  }

  /** Says how many of the tiles are hatched, once all of them are judged. */
  count() {
    if (!this.model.support) return;
    const beyond = this.shown.filter((tile) => tile.beyond).length;
    this.share.textContent = `${beyond} of ${this.shown.length} beyond the data`;
  }

  /** The arrow keys go from tile to tile; one of them is a stop of the tab key. */
  onKey(event) {
    const at = this.shown.findIndex(({ button }) => button === event.target);
    const next = this.shown[at + MOVES[event.key]?.(this.columns)];
    if (at < 0 || !next) return;
    event.preventDefault();
    this.shown[at].button.tabIndex = -1;
    next.button.tabIndex = 0;
    next.button.focus();
  }

  mark(index) {
    for (const tile of this.tiles) tile.button.setAttribute("aria-pressed", String(tile.index === index));
  }
}

class Tile {
  constructor(samples, index) {
    this.samples = samples;
    this.index = index;
    this.picture = new Picture(samples.model);
    const { source, panel } = samples;
    const onclick = () => panel.pick(source, index);
    const attributes = { class: "sample", tabindex: "-1", "aria-pressed": "false", onclick };
    this.button = element("button", { ...attributes, "aria-label": `Sample ${index + 1}, ${source.title}` }, this.picture.canvas);
    this.stale = true;
    panel.screen.observe(this.button);
  }

  get stale() {
    return this.isStale;
  }

  set stale(stale) {
    this.isStale = stale;
    this.judged &&= !stale;
    this.button.classList.toggle("stale", stale);
  }

  draw() {
    const { model, source, panel } = this.samples;
    this.z = panel.zOf(source, this.index);
    model.want(`${source.name} ${this.index}`, this.z, (image) => {
      this.picture.draw(image);
      this.stale = false;
      panel.painted();
    });
  }

  /** Hatched means that nobody has been there. */
  judge() {
    this.beyond = verdictOf(this.samples.model.support.percentiles(this.z)) === NO_DATA;
    this.button.classList.toggle("beyond", this.beyond);
    this.judged = true;
  }
}
