// Hatched means that nobody has been here: the places of a map that are lifted to where no test image is.
import { element } from "./element.js";
import { MapSheet } from "./mapsheet.js";
import { Slices } from "./slices.js";

const CELL = 9; // CSS pixels that are judged as one; their edges are blurred
const STRIPES = 8; // CSS pixels from stripe to stripe, along an edge
const AT_ONCE = 8; // cells between two looks at the clock

export class HatchSheet {
  constructor(onDrawn, colors) {
    Object.assign(this, { onDrawn, colors });
    this.work = new Slices();
  }

  setPlaces(projection, evidence) {
    this.stop();
    this.evidence = evidence;
    this.sheet = null;
  }

  settle(viewport) {
    const { track } = this.colors();
    if (this.sheet?.suits(viewport) && this.drawnIn === track) return;
    this.drawnIn = track;
    this.work.run(this.judged(MapSheet.around(viewport, CELL), MapSheet.around(viewport, 1 / window.devicePixelRatio)));
  }

  *judged(mask, sheet) {
    const { width, height } = mask.canvas;
    const bitmap = mask.context.createImageData(width, height);
    for (let cell = 0; cell < width * height; cell++) {
      const place = mask.placeOf(cell % width, Math.floor(cell / width));
      if (!this.evidence.isSupported(...place)) bitmap.data[4 * cell + 3] = 255;
      if (cell % AT_ONCE === 0) yield;
    }
    mask.context.putImageData(bitmap, 0, 0);
    this.fill(mask.canvas, sheet);
    this.sheet = sheet;
    this.onDrawn();
  }

  /** Stripes where the mask is. */
  fill(mask, { canvas, context }) {
    context.drawImage(mask, 0, 0, canvas.width, canvas.height);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.stripes(context);
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  draw(context, viewport) {
    this.sheet?.draw(context, viewport);
  }

  stripes(context) {
    const dpr = window.devicePixelRatio;
    const side = Math.round(STRIPES * dpr);
    const tile = element("canvas", { width: side, height: side });
    const pen = tile.getContext("2d");
    Object.assign(pen, { strokeStyle: this.drawnIn, lineWidth: dpr });
    pen.beginPath();
    for (const start of [-side, 0, side]) {
      pen.moveTo(start - dpr, side + dpr);
      pen.lineTo(start + side + dpr, -dpr);
    }
    pen.stroke();
    return context.createPattern(tile, "repeat");
  }

  stop() {
    this.work.run(null);
  }

  close() {
    this.work.close();
  }
}
