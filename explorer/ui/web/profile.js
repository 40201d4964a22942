// What a way between two latents is like: how fast the image changes, and how far it is from where images are.
import { Chart } from "./chart.js";
import { element } from "./element.js";

const STEPS = 64; // of a way, by which it is measured
const PLACES = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
const MIDDLES = PLACES.slice(1).map((place) => place - 0.5 / STEPS);
const BAND = 0.95; // of the test images

export class Profile {
  /** @param {import("./model.js").Model} model */
  constructor({ support }) {
    this.support = support;
    this.change = new Chart("Change per step", `RMS, grey levels, over 1/${STEPS} of the way`);
    this.radius = new Chart("Radius |z|", "log p(z) = −|z|²/2 + const", support && middle(support.scales.radius.data));
    this.nearest = support && new Chart("Nearest test image", "distance in z", lower(support.scales.nearest.data));
    this.charts = [this.change, this.radius, this.nearest].filter(Boolean);
    this.lanes = [...this.charts.map(({ lane }) => lane), axis()];
    this.notes = support ? "Shaded: 95 % of the test images. Hatched: none of them." : "";
  }

  /**
   * Measures the ways of a walk as their images come, and draws the curves with the last of them.
   * @param {import("./walk.js").Walk} walk @returns {Iterator<import("./film.js").Frame>}
   */
  *frames(walk) {
    for (const chart of this.charts) chart.stale = true;
    const measured = walk.ways.map((way) => ({ way, changes: [], distances: [], image: null }));
    this.radius.show(walk.ways.map((way) => radii(way, walk.along(way))));
    for (const measures of measured) {
      const along = walk.along(measures.way);
      for (const place of PLACES) {
        const latent = along(place);
        const draw = (image) => {
          this.measure(measures, latent, image);
          if (place === 1 && measures === measured.at(-1)) this.show(measured);
        };
        yield { latent, draw };
      }
    }
  }

  measure(measures, latent, image) {
    if (measures.image) measures.changes.push(255 * rootMeanSquare(image, measures.image));
    measures.image = image.slice(); // the next decode overwrites it
    if (this.support) measures.distances.push(this.support.nearest(latent, 1)[0].distance);
  }

  show(measured) {
    this.change.show(measured.map(({ way, changes }) => ({ way, places: MIDDLES, values: changes })));
    this.nearest?.show(measured.map(({ way, distances }) => ({ way, places: PLACES, values: distances })));
    this.mark(this.place);
  }

  /** Moves along the curves. */
  mark(place) {
    this.place = place;
    for (const chart of this.charts) chart.mark(place);
  }
}

function radii(way, along) {
  return { way, places: PLACES, values: PLACES.map((place) => Math.hypot(...along(place))) };
}

function rootMeanSquare(image, other) {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i] - other[i]) ** 2;
  return Math.sqrt(sum / image.length);
}

const quantile = (scale, share) => scale[Math.round(share * (scale.length - 1))];

/** The band without both tails. */
function middle(scale) {
  const tail = (1 - BAND) / 2;
  return { low: quantile(scale, tail), high: quantile(scale, 1 - tail), least: scale[0], most: scale.at(-1) };
}

/** The band without the far tail: nobody is too near. */
function lower(scale) {
  return { low: 0, high: quantile(scale, BAND), least: 0, most: scale.at(-1) };
}

function axis() {
  const ticks = ["A", "¼", "½", "¾", "B"].map((text) => element("span", {}, text));
  return element("div", { class: "lane axis", "aria-hidden": "true" }, element("div", { class: "plot" }, ...ticks));
}
