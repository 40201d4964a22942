// Keeps the decoded image in step with the painted map: in a worker, else in the page, else on the server.
import { CodeDecoder, parityOf, reachOf } from "./codedecoder.js";
import { Remote } from "./remote.js";
import { Timing } from "./timing.js";
import workerSource from "./code_worker.js" with { type: "text" };

export class CodeScreen {
  /**
   * @param {import("./codes.js").Codes} codes
   * @param {import("./line.js").Line} line to Python, for a decoder that is too large for the page
   * @param {Object} actions
   * @param {(image: Float32Array, changed: ?Object, milliseconds: number) => void} actions.onImage `changed` is the region
   *   that was decoded again, null where that is not known
   * @param {(facts: {parity: number, reach: Object}) => void} actions.onReady how far it is from torch, how far codes reach
   */
  constructor(codes, line, { onImage, onReady }) {
    Object.assign(this, { codes, onImage, onReady });
    this.timing = new Timing();
    this.wanted = null; // the newest map: what was painted meanwhile is never decoded for itself
    this.isBusy = false;
    this.remote = codes.parts ? null : new Remote(line, codes.pixels ** 2, () => {});
    this.worker = codes.parts && typeof Worker === "function" ? this.openWorker() : null;
    if (codes.parts && !this.worker) this.stayHere();
  }

  /** A policy of the browser may forbid it, at once or later: then the page decodes. */
  openWorker() {
    try {
      this.address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
      const worker = new Worker(this.address, { type: "module" });
      worker.onmessage = ({ data }) => (data.image ? this.take(data) : this.onReady(data));
      worker.onerror = () => {
        this.worker = null;
        this.stayHere();
      };
      worker.postMessage({ parts: this.codes.parts, side: this.codes.side });
      return worker;
    } catch {
      return null;
    }
  }

  stayHere() {
    const { parts, side } = this.codes;
    this.decoder = new CodeDecoder(parts, side);
    queueMicrotask(() => this.onReady({ parity: parityOf(parts), reach: reachOf(this.decoder.net, side) }));
    if (!this.isBusy) return;
    this.isBusy = false; // what the worker was at is lost
    this.wanted ??= this.asked;
    this.next();
  }

  /** Shows the image of a map, unless a newer one is wanted first. @param {boolean} isOther than what was painted on */
  show(map, isOther = false) {
    if (isOther) this.skipped = this.isBusy; // the image on its way is of the map before
    this.wanted = map.slice();
    this.next();
  }

  next() {
    if (this.isBusy || !this.wanted) return;
    this.asked = this.wanted;
    this.wanted = null;
    this.isBusy = true;
    const begin = performance.now();
    const passed = () => performance.now() - begin;
    if (this.worker) this.worker.postMessage({ codes: this.asked });
    else if (this.decoder) this.take({ ...this.decoder.follow(this.asked), milliseconds: passed() });
    else this.remote.want("map", this.asked, (image) => this.take({ image, changed: null, milliseconds: passed() }));
  }

  take({ image, changed, milliseconds }) {
    this.isBusy = false;
    this.timing.note(milliseconds);
    if (!this.skipped) this.onImage(image, changed, milliseconds);
    this.skipped = false;
    this.next();
  }

  /** Median milliseconds of the last decodes; of the way to the server and back, if that is where it is done. */
  get decodeMs() {
    return this.timing.median;
  }

  close() {
    this.onImage = this.onReady = () => {};
    this.worker?.terminate();
    if (this.address) URL.revokeObjectURL(this.address);
    this.remote?.close();
  }
}
