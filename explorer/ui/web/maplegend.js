// The key to the colours: classes that a click isolates, or a scale with its unit.
import { element, icon } from "./element.js";

const MOST_CHIPS = 12; // kinds with a chip each; of more, one is chosen from a list

export class MapLegend {
  /**
   * @param {Object} actions
   * @param {(kinds: Set<number>) => void} actions.onIsolate gets the places of the kinds that are shown alone; none: all
   * @param {() => void} actions.onUnselect everything is to be shown again
   */
  constructor({ onIsolate, onUnselect }) {
    this.onIsolate = onIsolate;
    this.selection = element("button", { class: "chip", title: "Show all (Escape)", hidden: "", onclick: onUnselect });
    this.view = element("div", { class: "legend", role: "group", "aria-label": "Legend" });
    this.isolated = new Set();
  }

  /**
   * What is there stays while it is right: a rerun is not to take the focus from a chip, nor its click.
   * @param {import("./mapcolors.js").Coloring} coloring @param {?{kind: string, text: string}} note on what lies behind
   */
  show({ title, kinds, scale }, note) {
    const shown = JSON.stringify([title, kinds, scale, note]);
    if (shown !== this.shown) this.build(title, kinds, scale, note);
    this.shown = shown;
    this.mark();
  }

  build(title, kinds, scale, note) {
    this.buttons = [];
    this.select = null;
    const parts = scale ? [scaleOf(title, scale)] : kinds.length > MOST_CHIPS ? this.list(kinds, title) : this.chips(kinds);
    const hint = note ? [element("span", { class: `note ${note.kind}` }, note.text)] : [];
    this.view.replaceChildren(...parts, this.selection, ...hint);
  }

  chips(kinds) {
    this.buttons = kinds.map(({ name, color }, place) => {
      const dot = element("i", { style: `background: ${color}` });
      const title = `Show ${name} alone; with shift, one more`;
      return element("button", { class: "chip", title, onclick: ({ shiftKey }) => this.isolate(place, shiftKey) }, dot, name);
    });
    return this.buttons;
  }

  list(kinds, title) {
    const all = element("option", { value: "" }, `all ${kinds.length}`);
    const options = kinds.map(({ name }, place) => element("option", { value: place }, name));
    const onchange = ({ target }) => {
      this.isolated = new Set(target.value === "" ? [] : [Number(target.value)]);
      this.onIsolate(this.isolated);
    };
    this.select = element("select", { "aria-label": `Show ${title} alone`, onchange }, all, ...options);
    return [element("span", { class: "note" }, `${title}, ${kinds.length} of them: colours come again. Show`), this.select];
  }

  isolate(place, isMore) {
    const isAlone = this.isolated.has(place) && (isMore || this.isolated.size === 1);
    this.isolated = new Set(isMore ? this.isolated : []);
    if (isAlone) this.isolated.delete(place);
    else this.isolated.add(place);
    this.mark();
    this.onIsolate(this.isolated);
  }

  /** @param {number} count of the points within the lasso; 0: there is no selection */
  showSelection(count) {
    this.selection.hidden = count === 0;
    this.selection.replaceChildren(`${count.toLocaleString("en")} selected`, icon("close"));
  }

  /** Other colours: everything is shown again. */
  clear() {
    this.isolated = new Set();
  }

  mark() {
    if (this.select) this.select.value = [...this.isolated][0] ?? "";
    for (const [place, button] of this.buttons.entries()) {
      button.setAttribute("aria-pressed", String(this.isolated.has(place)));
      button.classList.toggle("out", this.isolated.size > 0 && !this.isolated.has(place));
    }
  }
}

function scaleOf(title, { low, high, unit, stops, isWhole }) {
  const digits = isWhole ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(high), Math.abs(low), 1e-9))));
  const text = (value) => value.toFixed(Math.min(digits, 6)).replace("-", "−");
  const bar = element("i", { class: "scale", style: `background: linear-gradient(90deg, ${stops.join(", ")})` });
  const name = element("span", {}, unit ? `${title}, ${unit}` : title);
  return element("span", { class: "number" }, name, element("span", {}, text(low)), bar, element("span", {}, text(high)));
}
