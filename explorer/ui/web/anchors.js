// The anchors as tiles: which one is chosen for, what it is, and another one of its kind.
import { hasNext } from "./anchor.js";
import { element, smallButton } from "./element.js";
import { Picture } from "./picture.js";
import { LETTERS } from "./walk.js";

export class Anchors {
  /** @param {import("./model.js").Model} model @param {{onSelect: (index: number) => void, onAnother: (index: number) => void}} actions */
  constructor(model, { onSelect, onAnother }) {
    this.model = model;
    this.images = [];
    this.tiles = LETTERS.map((letter, index) => this.tile(letter, index, onSelect, onAnother));
    this.left = element("div", { class: "anchors" }, this.tiles[0].view, this.tiles[2].view);
    this.right = element("div", { class: "anchors" }, this.tiles[1].view, this.tiles[3].view);
  }

  tile(letter, index, onSelect, onAnother) {
    const picture = new Picture(this.model);
    const caption = element("span", { class: "caption" });
    const badge = element("span", { class: "badge", "aria-hidden": "true" }, letter);
    const button = element("button", { class: "thumb", onclick: () => onSelect(index) }, picture.canvas, badge);
    const another = smallButton("autorenew", `Another one like ${letter}`, () => onAnother(index));
    const line = element("div", { class: "line" }, caption, another);
    return { view: element("div", { class: "anchor" }, button, line), picture, button, caption, another };
  }

  /** @param {import("./walk.js").Walk} walk */
  show(walk) {
    for (const [index, anchor] of walk.anchors.entries()) {
      const { label, z } = anchor;
      const { view, picture, button, caption, another } = this.tiles[index];
      view.hidden = index >= walk.count;
      another.hidden = !hasNext(this.model, anchor);
      this.model.want(`anchor ${index}`, z, (image) => {
        this.images[index] = image.slice();
        picture.draw(image);
      });
      button.setAttribute("aria-label", `${LETTERS[index]}: ${label}. Click to choose another`);
      button.title = `${LETTERS[index]}: ${label}`;
      caption.textContent = label.split(",")[0];
    }
  }

  /** @returns {Float32Array} the image of an anchor, (C, H, W) in [0, 1] */
  imageOf(index) {
    return this.images[index];
  }

  select(index) {
    for (const [each, { button }] of this.tiles.entries()) button.setAttribute("aria-pressed", String(each === index));
  }

  /** @param {number} size CSS pixels */
  resize(size) {
    for (const { picture, view } of this.tiles) {
      picture.canvas.classList.toggle("smooth", size < this.model.width / window.devicePixelRatio);
      picture.resize(size);
      view.style.width = `${size}px`;
    }
  }
}
