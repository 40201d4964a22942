// What is drawn above the points: names of classes, pins, the path, the lasso, and the pointer with its nearest point.
import { element } from "./element.js";

const RING = 11; // CSS pixels, radius of a name's ring and of a pin
const APART = 27; // between the centres of names
const ROUNDS = 60; // of pushing them apart

export class MapMarks {
  /** @param {() => {accent: string, ink: string, page: string, muted: string, font: string}} colors of the theme */
  constructor(colors) {
    this.colors = colors;
    this.canvas = element("canvas", { class: "marks" });
    this.context = this.canvas.getContext("2d");
  }

  resize(width, height) {
    const dpr = window.devicePixelRatio;
    this.canvas.width = Math.round(width * dpr);
    this.canvas.height = Math.round(height * dpr);
    this.context.setTransform(dpr, 0, 0, dpr, 0, 0);
  }

  /**
   * @param {import("./viewport.js").Viewport} viewport
   * @param {{names: Array<{text: string, color: string, place: [number, number]}>, pins: Array<{place: [number, number],
   *   number: number, isOwn: boolean}>, path: Array<[number, number]>, lasso: Array<[number, number]>,
   *   playhead: ?[number, number], pointer: ?[number, number], nearest: ?[number, number]}} marks places of the map
   */
  draw(viewport, { names, pins, path, lasso, playhead, pointer, nearest }) {
    const { context: pen } = this;
    const theme = this.colors();
    const on = (place) => viewport.screenOf(...place);
    pen.clearRect(0, 0, viewport.width, viewport.height);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const name of apart(names.map((each) => ({ ...each, at: on(each.place) })))) ringed(pen, name, theme);
    if (pins.length > 1) line(pen, pins.map(({ place }) => on(place)), theme, [6, 4]);
    if (path.length > 1) line(pen, path.map(on), theme, []);
    if (lasso.length > 1) loop(pen, lasso.map(on), theme);
    if (pointer && nearest) leader(pen, on(pointer), on(nearest), theme);
    if (pointer) circle(pen, on(pointer), 6, theme);
    if (playhead) handle(pen, on(playhead), theme);
    for (const pin of pins) badge(pen, on(pin.place), pin, theme);
  }
}

/** Names that would lie on each other are pushed apart. */
function apart(names) {
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    for (const [i, { at: a }] of names.entries()) {
      for (const { at: b } of names.slice(i + 1)) {
        const [across, down] = [b[0] - a[0] || 0.1, b[1] - a[1]];
        const distance = Math.hypot(across, down);
        if (distance >= APART) continue;
        const push = (APART - distance) / 2 / distance;
        a[0] -= across * push;
        a[1] -= down * push;
        b[0] += across * push;
        b[1] += down * push;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return names;
}

function disc(pen, [x, y], radius, fill) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
}

function ringed(pen, { text, color, at }, { page, ink, font }) {
  pen.font = `600 12px ${font}`;
  const half = Math.max(RING, pen.measureText(text).width / 2 + 6);
  pen.beginPath();
  pen.roundRect(at[0] - half, at[1] - RING, 2 * half, 2 * RING, RING);
  pen.fillStyle = page;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = color;
  pen.stroke();
  pen.fillStyle = ink;
  pen.fillText(text, at[0], at[1] + 0.5);
}

function badge(pen, at, { number, isOwn }, { accent, page, font }) {
  disc(pen, at, RING, page);
  disc(pen, at, RING - 2, accent);
  if (isOwn) { // an image of one's own: squared
    pen.fillStyle = page;
    pen.fillRect(at[0] - RING, at[1] - RING, 2 * RING, 2 * RING);
    pen.fillStyle = accent;
    pen.fillRect(at[0] - RING + 2, at[1] - RING + 2, 2 * RING - 4, 2 * RING - 4);
  }
  pen.font = `600 11px ${font}`;
  pen.fillStyle = "#fff";
  pen.fillText(String(number), at[0], at[1] + 0.5);
}

function trace(pen, places) {
  pen.beginPath();
  for (const [x, y] of places) pen.lineTo(x, y);
}

/** In the accent, with a halo in the colour of the page. */
function line(pen, places, { accent, page }, dashes) {
  trace(pen, places);
  pen.lineWidth = 5;
  pen.strokeStyle = page;
  pen.stroke();
  pen.lineWidth = 2;
  pen.strokeStyle = accent;
  pen.setLineDash(dashes);
  pen.stroke();
  pen.setLineDash([]);
}

function loop(pen, places, { accent }) {
  trace(pen, places);
  pen.closePath();
  pen.globalAlpha = 0.12;
  pen.fillStyle = accent;
  pen.fill();
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.strokeStyle = accent;
  pen.stroke();
}

function leader(pen, from, to, { accent }) {
  trace(pen, [from, to]);
  pen.lineWidth = 1.5;
  pen.strokeStyle = accent;
  pen.stroke();
  pen.beginPath();
  pen.arc(to[0], to[1], 4.5, 0, 2 * Math.PI);
  pen.stroke();
}

function circle(pen, [x, y], radius, { accent, page }) {
  for (const [width, color] of [[4, page], [2, accent]]) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.stroke();
  }
}

function handle(pen, at, { accent, page }) {
  disc(pen, at, 8, page);
  disc(pen, at, 6, accent);
}
