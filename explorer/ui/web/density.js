// A shade of how many points lie where, from few to many.
import { MapSheet } from "./mapsheet.js";
import { scaleTable } from "./mapcolors.js";

const DENSITY_CELL = 4; // CSS pixels whose points are counted together
const BLUR = 3; // cells to either side, three times over: close to a Gaussian
const SHADE = 150; // of 255, at most: the points are above it
const FEW = 0.002; // of the largest count: below it nothing is shaded

export class DensitySheet {
  constructor(onDrawn, colors) {
    Object.assign(this, { onDrawn, colors });
  }

  setPlaces(projection) {
    this.projection = projection;
    this.sheet = null;
  }

  settle(viewport) {
    const { scale } = this.colors();
    if (this.sheet?.suits(viewport) && this.drawnFor === scale.join()) return;
    this.drawnFor = scale.join();
    const sheet = MapSheet.around(viewport, DENSITY_CELL);
    const { canvas, context } = sheet;
    const counts = this.counted(sheet, canvas.width, canvas.height);
    for (let times = 0; times < 3; times++) blur(counts, canvas.width, canvas.height);
    const bitmap = context.createImageData(canvas.width, canvas.height);
    shade(new Uint32Array(bitmap.data.buffer), counts, scaleTable(scale, 255));
    context.putImageData(bitmap, 0, 0);
    this.sheet = sheet;
    this.onDrawn();
  }

  counted({ bounds: { left, right, bottom, top } }, width, height) {
    const { xs, ys } = this.projection;
    const counts = new Float32Array(width * height);
    for (let n = 0; n < xs.length; n++) {
      const column = Math.floor(((xs[n] - left) / (right - left)) * width);
      const row = Math.floor(((top - ys[n]) / (top - bottom)) * height);
      if (column >= 0 && row >= 0 && column < width && row < height) counts[row * width + column]++;
    }
    return counts;
  }

  draw(context, viewport) {
    this.sheet?.draw(context, viewport);
  }

  stop() {}

  close() {}
}

/** A running mean, along rows and then along columns. */
function blur(values, width, height) {
  for (let row = 0; row < height; row++) blurLine(values, row * width, 1, width);
  for (let column = 0; column < width; column++) blurLine(values, column, width, height);
}

function blurLine(values, start, stride, length) {
  const line = Float32Array.from({ length }, (_, i) => values[start + i * stride]);
  let sum = 0;
  for (let i = -BLUR; i < length + BLUR; i++) {
    if (i + BLUR < length) sum += line[i + BLUR] ?? 0;
    if (i - BLUR - 1 >= 0) sum -= line[i - BLUR - 1];
    if (i >= 0 && i < length) values[start + i * stride] = sum / (2 * BLUR + 1);
  }
}

/** The square root of the share of the largest count: single points far out are seen too. */
function shade(pixels, counts, table) {
  const most = counts.reduce((largest, count) => Math.max(largest, count), 0) || 1;
  for (let i = 0; i < pixels.length; i++) {
    const share = counts[i] / most;
    if (share < FEW) continue;
    const level = Math.sqrt(share);
    const alpha = Math.round(SHADE * Math.min(1, 2 * level));
    pixels[i] = ((table[Math.round(255 * level)] & 0xffffff) | (alpha << 24)) >>> 0;
  }
}
