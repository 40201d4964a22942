// A square between four anchors: a lattice of decodes, and a point that the pointer moves over it.
import { element } from "./element.js";
import { wholeMultiple } from "./pixels.js";

const CELL = 64; // CSS pixels that a cell of the lattice aims at
const FEWEST = 3; // cells a side
const NUDGE = 0.02; // of the square, by an arrow key; five times that with shift
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class BlendSquare {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./picture.js").Picture} picture cells are drawn there first
   * @param {{onMove: (u: number, v: number) => void, onPreview: (u: number, v: number) => void,
   *   onRelease: () => void, onLeave: () => void}} actions a hovering pointer previews, a pressed one moves
   */
  constructor(model, picture, actions) {
    this.model = model;
    this.picture = picture;
    this.actions = actions;
    this.canvas = element("canvas");
    this.point = element("i", { class: "point" });
    this.square = element(
      "div",
      {
        class: "square",
        tabindex: 0,
        role: "slider",
        "aria-label": "Blend of the four images; arrow keys move",
        onpointerdown: (event) => event.button === 0 && this.press(event),
        onpointermove: (event) => this.follow(event),
        onpointerup: () => this.release(),
        onpointercancel: () => this.release(),
        onpointerleave: () => this.isDown || actions.onLeave(),
        onkeydown: (event) => this.onKey(event),
      },
      this.canvas,
      this.point,
    );
  }

  show(u, v) {
    [this.u, this.v] = [u, v];
    this.point.style.left = `${100 * u}%`;
    this.point.style.top = `${100 * v}%`;
    this.square.setAttribute("aria-valuenow", u.toFixed(2));
    this.square.setAttribute("aria-valuetext", `${Math.round(100 * u)} % across, ${Math.round(100 * v)} % down`);
  }

  press(event) {
    this.square.setPointerCapture(event.pointerId);
    this.isDown = true;
    this.actions.onMove(...this.placeOf(event));
  }

  follow(event) {
    const act = this.isDown ? this.actions.onMove : this.actions.onPreview;
    act(...this.placeOf(event));
  }

  release() {
    if (!this.isDown) return;
    this.isDown = false;
    this.actions.onRelease();
  }

  placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.square.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height].map(clampShare);
  }

  onKey(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (!(key in DIRECTIONS) || altKey || ctrlKey || metaKey) return;
    event.preventDefault();
    const [across, down] = DIRECTIONS[key].map((way) => way * NUDGE * (shiftKey ? 5 : 1));
    this.actions.onMove(clampShare(this.u + across), clampShare(this.v + down));
  }

  /** @param {number} room CSS pixels a side @returns {number} the side that it takes: whole cells of whole multiples */
  resize(room) {
    const { width, height } = this.model;
    const fitting = wholeMultiple(CELL, width);
    const cell = Math.min(fitting, room / FEWEST); // a large image's cells are smoothed down
    this.cells = Math.max(FEWEST, Math.floor(room / cell));
    const side = this.cells * cell;
    this.cell = Math.round(cell * window.devicePixelRatio);
    this.canvas.width = this.canvas.height = this.cells * this.cell;
    this.square.style.width = `${side}px`;
    this.square.style.height = `${(side * height) / width}px`;
    return side;
  }

  /**
   * The cells of the lattice row by row, each decoded at the place of its own centre.
   * @param {(u: number, v: number) => Float32Array} blend @returns {Iterator<import("./film.js").Frame>}
   */
  *frames(blend) {
    const { picture, cells, cell } = this;
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = cell < picture.canvas.width; // only smoothed down
    this.square.classList.add("stale");
    for (let i = 0; i < cells ** 2; i++) {
      const [column, row] = [i % cells, Math.floor(i / cells)];
      const draw = (image) => {
        picture.draw(image);
        context.drawImage(picture.canvas, column * cell, row * cell, cell, cell);
        if (i === cells ** 2 - 1) this.square.classList.remove("stale");
      };
      yield { latent: blend((column + 0.5) / cells, (row + 0.5) / cells), draw };
    }
  }
}

const clampShare = (value) => Math.max(0, Math.min(1, value));
