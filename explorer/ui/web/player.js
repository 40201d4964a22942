// Plays a way: there, or there and back until it is stopped.
import { PlayBar } from "./playbar.js";

const SECONDS = 4; // that a way takes at speed 1

export class Player extends PlayBar {
  /** @param {{onMove: (t: number) => void, onStop: () => void, placeNow: () => number}} actions */
  constructor(actions) {
    super({
      loops: "There and back, until it is stopped",
      speedOf: (speed) => `${SECONDS / speed} seconds from A to B`,
    });
    this.actions = actions;
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
}
