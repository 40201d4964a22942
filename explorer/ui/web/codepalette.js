// What one paints with: the codes by usage as decoded patches, the chosen one, and how wide the brush is.
import { Choice } from "./choice.js";
import { wholeNumber } from "./codebar.js";
import { element, icon } from "./element.js";

const SIZES = [1, 2, 3, 4, 5]; // sites of the brush, a side
const PALETTE_PATCH = { few: 36, many: 24 }; // CSS pixels that a patch aims at
const MANY_CODES = 200;
const ROWS = 6.5; // of patches; the rest is scrolled to, and a half one says that there is more
const BETWEEN = 6; // CSS pixels; codepalette.css has the same
const MOVES = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

export class CodePalette {
  /**
   * @param {import("./codes.js").Codes} codes @param {import("./codepatches.js").Patches} patches
   * @param {{code: number, size: number}} brush is changed here
   * @param {{onBrush: () => void, onPoint: (code: number) => void}} actions another code or size; the hand is over one
   */
  constructor(codes, patches, brush, actions) {
    Object.assign(this, { codes, patches, brush, actions });
    const aim = codes.size < MANY_CODES ? PALETTE_PATCH.few : PALETTE_PATCH.many;
    this.scale = Math.max(1, Math.floor(aim / patches.pixels));
    this.swatch = element("i", { class: "patch swatch" });
    this.number = element("input", { type: "number", min: 0, max: codes.size - 1, step: 1, "aria-label": "Code to paint" });
    this.number.onchange = () => this.choose(wholeNumber(this.number.value, codes.size - 1));
    this.size = new Choice("Brush", SIZES.map(sizeOption), brush.size, (size) => {
      brush.size = size;
      actions.onBrush();
    });
    this.pick = element("button", { class: "action", title: "Take a code from the map (P)", "aria-pressed": "false" });
    this.pick.append(icon("colorize"), "Pick");
    this.pick.onclick = () => this.setPicking(!this.isPicking);
    this.buttons = codes.order.map((code) => this.button(code));
    this.grid = element("div", { class: "palette", role: "group", "aria-label": "Codes by usage" }, ...this.buttons);
    this.grid.style.maxHeight = `${ROWS * (this.scale * patches.pixels + BETWEEN)}px`;
    this.grid.onkeydown = (event) => this.onKey(event);
    this.section = this.assemble();
    this.show();
  }

  assemble() {
    const code = element("label", { class: "seed" }, "Code", this.number);
    const width = element("div", { class: "seed" }, "Brush", this.size.group);
    const tools = element("div", { class: "brush" }, this.swatch, code, width, this.pick);
    return element("section", {}, element("h3", {}, "Paint with"), tools, this.grid);
  }

  button(code) {
    const uses = this.codes.uses[code];
    const used = uses ? `used ${uses.toLocaleString("en")} times` : "never used";
    return element(
      "button",
      {
        class: uses ? "code" : "code dead",
        tabindex: -1,
        title: `Code ${code}, ${used}`,
        "aria-label": `Code ${code}, ${used}`,
        onclick: () => this.choose(code),
        onpointerenter: () => this.actions.onPoint(code),
        onfocus: () => this.actions.onPoint(code),
      },
      this.patches.patch(code, this.scale),
    );
  }

  get isPicking() {
    return this.pick.getAttribute("aria-pressed") === "true";
  }

  setPicking(on) {
    this.pick.setAttribute("aria-pressed", String(on));
  }

  choose(code) {
    this.brush.code = code;
    this.setPicking(false);
    this.show();
    this.actions.onBrush();
  }

  setSize(size) {
    this.size.choose(size);
    this.brush.size = size;
    this.actions.onBrush();
  }

  show() {
    const { code, size } = this.brush;
    this.patches.show(this.swatch, code, this.scale);
    this.number.value = code;
    this.size.choose(size);
    for (const [place, button] of this.buttons.entries()) {
      const isChosen = this.codes.order[place] === code;
      button.setAttribute("aria-pressed", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
  }

  /** The arrow keys go from patch to patch; the chosen one is a stop of the tab key. */
  onKey(event) {
    const at = this.buttons.indexOf(event.target);
    const columns = this.buttons.findIndex(({ offsetTop }) => offsetTop !== this.buttons[0].offsetTop);
    const next = this.buttons[at + MOVES[event.key]?.(columns < 0 ? this.buttons.length : columns)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
}

const sizeOption = (size) => ({ value: size, content: String(size), title: `Brush of ${size} × ${size} codes (${size})` });
