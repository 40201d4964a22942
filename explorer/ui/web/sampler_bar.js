// What decides over a sheet of samples: the distribution, the seed, temperature and truncation.
import { Choice } from "./choice.js";
import { Dial } from "./dial.js";
import { actionButton, element, iconButton } from "./element.js";
import { linkButton } from "./exports.js";

const MOST_SEED = 2 ** 32 - 1; // draws.py has the same, and the ends of both dials
const NO_TRUNCATION = 4; // the end of its dial
const TEMPERATURE = {
  min: 0,
  max: 2,
  usual: 1,
  title: "Scales the noise of every draw. Double click for ×1, which is what the model was trained for",
  text: (value) => `×${value.toFixed(2)}`,
};
const TRUNCATION = {
  min: 0.1,
  max: NO_TRUNCATION,
  usual: NO_TRUNCATION,
  title: "The noise of each dimension is drawn from within these bounds. Double click for none",
  text: (value) => (value < NO_TRUNCATION ? `±${value.toFixed(2)}` : "none"),
};

/** @typedef {{seed: number, temperature: number, truncation: number, source: string}} Settings truncation Infinity: none */

export class SamplerBar {
  /**
   * @param {Settings} settings is changed here
   * @param {import("./sources.js").Source[]} sources
   * @param {{onNoise: () => void, onTemperature: () => void, onSource: () => void, onRelease: () => void,
   *   onSave: (kind: string) => void}} actions
   */
  constructor(settings, sources, actions) {
    this.settings = settings;
    this.actions = actions;
    const onRelease = () => actions.onRelease();
    this.temperature = new Dial("Temperature", TEMPERATURE, {
      onInput: (value) => this.set({ temperature: value }, actions.onTemperature),
      onRelease,
    });
    this.truncation = new Dial("Truncation", TRUNCATION, {
      onInput: (value) => this.set({ truncation: value < NO_TRUNCATION ? value : Infinity }, actions.onNoise),
      onRelease,
    });
    const options = sources.map(({ name, option, title }) => ({ value: name, content: option, title }));
    this.source = new Choice("Draw from", options, settings.source, (source) => {
      this.set({ source }, actions.onSource);
      onRelease();
    });
    this.source.group.hidden = sources.length === 1;
    const again = actionButton("casino", "Draw again", "The next seed (R)", () => this.drawAgain());
    const files = element("div", { class: "exports" }, ...this.files());
    const bar = element("div", { class: "toolbar", role: "toolbar" }, this.source.group, again, this.seedField(), files);
    this.view = element("div", {}, bar, element("div", { class: "dials" }, this.temperature.label, this.truncation.label));
    this.show();
  }

  seedField() {
    this.seed = element("input", {
      type: "number",
      min: 0,
      max: MOST_SEED,
      step: 1,
      oninput: () => this.set({ seed: seedOf(this.seed.value) }, this.actions.onNoise),
      onchange: () => {
        this.show();
        this.actions.onRelease();
      },
    });
    return element("label", { class: "seed", title: "The same seed gives the same samples" }, "Seed", this.seed);
  }

  files() {
    const { onSave } = this.actions;
    const buttons = [
      iconButton("image", "Save the sheet as PNG", () => onSave("png")),
      iconButton("data_object", "Save its latents as JSON", () => onSave("json")),
    ];
    if (navigator.clipboard) buttons.unshift(linkButton("Copy a link to these samples")); // there is none on plain http
    return buttons;
  }

  set(change, tell) {
    Object.assign(this.settings, change);
    tell();
  }

  drawAgain() {
    this.set({ seed: (this.settings.seed + 1) % (MOST_SEED + 1) }, this.actions.onNoise);
    this.show();
    this.actions.onRelease();
  }

  show() {
    const { seed, temperature, truncation, source } = this.settings;
    this.seed.value = seed;
    this.temperature.show(temperature);
    this.truncation.show(Math.min(truncation, NO_TRUNCATION));
    this.source.choose(source);
  }
}

const seedOf = (text) => Math.min(MOST_SEED, Math.max(0, Math.floor(Number(text) || 0)));
