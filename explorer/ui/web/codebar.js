// Which test image, how its map is coloured, the way back, and the files.
import { Choice } from "./choice.js";
import { BY_INDEX, BY_USAGE } from "./codecolors.js";
import { actionButton, element, iconButton } from "./element.js";
import { linkButton } from "./exports.js";

const COLORINGS = [
  { value: BY_INDEX, content: "Index", title: "Colour each code by its number" },
  { value: BY_USAGE, content: "Usage", title: "Colour each code by how often it is used: dark is rare" },
];

export class CodeBar {
  /**
   * @param {import("./codes.js").Codes} codes
   * @param {{row: number, coloring: string}} view at first
   * @param {Object} actions `onOpen` with a row, `onColoring`, `onUndo`, `onRedo`, `onReset`, `onSave` with "image",
   *   "map" or "json"
   */
  constructor(codes, view, actions) {
    Object.assign(this, { codes, actions });
    this.number = element("input", { type: "number", min: 0, max: codes.count - 1, step: 1, "aria-label": "Test image" });
    this.number.onchange = () => actions.onOpen(wholeNumber(this.number.value, codes.count - 1));
    this.coloring = new Choice("Colour", COLORINGS, view.coloring, actions.onColoring);
    this.undo = iconButton("undo", "Undo (Ctrl Z)", actions.onUndo);
    this.redo = iconButton("redo", "Redo (Ctrl Shift Z)", actions.onRedo);
    this.reset = actionButton("restart_alt", "Reset", "Back to what the model encoded", actions.onReset);
    this.bar = element(
      "div",
      { class: "toolbar", role: "toolbar" },
      element("label", { class: "seed" }, "Test image", this.number, `of ${codes.count.toLocaleString("en")}`),
      ...this.classes(),
      iconButton("chevron_left", "The image before", () => this.step(-1)),
      iconButton("chevron_right", "The next image", () => this.step(1)),
      this.coloring.group,
      this.undo,
      this.redo,
      this.reset,
      element("div", { class: "exports" }, ...this.files()),
    );
  }

  /** Narrows what the two arrows go through. */
  classes() {
    const { facts, tensors } = this.codes;
    this.rows = this.codes.rowsOf(null);
    if (!tensors.labels) return [];
    const options = facts.labels.map((name, label) => element("option", { value: label }, `class ${name}`));
    const select = element("select", { "aria-label": "Class" }, element("option", { value: "" }, "any class"), ...options);
    select.onchange = () => {
      this.rows = this.codes.rowsOf(select.value === "" ? null : Number(select.value));
      if (this.rows.length && !this.rows.includes(this.row)) this.actions.onOpen(this.rows[0]);
    };
    return [select];
  }

  step(by) {
    const { rows, row } = this;
    if (rows.length === 0) return;
    const next = by > 0 ? rows.find((each) => each > row) ?? rows[0] : rows.findLast((each) => each < row) ?? rows.at(-1);
    this.actions.onOpen(next);
  }

  files() {
    const { onSave } = this.actions;
    const buttons = [
      iconButton("image", "Save the image as PNG", () => onSave("image")),
      iconButton("grid_on", "Save the code map as PNG", () => onSave("map")),
      iconButton("data_object", "Save the codes as JSON", () => onSave("json")),
    ];
    if (navigator.clipboard) buttons.unshift(linkButton("Copy a link to this test image")); // there is none on plain http
    return buttons;
  }

  /** @param {import("./painting.js").Painting} painting */
  show(row, painting) {
    this.row = row;
    this.number.value = row;
    this.undo.disabled = painting.past.length === 0;
    this.redo.disabled = painting.future.length === 0;
    this.reset.disabled = !painting.isPainted;
  }
}

/** What was typed, as a whole number from 0 to `most`. */
export const wholeNumber = (text, most) => Math.max(0, Math.min(most, Math.floor(Number(text) || 0)));
