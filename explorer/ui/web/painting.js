// A code map that somebody paints on: dabs, strokes, and the way back. No DOM: node runs it too.

export class Painting {
  /** @param {ArrayLike<number>} codes (side * side) as the model encoded them @param {number} side */
  constructor(codes, side) {
    this.side = side;
    this.original = Uint16Array.from(codes);
    this.codes = this.original.slice();
    this.past = []; // maps before each step, the oldest first
    this.future = []; // maps after each step that was taken back
  }

  /** The brush goes down: what follows until the next time is one step. */
  begin() {
    this.before = this.codes.slice();
  }

  /** One dab of size × size codes around a site. False if nothing changes. */
  dab(site, size, code) {
    const { side, codes } = this;
    let changed = false;
    for (const each of footprint(site, size, side)) {
      changed ||= codes[each] !== code;
      codes[each] = code;
    }
    if (changed && this.before) this.keep();
    return changed;
  }

  /** Dabs from one site to another, without gaps. False if nothing changes. */
  stroke(from, to, size, code) {
    let changed = false;
    for (const site of sitesBetween(from, to, this.side)) changed = this.dab(site, size, code) || changed;
    return changed;
  }

  /** Back to what the model encoded, as one step. */
  reset() {
    if (!this.isPainted) return false;
    this.begin();
    this.codes.set(this.original);
    this.keep();
    return true;
  }

  /** The step begins with the first change, so that a click that changes nothing is none. */
  keep() {
    this.past.push(this.before);
    this.before = null;
    this.future = [];
  }

  undo() {
    return this.swap(this.past, this.future);
  }

  redo() {
    return this.swap(this.future, this.past);
  }

  swap(from, to) {
    if (from.length === 0) return false;
    to.push(this.codes.slice());
    this.codes.set(from.pop());
    this.before = null;
    return true;
  }

  get isPainted() {
    return this.codes.some((_, site) => this.hasChanged(site));
  }

  hasChanged(site) {
    return this.codes[site] !== this.original[site];
  }
}

/** @returns {number[]} the sites that a square brush covers: to the right and below where its size is even */
export function footprint(site, size, side) {
  const { top, bottom, left, right } = footprintBox(site, size, side);
  const sites = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) sites.push(row * side + column);
  }
  return sites;
}

/** @returns {{top: number, bottom: number, left: number, right: number}} of it, within the map */
export function footprintBox(site, size, side) {
  const span = (at) => {
    const first = at - Math.floor((size - 1) / 2);
    return [Math.max(0, first), Math.min(side, first + size)];
  };
  const [[top, bottom], [left, right]] = [span(Math.floor(site / side)), span(site % side)];
  return { top, bottom, left, right };
}

/** The sites on the straight way, both ends among them. */
function* sitesBetween(from, to, side) {
  const [row, column] = [Math.floor(from / side), from % side];
  const [down, right] = [Math.floor(to / side) - row, (to % side) - column];
  const steps = Math.max(1, Math.abs(down), Math.abs(right));
  for (let step = 0; step <= steps; step++) {
    yield Math.round(row + (down * step) / steps) * side + Math.round(column + (right * step) / steps);
  }
}
