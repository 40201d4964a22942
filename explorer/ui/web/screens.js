// The large image, or one of each way side by side.
import { element } from "./element.js";
import { pixelsShown, timeDecoded } from "./imagefacts.js";
import { Picture } from "./picture.js";
import { wholeMultiple } from "./pixels.js";

const BETWEEN = 16; // CSS pixels between two of them; screens.css has the same

export class Screens {
  /** @param {import("./model.js").Model} model @param {number} most images at once */
  constructor(model, most) {
    this.model = model;
    this.screens = Array.from({ length: most }, () => screen(new Picture(model)));
    this.row = element("div", { class: "row" }, ...this.screens.map(({ figure }) => figure));
    this.facts = element("p", { class: "facts" });
    this.view = element("div", { class: "screens" }, this.row, this.facts);
  }

  /** @param {string[]} names of what is shown; a single one needs no caption */
  setNames(names) {
    this.count = names.length;
    for (const [index, { figure, caption, picture }] of this.screens.entries()) {
      figure.hidden = index >= this.count;
      caption.hidden = this.count === 1;
      caption.textContent = names[index];
      picture.canvas.setAttribute("aria-label", `The image at this place, ${names[index]}`);
    }
  }

  /** @param {() => void} onPainted the image of the first latent is on the page */
  paint(latents, onPainted) {
    for (const [index, z] of latents.entries()) {
      this.model.want(`image ${index}`, z, (image) => {
        this.screens[index].picture.draw(image);
        if (index === 0) onPainted();
      });
    }
  }

  /** @param {number} room CSS pixels for all of them */
  resize(room) {
    const { width } = this.model;
    const gaps = (this.count - 1) * BETWEEN;
    const fitting = (room - gaps) / this.count;
    this.size = Math.min(fitting, wholeMultiple(fitting, width)); // an image that does not fit is smoothed down
    for (const { picture } of this.screens) {
      picture.canvas.classList.toggle("smooth", this.size < width / window.devicePixelRatio);
      picture.resize(this.size);
    }
  }

  /** Once the hand rests. */
  settle() {
    this.facts.textContent = `${pixelsShown(this.model, this.size)} · ${timeDecoded(this.model)}`;
  }
}

function screen(picture) {
  picture.canvas.setAttribute("role", "img");
  const caption = element("figcaption", { class: "caption" });
  return { picture, caption, figure: element("figure", {}, picture.canvas, caption) };
}
