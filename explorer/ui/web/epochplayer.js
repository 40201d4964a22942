// Plays the stored epochs in their order, once or again and again; learning is not played backwards.
import { Choice } from "./choice.js";
import { element, icon } from "./element.js";

const SECONDS_EACH = 0.6; // from one stored epoch to the next at speed 1
const SECONDS_ALL = 15; // at most, at speed 1
const SECONDS_HELD = 1.2; // that the last epoch stays before it begins again
const EPOCH_SPEEDS = { "½×": 0.5, "1×": 1, "2×": 2 };

export class EpochPlayer {
  /** @param {{onMove: (place: number) => void, placeNow: () => number, last: () => number}} actions */
  constructor(actions) {
    this.actions = actions;
    this.symbol = icon("play_arrow");
    this.word = element("span", {}, "Play");
    this.button = element("button", { class: "action play", onclick: () => this.toggle() }, this.symbol, this.word);
    const title = "From the first epoch again, until it is stopped";
    this.loop = element("button", { class: "action", title, onclick: () => this.setLoop(!this.loops) }, icon("repeat"), "Loop");
    const speeds = Object.entries(EPOCH_SPEEDS).map(([content, value]) => ({ value, content, title: `Speed ${content}` }));
    this.speed = new Choice("Speed", speeds, 1);
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
    this.stillness = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.time = this.actions.placeNow() >= this.actions.last() ? 0 : this.actions.placeNow();
    this.before = performance.now();
    this.actions.onMove(this.time);
    this.schedule();
    this.label();
  }

  schedule() {
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    const last = this.actions.last();
    const each = Math.min(SECONDS_EACH, SECONDS_ALL / Math.max(last, 1));
    this.time += (this.speed.value * Math.max(0, now - this.before)) / 1000 / each;
    this.before = now;
    const place = Math.min(this.time, last);
    this.actions.onMove(this.stillness ? Math.floor(place) : place);
    if (place >= last && !this.loops) return this.stop();
    if (this.time >= last + SECONDS_HELD / each) this.time = 0;
    return this.schedule();
  }

  /** Playing rests on a stored epoch, the last one that was reached. */
  stop() {
    if (!this.playing) return;
    this.close();
    this.actions.onMove(Math.floor(this.actions.placeNow()));
    this.label();
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
