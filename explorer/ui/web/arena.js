// The anchors, and between them the large image or the square; and how large each of them is.
import { element } from "./element.js";
import { wholeMultiple } from "./pixels.js";

const NARROW = 760; // CSS pixels; interpolate.css has the same
const SMALL = 520;
const TILES = { wide: 84, small: 56 }; // CSS pixels that an anchor's tile aims at
const GUTTER = 16; // between the tiles and what is between them; arena.css has the same
const COLUMN_GAP = 32; // interpolate.css has the same
const BELOW = { way: 620, square: 420 }; // CSS pixels of the screen that are left to what is around
const LEAST = 200; // of the large image, or of the square
const LARGEST_BESIDE = 256; // of the large image beside a square
const SHARES = { one: 0.38, several: 0.48 }; // of a wide panel's width

export class Arena {
  /**
   * @param {import("./model.js").Model} model
   * @param {{anchors: import("./anchors.js").Anchors, screens: import("./screens.js").Screens,
   *   square: import("./blendsquare.js").BlendSquare}} parts
   */
  constructor(model, { anchors, screens, square }) {
    this.model = model;
    Object.assign(this, { anchors, screens, square });
    this.middle = element("div");
    this.view = element("div", { class: "arena" }, anchors.left, this.middle, anchors.right);
  }

  /** @param {import("./walk.js").Walk} walk */
  arrange(walk) {
    this.middle.replaceChildren(walk.square ? this.square.square : this.screens.view);
  }

  /** @param {number} width of the panel @param {import("./walk.js").Walk} walk */
  resize(width, walk) {
    const tile = Math.min(TILES.wide, wholeMultiple(width < SMALL ? TILES.small : TILES.wide, this.model.width));
    this.anchors.resize(tile);
    const tiles = 2 * (tile + GUTTER);
    const isNarrow = width <= NARROW;
    const between = (share) => (isNarrow ? width - tiles : share * width);
    const high = (below) => Math.max(LEAST, window.innerHeight - below);
    const count = walk.latents.length;
    if (!walk.square) {
      const room = between(count > 1 ? SHARES.several : SHARES.one);
      this.screens.resize(Math.min(room, count * high(BELOW.way)));
      return;
    }
    const side = this.square.resize(Math.min(between(SHARES.one), high(BELOW.square)));
    this.screens.resize(Math.min(isNarrow ? width : width - side - tiles - COLUMN_GAP, LARGEST_BESIDE));
  }
}
