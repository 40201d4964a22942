// Beneath the image: how near z is to where test images are, and which ones those are.
import { element } from "./element.js";
import { Gauge } from "./gauge.js";
import { Nearest } from "./nearest.js";

export class Where {
  /** @param {import("./model.js").Model} model @param {{onPick: (row: number) => void, toPick: string}} actions */
  constructor(model, actions) {
    this.model = model;
    this.view = element("div", { class: "where" });
    if (model.support) this.build(actions);
    else this.view.append(element("p", { class: "caption" }, NOTHING_STORED));
  }

  build(actions) {
    this.gauge = new Gauge(this.model.support, this.model.hasRoundTrip);
    this.nearest = new Nearest(this.model, actions);
    this.view.append(this.gauge.view, this.nearest.view);
  }

  /** At once, while z is dragged: what takes no time. The rest is marked as outdated. */
  show(z) {
    this.gauge?.show("radius", this.model.support.radius(z));
    this.view.classList.add("stale");
  }

  /** Once the hand rests. */
  settle(z) {
    if (!this.nearest?.count) return; // nor before there is a width to fill
    this.gauge.show("nearest", this.nearest.show(z));
    if (this.model.hasRoundTrip) this.gauge.show("roundTrip", this.model.roundTrip(z));
    this.gauge.judge();
    this.view.classList.remove("stale");
  }

  resize(z) {
    this.nearest?.resize();
    this.settle(z);
  }
}

const NOTHING_STORED = "This run stored no latents of test images, so how near this is to them is not known.";
