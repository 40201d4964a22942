// A path drawn on a map: the strip of what is decoded along it, played, and saved as a movie.
import { actionButton, element, iconButton } from "./element.js";
import { Filmstrip } from "./filmstrip.js";
import { wholeMultiple } from "./pixels.js";
import { Player } from "./player.js";
import { Reel } from "./reel.js";

const FRAME_SIZE = 56; // CSS pixels that a frame of the strip aims at
const MOVIE_FRAMES = 48; // of a saved movie, one way; ui/manifold.py takes no more than 64
const LEAST_LENGTH = 1e-9;

export class MapPath {
  /**
   * @param {import("./model.js").Model} model @param {import("./picture.js").Picture} picture frames are drawn there first
   * @param {{onMove: (t: number) => void, onSave: (kind: string, latents: Float32Array[]) => void, onClear: () => void}} actions
   */
  constructor(model, picture, actions) {
    Object.assign(this, { model, actions, places: [], t: 0 });
    this.strip = new Filmstrip(picture);
    this.reel = new Reel(model);
    this.player = new Player({ onMove: (t) => this.move(t), onStop: () => {}, placeNow: () => this.t });
    this.input = element("input", {
      type: "range", min: 0, max: 1, step: "any", "aria-label": "Place on the path",
      oninput: () => {
        this.player.pause();
        this.move(this.input.valueAsNumber);
      },
    });
    this.playhead = element("i", { class: "playhead" });
    const track = element("div", { class: "track-of-path" }, this.strip.view, this.playhead, this.input);
    const gif = actionButton("movie", "GIF", "Save the path as GIF, plays everywhere", () => this.save("gif"));
    const webp = actionButton("movie", "WebP", "Save the path as WebP, smaller", () => this.save("webp"));
    const close = iconButton("close", "Remove the path", actions.onClear);
    const heading = element("div", { class: "heading tray-head" }, element("h3", {}, "Path"), this.player.bar, gif, webp, close);
    this.section = element("section", { class: "path", hidden: "" }, heading, track);
  }

  get isDrawn() {
    return this.places.length > 1;
  }

  /** @param {Array<[number, number]>} places of the map @param {import("./atlas.js").Projection} projection */
  set(places, projection) {
    this.player.pause();
    this.places = places;
    this.projection = projection;
    this.lengths = places.map(([x, y], i) => (i ? Math.hypot(x - places[i - 1][0], y - places[i - 1][1]) : 0));
    for (let i = 1; i < places.length; i++) this.lengths[i] += this.lengths[i - 1];
    this.section.hidden = !this.isDrawn;
    if (this.isDrawn) this.resize();
  }

  /** @returns {[number, number]} the place at a share of the path's length */
  placeAt(t) {
    const { places, lengths } = this;
    const length = t * lengths.at(-1);
    const next = Math.max(1, lengths.findIndex((each) => each >= length));
    const share = (length - lengths[next - 1]) / Math.max(LEAST_LENGTH, lengths[next] - lengths[next - 1]);
    return [0, 1].map((axis) => places[next - 1][axis] + share * (places[next][axis] - places[next - 1][axis]));
  }

  latentAt(t) {
    return this.projection.lift.lift(...this.placeAt(t));
  }

  move(t) {
    this.t = t;
    this.input.value = t;
    this.playhead.style.left = `${100 * t}%`;
    this.actions.onMove(t);
  }

  save(kind) {
    this.actions.onSave(kind, Array.from({ length: MOVIE_FRAMES }, (_, i) => this.latentAt(i / (MOVIE_FRAMES - 1))));
  }

  resize() {
    if (!this.isDrawn) return;
    const dpr = window.devicePixelRatio;
    const { width, height } = this.model;
    const frame = wholeMultiple(FRAME_SIZE, width);
    const cell = { width: Math.round(frame * dpr), height: Math.round((frame * height * dpr) / width) };
    this.section.style.setProperty("--frame", `${cell.height / dpr}px`);
    const { left, right } = this.strip.view.getBoundingClientRect();
    this.strip.resize(Math.round(right * dpr) - Math.round(left * dpr), cell);
    this.reel.play(() => this.strip.frames((t) => this.latentAt(t)), this.strip.frameCount);
  }

  close() {
    this.player.close();
    this.reel.close();
  }
}
