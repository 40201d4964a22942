// A film strip of a way between two latents: whole frames, each decoded at the place of its own centre.
import { element } from "./element.js";

export class Filmstrip {
  /** @param {import("./picture.js").Picture} picture frames are drawn there first */
  constructor(picture) {
    this.picture = picture;
    this.canvas = element("canvas");
    this.view = element("div", { class: "film stale" }, this.canvas);
  }

  /** @param {number} width of the strip @param {{width: number, height: number}} cell both in device pixels */
  resize(width, cell) {
    this.cell = cell;
    this.canvas.width = width; // this clears it
    this.canvas.height = cell.height;
  }

  get frameCount() {
    return Math.max(1, Math.floor(this.canvas.width / this.cell.width));
  }

  /** @param {(t: number) => Float32Array} way @returns {Iterator<import("./film.js").Frame>} from A to B */
  *frames(way) {
    const { canvas, picture, frameCount, cell } = this;
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = cell.width < picture.canvas.width; // only smoothed down
    this.view.classList.add("stale");
    for (let frame = 0; frame < frameCount; frame++) {
      const place = (frame + 0.5) / frameCount;
      const draw = (image) => {
        picture.draw(image);
        context.drawImage(picture.canvas, Math.round(place * canvas.width - cell.width / 2), 0, cell.width, cell.height);
        if (frame === frameCount - 1) this.view.classList.remove("stale");
      };
      yield { latent: way(place), draw };
    }
  }
}
