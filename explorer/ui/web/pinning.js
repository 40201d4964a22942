// Pins of a map: what puts them there, where they are marked, and what becomes of them.
import { LinearLift } from "./lift.js";
import { MapPins } from "./mappins.js";
import { MapSketch } from "./mapsketch.js";
import { Pinboard } from "./pinboard.js";
import { verdictOf } from "./support.js";

const DOUBLE_MS = 600; // that a double click takes at most

export class Pinning {
  /**
   * @param {{model: import("./model.js").Model, atlas: import("./atlas.js").Atlas, scene: import("./mapscene.js").MapScene,
   *   preview: import("./mappreview.js").MapPreview, aside: import("./mapaside.js").MapAside}} parts
   * @param {?Object} last the panel of the same model that stood here
   * @param {{onBase: () => void, onRelease: () => void, onWish: (wish: Object) => void}} actions `onBase`: places are
   *   lifted from elsewhere
   */
  constructor(parts, last, actions) {
    Object.assign(this, parts, { actions });
    const { model, atlas, aside } = parts;
    this.board = new Pinboard(model, atlas, last && { board: last.pinning.board, model: last.model });
    this.tray = new MapPins(model, this.trayActions());
    this.sketch = new MapSketch(model, this.tray.section, {
      onRead: (z) => {
        this.board.sketch(z);
        this.show();
      },
      onRelease: (z) => this.change(() => this.board.sketch(z)),
      image: () => aside.image,
    });
  }

  trayActions() {
    const { actions } = this;
    const pinAt = (index) => this.board.pins[index];
    return {
      onRemove: (index) => this.change(() => this.board.remove(index)),
      onClear: () => this.change(() => this.board.clear()),
      onBase: (index) => this.change(() => this.board.toggleBase(index)),
      onOpen: (index) => actions.onWish({ open: Array.from(pinAt(index).z), label: pinAt(index).label }),
      onShow: (index) => this.preview.showOwn(this.placeOf(pinAt(index)), pinAt(index).z),
      onWalk: () => actions.onWish({ walk: true }),
      onDraw: () => this.sketch.toggle(),
    };
  }

  /** The latent that places are lifted from. */
  get from() {
    return this.board.base?.z ?? this.atlas.mean;
  }

  /** @returns {string} what a map's title says of it; nothing where it is the mean of all latents */
  get fromWords() {
    const { base, pins } = this.board;
    return base ? `; its other dimensions from pin ${pins.indexOf(base) + 1}` : "";
  }

  /** @param {string} key of the map @param {import("./atlas.js").Projection} projection @param {import("./evidence.js").Evidence} evidence */
  setMap(key, projection, evidence) {
    Object.assign(this, { key, projection, evidence });
    this.show();
  }

  change(act) {
    const { base } = this.board;
    act();
    if (this.board.base !== base) this.actions.onBase();
    this.show();
    this.actions.onRelease();
  }

  pin(pin) {
    this.pinnedAt = performance.now();
    this.change(() => this.board.add(pin));
  }

  /** The place that is shown, or the test image nearest to it. */
  pinShown(isNearest) {
    const { place, z, nearest } = this.preview;
    this.pin(isNearest ? this.board.ofRow(this.atlas.rows[nearest]) : this.board.ofPlace(place, z, this.key));
  }

  pinRow(row) {
    this.pin(this.board.ofRow(row));
  }

  /** A double click has pinned with its first one: that was not meant. */
  takeBackClick() {
    if (performance.now() - this.pinnedAt < DOUBLE_MS) this.change(() => this.board.remove(this.board.pins.length - 1));
  }

  /** Where a pin is on this map: where it was clicked, or where its latent belongs. */
  placeOf({ on, z }) {
    return on?.map === this.key ? on.place : this.projection.place(z);
  }

  show() {
    const { board: { pins, base }, projection, evidence } = this;
    this.scene.mark({ pins: pins.map((pin, index) => ({ place: this.placeOf(pin), number: index + 1, isOwn: pin.isOwn })) });
    this.tray.show(pins, base, {
      isLinear: projection.lift instanceof LinearLift,
      verdictOf: (z) => verdictOf(evidence.latentPercentiles(z)),
      placed: (z) => projection.lift.lift(...projection.place(z)),
    });
  }

  resize() {
    this.tray.resize();
    this.sketch.resize();
  }

  close() {
    this.sketch.close();
  }
}
