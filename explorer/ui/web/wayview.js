// The way from A to B: film strips with a range input over them, what can be measured along it, and a player.
import { element, icon, keyChips } from "./element.js";
import { Filmstrip } from "./filmstrip.js";
import { WAYS } from "./paths.js";
import { wholeMultiple } from "./pixels.js";
import { Player } from "./player.js";
import { Profile } from "./profile.js";
import { WAY_NAMES } from "./walkbar.js";

const FRAME = 64; // CSS pixels that a frame of the strip aims at
const STRIDE = 0.01; // of the way, by an arrow key; ten times that with shift
const TURNS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const KEYS = [
  [["←", "→"], "move"],
  [["shift"], "faster"],
  [["space"], "play"],
  [["R"], "draw the chosen anchor anew"],
];

export class WayView {
  /**
   * @param {import("./model.js").Model} model
   * @param {import("./picture.js").Picture} picture frames are drawn there first
   * @param {{onMove: (t: number) => void, onRelease: () => void}} actions
   */
  constructor(model, picture, actions) {
    this.model = model;
    this.actions = actions;
    this.player = new Player({ onMove: actions.onMove, onStop: actions.onRelease, placeNow: () => this.place });
    this.lanes = Object.fromEntries(Object.keys(WAYS).map((way) => [way, new StripLane(way, new Filmstrip(picture))]));
    this.profile = new Profile(model);
    this.input = this.range();
    this.excuse = element("p", { class: "excuse", role: "status" });
    const strips = Object.values(this.lanes).map(({ lane }) => lane);
    this.tracks = element("div", { class: "tracks" }, ...strips, ...this.profile.lanes, this.input);
    this.readout = element("output", { class: "readout" });
    const bar = element("div", { class: "transport" }, this.player.bar, this.readout);
    const notes = element("p", { class: "notes" }, this.profile.notes);
    this.section = element("section", { class: "way" }, bar, this.excuse, this.tracks, notes, keyChips(KEYS));
  }

  range() {
    return element("input", {
      type: "range",
      min: 0,
      max: 1,
      step: "any",
      "aria-label": "Place on the way from A to B",
      oninput: () => this.grab(this.input.valueAsNumber),
      onchange: () => this.actions.onRelease(),
      onkeydown: (event) => this.onKey(event),
    });
  }

  /** The visitor takes the playhead: playing ends, without a word to Python before the release. */
  grab(place) {
    this.player.pause();
    this.actions.onMove(place);
  }

  onKey(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey, repeat } = event;
    if (altKey || ctrlKey || metaKey || (key !== " " && !(key in TURNS))) return;
    event.preventDefault();
    if (key === " ") return void (repeat || this.player.toggle());
    const place = this.place + TURNS[key] * STRIDE * (shiftKey ? 10 : 1);
    this.grab(Math.max(0, Math.min(1, place)));
  }

  /** Lays out the strips of the ways that a walk shows. */
  setWalk(walk) {
    for (const [way, { lane }] of Object.entries(this.lanes)) lane.hidden = !walk.ways.includes(way);
    this.section.classList.toggle("several", walk.ways.length > 1);
    this.excuse.hidden = !walk.excuse;
    this.excuse.replaceChildren(icon("info"), `The spherical way is straight here: ${walk.excuse}.`);
  }

  /** Moves the playhead. */
  mark(place) {
    this.place = place;
    this.input.value = place;
    const percent = `${(100 * place).toFixed(0)} %`;
    this.input.setAttribute("aria-valuetext", `${percent} of the way from A to B`);
    this.readout.textContent = `${percent} of the way`;
    this.tracks.style.setProperty("--place", `${100 * place}%`);
    this.profile.mark(place);
  }

  resize() {
    const dpr = window.devicePixelRatio;
    const { width, height } = this.model;
    const frame = Math.min(wholeMultiple(FRAME, width), 1.5 * FRAME); // larger images are smoothed down
    const cell = { width: Math.round(frame * dpr), height: Math.round((frame * height * dpr) / width) };
    this.tracks.style.setProperty("--frame", `${cell.height / dpr}px`);
    for (const { strip } of this.shown) {
      const { left, right } = strip.view.getBoundingClientRect();
      strip.resize(Math.round(right * dpr) - Math.round(left * dpr), cell); // as the page snaps it
    }
  }

  /** First what strips show, then what curves do. @returns {Iterator<import("./film.js").Frame>} */
  *frames(walk) {
    for (const way of walk.ways) yield* this.lanes[way].strip.frames(walk.along(way));
    yield* this.profile.frames(walk);
  }

  get frameCount() {
    return this.shown[0].strip.frameCount;
  }

  get shown() {
    return Object.values(this.lanes).filter(({ lane }) => !lane.hidden);
  }

  close() {
    this.player.close();
  }
}

class StripLane {
  constructor(way, strip) {
    this.strip = strip;
    const name = element("div", { class: "name" }, element("b", {}, WAY_NAMES[way]), element("i", { class: `key ${way}` }));
    const plot = element("div", { class: "plot" }, strip.view, element("i", { class: "playhead" }));
    this.lane = element("div", { class: "lane strip" }, name, plot);
  }
}
