// What lies under the pointer: decoded in the next frame, beside the nearest test image; at rest, all that is known of it.
import { verdictOf } from "./support.js";

const AT_REST_MS = 140; // without a move: what is slow may follow

export class MapPreview {
  /**
   * @param {import("./model.js").Model} model @param {import("./atlas.js").Atlas} atlas
   * @param {import("./mapscene.js").MapScene} scene @param {import("./mapaside.js").MapAside} aside
   * @param {(place: [number, number], z: Float32Array, row: number) => void} onPainted
   */
  constructor(model, atlas, scene, aside, onPainted) {
    Object.assign(this, { model, atlas, scene, aside, onPainted, pointer: null, place: [0, 0], z: atlas.mean });
  }

  /** @param {import("./atlas.js").Projection} projection @param {import("./evidence.js").Evidence} evidence */
  setPlaces(projection, evidence) {
    Object.assign(this, { projection, evidence });
    this.leave();
  }

  /** @param {number} across @param {number} down CSS pixels of the map */
  hover(across, down) {
    this.pointer = [across, down];
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (!this.pointer) return;
      this.show(this.scene.viewport.placeOf(...this.pointer));
      const nearest = [this.projection.xs[this.nearest], this.projection.ys[this.nearest]];
      this.scene.mark({ pointer: this.place, nearest });
      this.scene.callout.moveTo(...this.pointer);
    });
  }

  leave() {
    this.pointer = null;
    this.scene.callout.hide();
    this.scene.mark({ pointer: null, nearest: null });
  }

  /** Decodes what a place is lifted to, and the nearest point's own latent. */
  show(place) {
    const z = this.projection.lift.lift(...place);
    this.showLatent(place, z, this.evidence.percentiles(...place, z));
  }

  /** The same of a z that belongs to a place, and is not what that place is lifted to. */
  showOwn(place, z) {
    this.showLatent(place, z, [...this.evidence.latentPercentiles(z), 0]);
  }

  showLatent(place, z, percentiles) {
    Object.assign(this, { place, z });
    this.showNearest(this.projection.grid.nearest(...place)[0].index);
    const verdict = verdictOf(percentiles);
    this.model.want("here", z, (image) => {
      this.scene.callout.here.draw(image);
      this.aside.show(image, z, verdict);
      this.onPainted(place, z, this.atlas.rows[this.nearest]);
    });
    this.scene.callout.judge(verdict);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(z, percentiles.at(-1)), AT_REST_MS);
  }

  showNearest(index) {
    if (index === this.nearest) return;
    this.nearest = index;
    const { near, nearLabel } = this.scene.callout;
    this.model.want("nearest", this.atlas.latent(index), (image) => near.draw(image));
    nearLabel.textContent = `nearest: ${this.atlas.nameOf(index)}`;
  }

  /** Where the image is encoded again is known now, too: the verdict may be worse. */
  settle(z, spacing) {
    this.scene.callout.judge(this.aside.settle(z, spacing));
  }

  close() {
    clearTimeout(this.rest);
    cancelAnimationFrame(this.frame);
  }
}
