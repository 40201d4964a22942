// Beside the map: the image under the pointer, how near it is to test images, and which ones those are.
import { nearestLatents } from "./atlas.js";
import { actionButton, element } from "./element.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";
import { signed } from "./strip.js";
import { NO_DATA, verdictOf } from "./support.js";
import { Where } from "./where.js";

const LARGE = 252; // CSS pixels that the image aims at
const COUNTED = 50; // nearest latents whose classes are counted
const MOST_CLASSES = 4; // that are named
const FEW_NUMBERS = 3; // of a z that is written out
const NO_POINT_HERE = "No test image is mapped here. This is decoded from a mean of the nearest ones.";

export class MapAside {
  /**
   * @param {import("./model.js").Model} model @param {import("./atlas.js").Atlas} atlas
   * @param {{onPick: (row: number) => void, onOpen: () => void, onPin: () => void}} actions
   */
  constructor(model, atlas, { onPick, onOpen, onPin }) {
    Object.assign(this, { model, atlas, image: new Float32Array(model.area) });
    this.picture = new Picture(model);
    this.picture.canvas.setAttribute("role", "img");
    this.picture.canvas.setAttribute("aria-label", "The image decoded under the pointer");
    this.place = element("output", { class: "place" });
    this.shot = element("div", { class: "shot large" }, this.picture.canvas);
    this.where = new Where(model, { onPick, toPick: "pin it" });
    this.where.gauge.distances.push({ name: "spacing", label: "The distance on the map" }); // it decides too, where a map bends space
    this.note = element("p", { class: "caption", hidden: "" }, NO_POINT_HERE);
    this.classes = element("section", { class: "classes", hidden: "" });
    const open = actionButton("tune", "Open in Sliders", "Move its z with the sliders", onOpen);
    const pin = actionButton("keep", "Pin", "Keep it below the map (Enter)", onPin);
    const heading = element("div", { class: "heading" }, element("h3", {}, "Under the pointer"), this.place);
    const facts = element("div", { class: "evidence" }, this.note, this.where.view, this.classes, element("div", { class: "acts" }, pin, open));
    this.view = element("aside", { class: "aside" }, heading, this.shot, facts);
  }

  /** @param {string[]} classColors of the theme */
  setColors(classColors) {
    this.classColors = classColors;
  }

  /** At once. @param {Float32Array} image @param {Float32Array} z @param {number} verdict of support.js */
  show(image, z, verdict) {
    this.image = image.slice(); // the next decode overwrites it
    this.picture.draw(image);
    this.shot.classList.toggle("unsupported", verdict === NO_DATA);
    this.place.textContent = z.length <= FEW_NUMBERS ? `z = (${Array.from(z, signed).join(", ")})` : `|z| = ${Math.hypot(...z).toFixed(2)}`;
    this.where.show(z);
  }

  /** Once the hand rests. @param {number} spacing the percentile of the distance on the map @returns {number} the verdict */
  settle(z, spacing) {
    const { percentiles } = this.where.gauge;
    percentiles.spacing = spacing;
    this.note.hidden = spacing !== Infinity;
    this.where.settle(z);
    this.classes.hidden = !this.atlas.labels;
    if (this.atlas.labels) this.countClasses(z);
    const verdict = verdictOf(Object.values(percentiles));
    this.shot.classList.toggle("unsupported", verdict === NO_DATA);
    return verdict;
  }

  countClasses(z) {
    const { atlas, classColors } = this;
    const near = nearestLatents(z, atlas.latents, atlas.size, COUNTED);
    const counts = new Map();
    for (const { index } of near) counts.set(atlas.labels[index], (counts.get(atlas.labels[index]) ?? 0) + 1);
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    const color = (label) => classColors[label % classColors.length];
    const bars = sorted.map(([label, count]) => element("i", { style: `flex: ${count}; background: ${color(label)}` }));
    const names = sorted.slice(0, MOST_CLASSES).map(([label, count]) => {
      const dot = element("i", { style: `background: ${color(label)}` });
      return element("span", {}, dot, `${atlas.labelNames[label]}: ${Math.round((100 * count) / near.length)} %`);
    });
    const rest = sorted.length - names.length;
    if (rest > 0) names.push(element("span", {}, `and ${rest} more`));
    const title = element("h3", {}, `What the ${near.length} nearest are`);
    this.classes.replaceChildren(title, element("div", { class: "bar" }, ...bars), element("div", { class: "names" }, ...names));
  }

  /** @param {number} room CSS pixels of its width */
  resize(room, z) {
    this.picture.resize(wholeMultiple(Math.min(LARGE, room), this.model.width));
    if (z) this.where.resize(z);
    else this.where.nearest.resize();
  }
}
