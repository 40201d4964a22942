// Decoding on the server, for a decoder that is too large for the page. No DOM: node runs it too.
//
// Whoever wants an image says so under a name, a slot; only the newest z of a slot is asked for. What is wanted
// meanwhile travels together, and no more than two questions are on their way.

const MOST_ON_THE_WAY = 2;

export class Remote {
  /**
   * @param {import("./line.js").Line} line
   * @param {number} area values of an image
   * @param {(milliseconds: number) => void} onTime gets the time that an answer took
   */
  constructor(line, area, onTime) {
    this.line = line;
    this.area = area;
    this.onTime = onTime;
    this.waiting = new Map(); // slot -> {z, apply}
    this.asked = []; // {seq, begin, wants: Map}, the oldest first
    line.onReady = () => this.ask();
    line.onAnswer = (seq, answer) => this.take(seq, answer);
  }

  /** @param {(image: Float32Array) => void} apply gets the image of z, unless a newer one of the slot came before it */
  want(slot, z, apply) {
    this.waiting.set(slot, { z: Array.from(z), apply });
    queueMicrotask(() => this.ask()); // what else is wanted at this moment goes along
  }

  ask() {
    const { line, waiting } = this;
    if (!line.send || waiting.size === 0 || this.asked.length >= MOST_ON_THE_WAY) return;
    this.waiting = new Map();
    const seq = ++line.seq;
    this.asked.push({ seq, begin: performance.now(), wants: waiting });
    line.send({ seq, latents: [...waiting.values()].map(({ z }) => z) });
  }

  /** @param {Uint8Array} answer an image after the other, in grey levels */
  take(seq, answer) {
    const place = this.asked.findIndex((question) => question.seq === seq);
    if (place < 0) return; // answered before
    const overtaken = this.asked.splice(0, place + 1);
    const { begin, wants } = overtaken.pop();
    this.onTime(performance.now() - begin);
    for (const question of overtaken) this.wantAgain(question.wants, wants);
    let start = 0;
    for (const { apply } of wants.values()) {
      apply(Float32Array.from(answer.subarray(start, start + this.area), (level) => level / 255));
      start += this.area;
    }
    this.ask();
  }

  /** Streamlit answers the last of several questions: what only an earlier one asked for is asked again. */
  wantAgain(wants, answered) {
    const newer = [answered, ...this.asked.map((question) => question.wants), this.waiting];
    for (const [slot, want] of wants) {
      if (!newer.some((each) => each.has(slot))) this.waiting.set(slot, want);
    }
  }

  close() {
    this.line.onReady = this.line.onAnswer = null;
  }
}
