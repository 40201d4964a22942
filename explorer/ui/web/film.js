// Draws the frames of film strips without holding up the page: in a worker, or in slices of time.
import { Slices } from "./slices.js";
import workerSource from "./film_worker.js" with { type: "text" };

const FRAME_MS = 16; // a strip that costs more goes to the worker
const AHEAD = 2; // frames that the worker has on its desk: it never waits, and little is decoded in vain

/** @typedef {{latent: Float32Array, draw: (image: Float32Array) => void}} Frame */

export class Film {
  /** @param {import("./model.js").Model} model which decodes in the page */
  constructor(model) {
    this.model = model;
    this.slices = new Slices();
    this.hasWorkers = typeof Worker === "function";
  }

  /**
   * Draws these frames, and drops what is not drawn yet of those before.
   * @param {() => Iterator<Frame>} frames @param {number} perStrip how many a strip has
   */
  play(frames, perStrip) {
    this.stop();
    this.frames = frames;
    if (this.hasWorkers && perStrip * this.model.decodeMs > FRAME_MS) this.worker ??= this.openWorker();
    if (this.worker) this.worker.play(frames());
    else this.slices.run(this.decoded(frames()));
  }

  *decoded(frames) {
    for (const { latent, draw } of frames) yield draw(this.model.decode(latent));
  }

  /** A policy of the browser may forbid it, at once or later: then there is none. */
  openWorker() {
    const giveUp = () => {
      this.worker = null;
      this.hasWorkers = false;
    };
    try {
      return new FilmWorker(this.model.netParts("decoder"), () => {
        giveUp();
        if (this.frames) this.slices.run(this.decoded(this.frames()));
      });
    } catch {
      giveUp();
      return null;
    }
  }

  stop() {
    this.frames = null;
    this.worker?.stop();
    this.slices.run(null);
  }

  close() {
    this.slices.close();
    this.worker?.close();
  }
}

class FilmWorker {
  constructor(parts, onFailure) {
    const address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    this.worker = new Worker(address, { type: "module" });
    this.address = address;
    this.worker.onmessage = ({ data: image }) => this.take(image);
    this.worker.onerror = onFailure;
    this.worker.postMessage(parts);
    this.desk = []; // what becomes of the images that it is at; null where nobody waits any more
  }

  play(frames) {
    this.frames = frames;
    while (this.desk.length < AHEAD) if (!this.send()) break;
  }

  /** False if there is no frame left. */
  send() {
    const { value: frame, done } = this.frames?.next() ?? { done: true };
    if (done) return false;
    this.desk.push(frame.draw);
    this.worker.postMessage({ latent: frame.latent });
    return true;
  }

  take(image) {
    const draw = this.desk.shift();
    this.send();
    draw?.(image);
  }

  stop() {
    this.frames = null;
    this.desk.fill(null);
  }

  close() {
    this.worker.terminate();
    URL.revokeObjectURL(this.address);
  }
}
