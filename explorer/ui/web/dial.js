// A range with its name and its value; a double click brings it back to what is usual.
import { element } from "./element.js";

export class Dial {
  /**
   * @param {string} name
   * @param {{min: number, max: number, usual: number, title: string, text: (value: number) => string}} scale
   * @param {{onInput: (value: number) => void, onRelease: () => void}} actions
   */
  constructor(name, { min, max, usual, title, text }, { onInput, onRelease }) {
    this.text = text;
    const set = (value) => {
      this.show(value);
      onInput(value);
    };
    const home = () => {
      set(usual);
      onRelease();
    };
    this.input = element("input", {
      type: "range",
      min,
      max,
      step: 0.01,
      oninput: () => set(this.input.valueAsNumber),
      onchange: onRelease,
      ondblclick: home,
    });
    this.output = element("output");
    this.label = element("label", { class: "dial", title }, element("span", {}, name), this.input, this.output);
  }

  show(value) {
    const { min, max } = this.input;
    this.input.value = value;
    this.input.style.setProperty("--share", `${(100 * (value - min)) / (max - min)}%`);
    this.input.setAttribute("aria-valuetext", this.text(value));
    this.output.textContent = this.text(value);
  }
}
