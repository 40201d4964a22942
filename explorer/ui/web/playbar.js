// What every player has: a button that plays and pauses, a loop, a choice of speed, and the frames of the page.
import { Choice } from "./choice.js";
import { element, icon } from "./element.js";

const SPEEDS = { "½×": 0.5, "1×": 1, "2×": 2 };

/** A player says what happens in `play()`, in `tick(now)`, which schedules itself, and in `stop()`. */
export class PlayBar {
  /** @param {{loops: string, speedOf: (speed: number, name: string) => string}} titles what is done again, and how fast */
  constructor({ loops, speedOf }) {
    this.symbol = icon("play_arrow");
    this.word = element("span", {}, "Play");
    this.button = element("button", { class: "action play", onclick: () => this.toggle() }, this.symbol, this.word);
    const again = { class: "action", title: loops, onclick: () => this.setLoop(!this.loops) };
    this.loop = element("button", again, icon("repeat"), "Loop");
    const speeds = Object.entries(SPEEDS).map(([content, value]) => ({ value, content, title: speedOf(value, content) }));
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

  schedule() {
    this.frame = requestAnimationFrame((now) => this.tick(now));
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
