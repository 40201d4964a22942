// Slow work, bit by bit: some milliseconds of every animation frame, so that dragging never stutters.

const BUDGET_MS = 6; // of a frame's 16

export class Slices {
  /** Takes on new work in place of what was under way. @param {Iterator} work does a bit at each `next` */
  run(work) {
    this.work = work;
    this.frame ??= requestAnimationFrame(() => this.slice());
  }

  slice() {
    this.frame = null;
    const end = performance.now() + BUDGET_MS;
    while (this.work && performance.now() < end) if (this.work.next().done) this.work = null;
    if (this.work) this.frame = requestAnimationFrame(() => this.slice());
  }

  close() {
    cancelAnimationFrame(this.frame);
  }
}
