// Has many frames decoded without holding up the page, wherever its model decodes.
import { Film } from "./film.js";

export class Reel {
  /** @param {import("./model.js").Model} model */
  constructor(model) {
    this.model = model;
    this.film = model.decodesHere ? new Film(model) : null;
  }

  /**
   * Draws these frames in their order, and drops what is not drawn yet of those before.
   * @param {() => Iterator<import("./film.js").Frame>} frames @param {number} perStrip how many a strip has
   */
  play(frames, perStrip) {
    if (this.film) this.film.play(frames, perStrip);
    else this.ask(frames());
  }

  /** Of the server, all in one question. */
  ask(frames) {
    let slot = 0;
    for (const { latent, draw } of frames) this.model.want(`frame ${slot++}`, latent, draw);
  }

  close() {
    this.film?.close();
  }
}
