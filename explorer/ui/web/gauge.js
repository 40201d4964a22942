// Where z lies among the test images: three distances on one scale of percentiles, and a verdict in words.
import { element } from "./element.js";
import { verdictOf } from "./support.js";
import { showVerdict } from "./verdict.js";

const DISTANCES = [
  { name: "radius", label: "Radius |z|", what: "The distance of z from the prior's mean" },
  { name: "nearest", label: "Nearest image", what: "The distance to the nearest encoded test image" },
  {
    name: "roundTrip",
    label: "Round trip",
    what: "How far its image is encoded from z, in posterior standard deviations",
  },
];

export class Gauge {
  /** @param {import("./support.js").Support} support @param {boolean} hasRoundTrip both nets are in the page */
  constructor(support, hasRoundTrip) {
    this.support = support;
    this.distances = DISTANCES.filter(({ name }) => hasRoundTrip || name !== "roundTrip");
    this.percentiles = {};
    this.verdict = element("span", { class: "verdict", role: "status" });
    this.rows = Object.fromEntries(this.distances.map((distance) => [distance.name, new Track(distance)]));
    const ends = ["usual for test images", "edge", "never"].map((text) => element("span", {}, text));
    this.view = element(
      "section",
      { class: "gauge" },
      element("div", { class: "heading" }, element("h3", {}, "Where is this?"), this.verdict),
      ...Object.values(this.rows).map(({ row }) => row),
      element("div", { class: "ends", "aria-hidden": "true" }, ...ends),
    );
  }

  /** Shows one of the distances; the verdict waits for all of them. */
  show(name, value) {
    this.percentiles[name] = this.support.percentile(name, value);
    this.rows[name].show(this.support.digits(name, value), this.support.place(name, value), this.percentiles[name]);
  }

  /** The worst of them decides, and the tooltip says which that was. */
  judge() {
    const [worst] = this.distances.toSorted((a, b) => this.percentiles[b.name] - this.percentiles[a.name]);
    showVerdict(this.verdict, verdictOf(Object.values(this.percentiles)));
    this.verdict.title = `${worst.label} decides: ${comparison(this.percentiles[worst.name])}`;
  }
}

class Track {
  constructor({ label, what }) {
    this.what = what;
    this.tick = element("i");
    this.value = element("output");
    const track = element("span", { class: "track" }, this.tick);
    this.row = element("div", { class: "distance" }, element("span", { class: "label" }, label), track, this.value);
  }

  show(value, place, percentile) {
    this.tick.style.left = `${100 * place}%`;
    this.value.textContent = value;
    this.row.title = `${this.what}: ${value}, ${comparison(percentile)}`;
  }
}

function comparison(percentile) {
  if (percentile === Infinity) return "more than of every test image";
  return `more than of ${(100 * percentile).toFixed(0)} % of the test images`;
}
