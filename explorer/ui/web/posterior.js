// The posterior q(z|x) of one image: a bar of mean and deviation for each dimension, or an ellipse where there are two.
import { element } from "./element.js";

const REACH = 4; // standard deviations of the prior that the bars span to either side
const MOST_NAMED = 12; // dimensions that leave room for their names
const MARGIN = 0.05; // of the plane, around what images use
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {{mean: Float32Array, deviation: Float32Array}} Posterior
 * @typedef {{view: HTMLElement, show: (posterior: ?Posterior, z: ?Float32Array) => void}} PosteriorView
 *   `show` marks z as well where it is not the mean; without a posterior nothing is marked
 */

/** @param {import("./model.js").Model} model @returns {PosteriorView} */
export function posteriorView(model) {
  return model.size === 2 && model.support ? new Ellipse(model) : new Bars(model);
}

class Bars {
  constructor({ size, bases: [{ dimensions }] }) {
    this.columns = dimensions.map(({ index }) => new Column(index, size <= MOST_NAMED));
    const scale = [REACH, 0, -REACH].map((value) => element("span", {}, String(value).replace("-", "−")));
    const columns = element("div", { class: "columns" }, ...this.columns.map(({ view }) => view));
    const label = "Mean and deviation of each latent dimension";
    this.view = element(
      "div",
      { class: size <= MOST_NAMED ? "posterior named" : "posterior", role: "img", "aria-label": label },
      element("div", { class: "scale" }, ...scale),
      columns,
    );
  }

  show(posterior, z) {
    this.view.classList.toggle("blank", !posterior);
    if (!posterior) return;
    for (const column of this.columns) column.show(posterior, z);
  }
}

class Column {
  constructor(index, named) {
    this.index = index;
    [this.spread, this.mean, this.drawn] = ["spread", "mean", "drawn"].map((name) => element("i", { class: name }));
    const track = element("div", { class: "track" }, this.spread, this.mean, this.drawn);
    const name = named ? [element("span", { class: "name" }, "z", element("sub", {}, String(index + 1)))] : [];
    this.view = element("div", { class: "column" }, track, ...name);
  }

  show({ mean, deviation }, z) {
    const [centre, sigma] = [mean[this.index], deviation[this.index]];
    const top = fromTop(centre + sigma);
    this.spread.style.top = `${top}%`;
    this.spread.style.height = `${fromTop(centre - sigma) - top}%`;
    this.mean.style.top = `${fromTop(centre)}%`;
    this.drawn.hidden = !z;
    if (z) this.drawn.style.top = `${fromTop(z[this.index])}%`;
    this.view.title = `z${this.index + 1}: mean ${centre.toFixed(2)}, σ ${sigma.toFixed(2)}`.replace("-", "−");
  }
}

/** Percent from the top at which a value stands. */
const fromTop = (value) => 50 - (50 * Math.max(-REACH, Math.min(REACH, value))) / REACH;

/** The test images as dots, the posterior as the ellipse of one deviation and the one of two. */
class Ellipse {
  constructor({ facts: { low, high }, support: { latents } }) {
    this.low = low.map((value, dim) => value - MARGIN * (high[dim] - value));
    this.span = high.map((value, dim) => (1 + 2 * MARGIN) * (value - low[dim]));
    this.inner = svgNode("ellipse", "spread");
    this.outer = svgNode("ellipse", "spread");
    this.mean = svgNode("circle", "mean");
    this.drawn = svgNode("circle", "drawn");
    const svg = svgNode("svg", "overlay");
    svg.setAttribute("viewBox", "0 0 100 100");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.append(this.outer, this.inner, this.mean, this.drawn);
    const label = "Mean and deviation on the latent plane, among the test images";
    this.view = element("div", { class: "posterior plane", role: "img", "aria-label": label }, this.dots(latents), svg);
  }

  dots(latents) {
    const side = 2 * 240;
    const canvas = element("canvas", { class: "tile", width: side, height: side });
    const context = canvas.getContext("2d");
    context.fillStyle = "rgb(255 255 255 / 30%)";
    for (let i = 0; i < latents.length; i += 2) {
      const [x, y] = this.place(latents.subarray(i, i + 2));
      context.fillRect((x / 100) * side, (y / 100) * side, 2, 2);
    }
    return canvas;
  }

  /** Percent from the left and from the top. */
  place(z) {
    const [x, y] = this.low.map((low, dim) => (100 * (z[dim] - low)) / this.span[dim]);
    return [x, 100 - y];
  }

  show(posterior, z) {
    this.view.classList.toggle("blank", !posterior);
    if (!posterior) return;
    const { mean, deviation } = posterior;
    const [x, y] = this.place(mean);
    for (const [ellipse, times] of [[this.inner, 1], [this.outer, 2]]) {
      const [rx, ry] = this.span.map((span, dim) => (100 * times * deviation[dim]) / span);
      setAll(ellipse, { cx: x, cy: y, rx, ry });
    }
    setAll(this.mean, { cx: x, cy: y, r: 1.2 });
    this.drawn.style.display = z ? "" : "none";
    if (z) {
      const [cx, cy] = this.place(z);
      setAll(this.drawn, { cx, cy, r: 1.2 });
    }
  }
}

function svgNode(name, className) {
  const node = document.createElementNS(SVG, name);
  node.setAttribute("class", className);
  return node;
}

function setAll(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}
