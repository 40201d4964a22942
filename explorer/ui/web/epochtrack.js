// The slider over the epochs: a range input over the curve of the run, with a mark where an epoch is stored.
import { element } from "./element.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_LEAPS = 10; // of the stored epochs, by page up and down

export class EpochTrack {
  /** @param {{onGrab: (place: number) => void, onPlay: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.curve = document.createElementNS(SVG, "polyline");
    this.curve.setAttribute("vector-effect", "non-scaling-stroke");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.append(this.curve);
    this.marks = element("div", { class: "epochs" });
    this.input = element("input", {
      type: "range",
      step: "any",
      "aria-label": "Epoch",
      oninput: () => this.actions.onGrab(this.evolution.nearest(this.input.valueAsNumber)),
      onkeydown: (event) => this.onKey(event),
    });
    this.value = element("output", { class: "value" });
    const name = element("div", { class: "name" }, element("b", {}, "SSIM"), element("span", {}, "test images"));
    const plot = element("div", { class: "plot" }, svg, this.marks, element("i", { class: "playhead" }), this.input);
    this.ends = element("div", { class: "ends" });
    this.view = element("div", { class: "track" }, name, plot, this.value, this.ends);
  }

  /** @param {import("./evolution.js").Evolution} evolution */
  setEvolution(evolution) {
    this.evolution = evolution;
    const { epochs, facts } = evolution;
    this.first = epochs[0];
    this.span = Math.max(1, epochs.at(-1) - epochs[0]);
    Object.assign(this.input, { min: epochs[0], max: epochs.at(-1) });
    const points = facts.curve.map(([epoch, ssim]) => `${this.percent(epoch)},${100 * (1 - Math.max(0, ssim))}`);
    this.curve.setAttribute("points", points.join(" "));
    this.marks.replaceChildren(...epochs.map((epoch) => element("i", { style: `left: ${this.percent(epoch)}%` })));
    const end = (epoch) => element("span", {}, `epoch ${epoch}`);
    this.ends.replaceChildren(end(epochs[0]), end(epochs.at(-1)));
  }

  percent(epoch) {
    return (100 * (epoch - this.first)) / this.span;
  }

  /** Puts the playhead between two stored epochs. */
  mark(place) {
    const { evolution } = this;
    const epoch = evolution.epochAt(place);
    const stored = evolution.epochs[Math.floor(place)];
    this.input.value = epoch;
    this.input.setAttribute("aria-valuetext", `epoch ${stored}`);
    this.view.style.setProperty("--place", `${this.percent(epoch)}%`);
    const here = evolution.facts.curve.find(([each]) => each === stored);
    this.value.textContent = here ? here[1].toFixed(3).replace("-", "−") : "";
    this.place = Math.floor(place);
  }

  onKey(event) {
    const { key, altKey, ctrlKey, metaKey, repeat } = event;
    if (altKey || ctrlKey || metaKey) return;
    const { last } = this.evolution;
    const leap = Math.max(1, Math.round(last / MOST_LEAPS));
    const places = {
      ArrowLeft: this.place - 1, ArrowDown: this.place - 1, ArrowRight: this.place + 1, ArrowUp: this.place + 1,
      PageDown: this.place - leap, PageUp: this.place + leap, Home: 0, End: last,
    };
    if (key !== " " && !(key in places)) return;
    event.preventDefault();
    if (key !== " ") this.actions.onGrab(Math.max(0, Math.min(last, places[key])));
    else if (!repeat) this.actions.onPlay();
  }
}
