// The row of starts: the prior mean, a random draw, a drawing, stored test images, one of each group at a time, and
// what the visitor brought or clicked last.
import { element, icon, smallButton } from "./element.js";
import { PRIOR_MEAN, RANDOM_DRAW, rowOfStart, startOfRow } from "./latent.js";
import { Picture } from "./picture.js";
import { thumbSize } from "./pixels.js";

const LARGEST = 32; // CSS pixels of a start
const BADGES = { upload: "upload", "last clicked": "ads_click" }; // groups of Python's visit.py and handoff.py

export class Starts {
  /**
   * @param {import("./model.js").Model} model
   * @param {{onStart: (start: number) => void, onDraw?: () => void}} actions `onDraw` opens or closes the pad
   */
  constructor(model, actions) {
    this.model = model;
    this.onStart = actions.onStart;
    this.pencil = actions.onDraw && model.encodesHere ? [pencil(actions.onDraw)] : [];
    this.groups = groupsOf(model.starts.slice(0, model.stored));
    this.offset = 0; // which member of each group is shown
    this.row = element("div", { class: "choices" });
    this.title = element("h3", {}, "Start from");
    this.number = model.support ? this.numberField() : null;
    const heading = element("div", { class: "heading" }, this.title, ...this.others(), ...this.byNumber());
    this.section = element("section", {}, heading, this.row);
    this.draw();
  }

  draw() {
    this.buttons = new Map();
    const zero = new Float32Array(this.model.size);
    const choices = [
      this.button(PRIOR_MEAN, "Prior mean, z = 0", this.picture(zero, PRIOR_MEAN)),
      this.button(RANDOM_DRAW, "Random draw from the prior", icon("casino")),
      ...this.pencil,
      ...this.shown().map((start) => this.stored(start)),
      ...this.model.starts.slice(this.model.stored).map((_, place) => this.own(this.model.stored + place)),
    ];
    this.row.replaceChildren(...choices);
  }

  shown() {
    return this.groups.map((members) => members[this.offset % members.length]);
  }

  stored(start) {
    const { label, z } = this.model.starts[start];
    return this.button(start, label, this.picture(z, start));
  }

  own(start) {
    const button = this.stored(start);
    button.classList.add("own");
    button.append(icon(BADGES[this.model.starts[start].group]));
    return button;
  }

  /** Shows whether the pad is open. */
  setDrawing(open) {
    for (const button of this.pencil) button.setAttribute("aria-pressed", String(open));
  }

  picture(z, start) {
    const picture = new Picture(this.model);
    this.model.want(`start ${start}`, z, (image) => picture.draw(image));
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
    return [smallButton("autorenew", "Other examples", next)];
  }

  /** Any test image by its number, those that are no thumbnail too. */
  byNumber() {
    return this.number ? [element("label", { class: "number" }, "test image", this.number)] : [];
  }

  numberField() {
    const { rows } = this.model.support;
    const choose = ({ target }) => {
      if (target.value !== "") this.onStart(startOfRow(this.model.support.nearestRow(target.valueAsNumber)));
    };
    return element("input", { type: "number", min: rows[0], max: rows.at(-1), placeholder: "№", onchange: choose });
  }

  /** Marks a start; a stored one is brought into view first. */
  select(start) {
    this.selected = start;
    if (this.number) this.number.value = rowOfStart(start) ?? "";
    const members = this.groups.find((group) => group.includes(start));
    if (members && !this.buttons.has(start)) {
      this.offset = members.indexOf(start);
      this.draw();
    }
    for (const [choice, button] of this.buttons) button.setAttribute("aria-pressed", String(choice === start));
  }
}

function pencil(onclick) {
  const label = "Draw an image to start from";
  return element("button", { class: "start", title: label, "aria-label": label, "aria-pressed": "false", onclick }, icon("edit"));
}

/** @returns {number[][]} the indices of each group's starts, groups in the order of their first */
function groupsOf(starts) {
  const groups = new Map();
  for (const [index, { group }] of starts.entries()) groups.set(group, [...(groups.get(group) ?? []), index]);
  return [...groups.values()];
}
