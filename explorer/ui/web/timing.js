// How long something takes that is done again and again. No DOM: node runs it too.

const TIMED = 60; // times whose median is reported

export class Timing {
  constructor() {
    this.times = [];
  }

  note(milliseconds) {
    this.times.push(milliseconds);
    if (this.times.length > TIMED) this.times.shift();
  }

  /** Of the last times, in milliseconds; 0 before the first. */
  get median() {
    return this.times.toSorted((a, b) => a - b)[this.times.length >> 1] ?? 0;
  }
}
