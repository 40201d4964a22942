// Which part of a map is on the screen: CSS pixels from the top left, map units with y upwards. No DOM: node runs it too.

const MOST_ZOOM = 400; // times the view of everything
const LEAST_ZOOM = 0.5;
const AROUND_ALL = 0.06; // of the width and the height, left free around the points

/** @typedef {{left: number, right: number, bottom: number, top: number}} Bounds of the points, map units */

export class Viewport {
  /** @param {Bounds} bounds */
  constructor(bounds) {
    this.width = this.height = 1;
    this.zoom = 1; // 1 shows everything
    this.setBounds(bounds);
  }

  /** Another map: all of it. */
  setBounds(bounds) {
    this.bounds = bounds;
    this.fit();
  }

  fit() {
    const { left, right, bottom, top } = this.bounds;
    this.zoom = 1;
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
  }

  /** The place at the centre and the zoom stay as they are. */
  resize(width, height) {
    Object.assign(this, { width, height });
  }

  /** CSS pixels a map unit, the same in both directions. */
  get scale() {
    const { left, right, bottom, top } = this.bounds;
    const room = 1 - 2 * AROUND_ALL;
    return this.zoom * room * Math.min(this.width / (right - left), this.height / (top - bottom));
  }

  /** @returns {[number, number]} where a place of the map is on the screen */
  screenOf(x, y) {
    const { scale } = this;
    return [this.width / 2 + (x - this.x) * scale, this.height / 2 - (y - this.y) * scale];
  }

  /** @returns {[number, number]} the place of the map at a pixel */
  placeOf(across, down) {
    const { scale } = this;
    return [this.x + (across - this.width / 2) / scale, this.y - (down - this.height / 2) / scale];
  }

  /** Moves the map by so many pixels; its centre stays among the points. */
  pan(across, down) {
    const { scale } = this;
    this.goTo(this.x - across / scale, this.y + down / scale, this.zoom);
  }

  /** Zooms by a factor; the place at this pixel stays there. */
  zoomAt(factor, across, down) {
    const [x, y] = this.placeOf(across, down);
    this.zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, this.zoom * factor));
    const [left, top] = this.screenOf(x, y);
    this.pan(across - left, down - top);
  }

  goTo(x, y, zoom) {
    const { left, right, bottom, top } = this.bounds;
    this.x = Math.max(left, Math.min(right, x));
    this.y = Math.max(bottom, Math.min(top, y));
    this.zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, zoom));
  }

  /** @returns {Bounds} of what is on the screen */
  get shown() {
    const [left, top] = this.placeOf(0, 0);
    const [right, bottom] = this.placeOf(this.width, this.height);
    return { left, right, bottom, top };
  }
}
