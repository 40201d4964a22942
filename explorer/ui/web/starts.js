// The row of starts: the prior mean, a random draw, and stored test images, one of each group at a time.
import { element, icon } from "./element.js";
import { PRIOR_MEAN, RANDOM_DRAW } from "./latent.js";
import { Picture } from "./picture.js";
import { thumbSize } from "./pixels.js";

const LARGEST = 32; // CSS pixels of a start

export class Starts {
  /** @param {import("./model.js").Model} model @param {{onStart: (start: number) => void}} actions */
  constructor(model, actions) {
    this.model = model;
    this.onStart = actions.onStart;
    this.groups = groupsOf(model.starts);
    this.offset = 0; // which member of each group is shown
    this.row = element("div", { class: "choices" });
    const heading = element("div", { class: "heading" }, element("h3", {}, "Start from"), ...this.others());
    this.section = element("section", {}, heading, this.row);
    this.draw();
  }

  draw() {
    this.buttons = new Map();
    const zero = new Float32Array(this.model.size);
    const choices = [
      this.button(PRIOR_MEAN, "Prior mean, z = 0", this.picture(zero)),
      this.button(RANDOM_DRAW, "Random draw from the prior", icon("casino")),
      ...this.shown().map((start) => this.stored(start)),
    ];
    this.row.replaceChildren(...choices);
  }

  shown() {
    return this.groups.map((members) => members[this.offset % members.length]);
  }

  stored(start) {
    const { label, z } = this.model.starts[start];
    return this.button(start, label, this.picture(z));
  }

  picture(z) {
    const picture = new Picture(this.model);
    picture.draw(this.model.decode(z));
    picture.canvas.classList.toggle("smooth", this.model.width > LARGEST);
    picture.resize(thumbSize(this.model.width, LARGEST));
    return picture.canvas;
  }

  button(start, label, content) {
    const pressed = String(start === this.selected);
    const attributes = { class: "start", title: label, "aria-label": label, "aria-pressed": pressed };
    const button = element("button", { ...attributes, onclick: () => this.onStart(start) }, content);
    this.buttons.set(start, button);
    return button;
  }

  others() {
    if (this.groups.every((members) => members.length === 1)) return [];
    const next = () => {
      this.offset++;
      this.draw();
    };
    const attributes = { class: "icon-button", title: "Other examples", "aria-label": "Other examples" };
    return [element("button", { ...attributes, onclick: next }, icon("autorenew"))];
  }

  /** Marks a start; a stored one is brought into view first. */
  select(start) {
    this.selected = start;
    const members = this.groups.find((group) => group.includes(start));
    if (members && !this.buttons.has(start)) {
      this.offset = members.indexOf(start);
      this.draw();
    }
    for (const [choice, button] of this.buttons) button.setAttribute("aria-pressed", String(choice === start));
  }
}

/** @returns {number[][]} the indices of each group's starts, groups in the order of their first */
function groupsOf(starts) {
  const groups = new Map();
  for (const [index, { group }] of starts.entries()) groups.set(group, [...(groups.get(group) ?? []), index]);
  return [...groups.values()];
}
