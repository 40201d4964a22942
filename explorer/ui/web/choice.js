// One of a few: a row of buttons of which one is pressed.
import { element } from "./element.js";

export class Choice {
  /**
   * @param {string} label of the group, for screen readers
   * @param {Array<{value: *, content: Node|string, title: string}>} options
   * @param {*} chosen the value at first
   * @param {(value: *) => void} [onChoose]
   */
  constructor(label, options, chosen, onChoose) {
    this.buttons = options.map(({ value, content, title }) => {
      const onclick = () => {
        this.choose(value);
        onChoose?.(value);
      };
      return [value, element("button", { class: "option", title, "aria-label": title, onclick }, content)];
    });
    const buttons = this.buttons.map(([, button]) => button);
    this.group = element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
    this.choose(chosen);
  }

  choose(value) {
    this.value = value;
    for (const [each, button] of this.buttons) button.setAttribute("aria-pressed", String(each === value));
  }
}
