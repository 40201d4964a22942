// What is known of one code, or of one cell of the map: its patch, its distances, and where else it is used.
import { CodeExamples } from "./codeexamples.js";
import { element } from "./element.js";

const NEAREST = 5; // codes whose distance is shown
const LARGE_PATCH = 60; // CSS pixels that the large patch aims at
const SMALL = 24; // of a patch in the list
const PATCH_WORDS =
  "What the decoder draws where this code stands, averaged over test images; the frame is the code’s own site";

export class CodeCell {
  /**
   * @param {import("./codes.js").Codes} codes @param {import("./codepatches.js").Patches} patches
   * @param {{onPick: (code: number) => void, onOpen: (row: number) => void}} actions a code or a test image is clicked
   */
  constructor(codes, patches, actions) {
    Object.assign(this, { codes, patches, actions });
    this.scale = (aim) => Math.max(1, Math.floor(aim / patches.pixels));
    this.large = element("i", { class: "patch" });
    const own = element("i", { class: "own-site" });
    this.title = element("h3");
    this.usage = element("p", { class: "caption" });
    this.whose = element("p", { class: "caption whose" });
    this.list = element("div", { class: "distances" });
    this.examples = new CodeExamples(codes, actions);
    const frame = element("div", { class: "large-patch", title: PATCH_WORDS }, this.large, own);
    const head = element("div", { class: "cell-head" }, frame, element("div", {}, this.title, this.usage));
    const { where, tiles } = this.examples;
    this.section = element("section", { class: "codecell" }, head, this.whose, this.list, where, tiles);
  }

  /**
   * @param {number} code
   * @param {?{site: number, vector: ?Float32Array, isPainted: boolean}} cell where the code stands, with what the
   *   encoder gave there if that is known
   */
  show(code, cell) {
    const { codes } = this;
    this.patches.show(this.large, code, this.scale(LARGE_PATCH));
    const { side } = codes;
    const place = cell ? ` · row ${Math.floor(cell.site / side)}, column ${cell.site % side}` : "";
    this.title.textContent = `Code ${code}${place}${cell?.isPainted ? " · painted" : ""}`;
    const share = (100 * codes.uses[code]) / (codes.count * side ** 2);
    this.usage.textContent = codes.uses[code]
      ? `${codes.uses[code].toLocaleString("en")} uses in the test set, ${share.toPrecision(2)} % of all`
      : "never used in the test set";
    this.showDistances(code, cell?.vector ?? null);
  }

  /** From what the encoder gave, or else from the code itself. */
  showDistances(code, vector) {
    const { codes } = this;
    const all = codes.nearestTo(vector ?? codes.vectorOf(code)).filter((near) => vector || near.code !== code);
    const near = all.slice(0, NEAREST);
    if (vector && !near.some((each) => each.code === code)) near.splice(-1, 1, all.find((each) => each.code === code));
    this.whose.textContent = vector
      ? "Distance of the encoder’s vector here to the nearest codes"
      : "Distance of this code to the nearest others";
    const most = Math.max(...near.map(({ distance }) => distance)) || 1;
    this.list.replaceChildren(...near.map((each) => this.distance(each, most, vector && each.code === code)));
  }

  distance({ code, distance }, most, isHere) {
    const bar = element("i", { class: "bar", style: `width: ${(100 * distance) / most}%` });
    const patch = this.patches.patch(code, this.scale(SMALL));
    const onclick = () => this.actions.onPick(code);
    return element(
      "button",
      { class: isHere ? "near here" : "near", title: "Paint with this code", onclick },
      patch,
      element("span", {}, String(code)),
      element("span", { class: "lane" }, bar),
      element("span", { class: "value" }, distance.toPrecision(3)),
    );
  }

  /** What takes longer: where else the code is used, once the hand rests. */
  settle(code, row) {
    this.examples.show(code, row);
  }
}
