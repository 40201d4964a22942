// Plays a way: there, or there and back until it is stopped.
import { Choice } from "./choice.js";
import { element, icon } from "./element.js";

const SECONDS = 4; // that a way takes at speed 1
const SPEEDS = { "½×": 0.5, "1×": 1, "2×": 2 };

export class Player {
  /** @param {{onMove: (t: number) => void, onStop: () => void, placeNow: () => number}} actions */
  constructor(actions) {
    this.actions = actions;
    this.symbol = icon("play_arrow");
    this.word = element("span", {}, "Play");
    this.button = element("button", { class: "action play", onclick: () => this.toggle() }, this.symbol, this.word);
    const title = "There and back, until it is stopped";
    this.loop = element("button", { class: "action", title, onclick: () => this.setLoop(!this.loops) }, icon("repeat"), "Loop");
    this.speed = new Choice("Speed", speeds(), 1);
    this.bar = element("div", { class: "player", role: "group", "aria-label": "Play" }, this.button, this.loop, this.speed.group);
    this.setLoop(false);
  }

  get playing() {
    return this.frame != null;
  }

  setLoop(loops) {
    this.loops = loops;
    this.loop.setAttribute("aria-pressed", String(loops));
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  play() {
    this.heading = 1;
    this.last = performance.now();
    if (this.actions.placeNow() >= 1) this.actions.onMove(0);
    this.schedule();
    this.label();
  }

  stop() {
    this.pause();
    this.actions.onStop();
  }

  /** Ends playing and keeps it to itself. */
  pause() {
    this.close();
    this.label();
  }

  schedule() {
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    const passed = Math.max(0, now - this.last) / 1000;
    this.last = now;
    const place = this.actions.placeNow() + (this.heading * this.speed.value * passed) / SECONDS;
    this.actions.onMove(Math.max(0, Math.min(1, place)));
    const isAtAnEnd = this.heading > 0 ? place >= 1 : place <= 0; // the first frame may have begun before the click
    if (isAtAnEnd && !this.loops) return this.stop();
    if (isAtAnEnd) this.heading = -this.heading;
    return this.schedule();
  }

  label() {
    this.symbol.textContent = this.playing ? "pause" : "play_arrow";
    this.word.textContent = this.playing ? "Pause" : "Play";
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
  }
}

const speeds = () => Object.entries(SPEEDS).map(([content, value]) => (
  { value, content, title: `${SECONDS / value} seconds from A to B` }
));
