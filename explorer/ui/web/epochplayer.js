// Plays the stored epochs in their order, once or again and again; learning is not played backwards.
import { PlayBar } from "./playbar.js";

const SECONDS_EACH = 0.6; // from one stored epoch to the next at speed 1
const SECONDS_ALL = 15; // at most, at speed 1
const SECONDS_HELD = 1.2; // that the last epoch stays before it begins again

export class EpochPlayer extends PlayBar {
  /** @param {{onMove: (place: number) => void, placeNow: () => number, last: () => number}} actions */
  constructor(actions) {
    super({ loops: "From the first epoch again, until it is stopped", speedOf: (_, name) => `Speed ${name}` });
    this.actions = actions;
  }

  play() {
    this.stillness = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.time = this.actions.placeNow() >= this.actions.last() ? 0 : this.actions.placeNow();
    this.before = performance.now();
    this.actions.onMove(this.time);
    this.schedule();
    this.label();
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
}
