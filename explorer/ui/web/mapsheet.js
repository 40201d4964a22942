// A drawn piece of a map: a canvas, and where on the map it lies.
import { element } from "./element.js";

const MORE = 0.25; // of the screen on each side, so that a short way needs nothing new

export class MapSheet {
  /** @param {import("./viewport.js").Bounds} bounds @param {number} width @param {number} height pixels of its canvas */
  constructor(bounds, width, height) {
    this.bounds = bounds;
    this.canvas = element("canvas", { width, height });
    this.context = this.canvas.getContext("2d");
  }

  /** A sheet around the screen, of one pixel for each `pixel` of the screen. */
  static around(viewport, pixel) {
    const bounds = widened(viewport.shown, MORE);
    const pixels = (length) => Math.ceil((length * viewport.scale) / pixel);
    return new MapSheet(bounds, pixels(bounds.right - bounds.left), pixels(bounds.top - bounds.bottom));
  }

  /** Whether it covers the screen, and was drawn at this zoom. */
  suits(viewport) {
    const { left, right, bottom, top } = viewport.shown;
    const { bounds } = this;
    const covers = left >= bounds.left && right <= bounds.right && bottom >= bounds.bottom && top <= bounds.top;
    const times = (bounds.right - bounds.left) / ((right - left) * (1 + 2 * MORE));
    return covers && times > 0.8 && times < 1.25;
  }

  /** The centre of one of its pixels. @returns {[number, number]} */
  placeOf(column, row) {
    const { left, right, bottom, top } = this.bounds;
    const { width, height } = this.canvas;
    return [left + ((column + 0.5) / width) * (right - left), top - ((row + 0.5) / height) * (top - bottom)];
  }

  /** Draws it where it lies on the screen. */
  draw(context, viewport, smooth = true) {
    const dpr = window.devicePixelRatio;
    const { left, right, bottom, top } = this.bounds;
    const [x, y] = viewport.screenOf(left, top);
    const { scale } = viewport;
    context.imageSmoothingEnabled = smooth;
    context.drawImage(this.canvas, x * dpr, y * dpr, (right - left) * scale * dpr, (top - bottom) * scale * dpr);
  }
}

/** @returns {import("./viewport.js").Bounds} larger by a share of its size on each side */
export function widened({ left, right, bottom, top }, share) {
  const [across, up] = [share * (right - left), share * (top - bottom)];
  return { left: left - across, right: right + across, bottom: bottom - up, top: top + up };
}
