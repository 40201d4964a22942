// The encoded test images that are nearest to z, as they are decoded; a click does with one what the page says.
import { element, setChildren } from "./element.js";
import { Picture } from "./picture.js";
import { tileSize } from "./pixels.js";

const MOST = 5;
const GAP = 8; // nearest.css has the same

export class Nearest {
  /**
   * @param {import("./model.js").Model} model with support
   * @param {{onPick: (row: number) => void, toPick: string}} actions `toPick` says what a click does
   */
  constructor(model, { onPick, toPick }) {
    this.model = model;
    this.onPick = onPick;
    this.toPick = toPick;
    this.buttons = new Map(); // of stored latents, those on the page
    this.tiles = element("div", { class: "tiles" });
    const heading = element("p", { class: "caption" }, "Nearest test images, with their distance in z");
    this.view = element("section", { class: "nearest" }, heading, this.tiles);
  }

  /** As many as there is room for. */
  resize() {
    const size = tileSize(this.model.width);
    if (size !== this.size) this.buttons.clear();
    this.size = size;
    this.count = Math.max(1, Math.min(MOST, Math.floor((this.view.clientWidth + GAP) / (size + GAP))));
  }

  /** @returns {number} the distance to the nearest one */
  show(z) {
    const found = this.model.support.nearest(z, this.count);
    this.buttons = new Map(found.map((near) => [near.index, this.buttons.get(near.index) ?? this.button(near)]));
    for (const near of found) this.describe(near);
    setChildren(this.tiles, [...this.buttons.values()]);
    return found[0].distance;
  }

  button({ index, row }) {
    const picture = new Picture(this.model);
    this.model.want(`test image ${row}`, this.model.support.latent(index), (image) => picture.draw(image));
    picture.resize(this.size);
    return element("button", { class: "thumb", onclick: () => this.onPick(row) }, picture.canvas, element("span"));
  }

  describe({ index, row, distance }) {
    const { facts, support } = this.model;
    const kind = facts.kinds?.[support.kinds[index]];
    const away = support.digits("nearest", distance);
    const button = this.buttons.get(index);
    button.title = `${kind ? `${kind}, ` : ""}test image ${row}, at a distance of ${away}. Click to ${this.toPick}`;
    button.lastElementChild.textContent = kind ? `${kind} · ${away}` : away;
  }
}
