// What changes the picture at the left, what leaves the page at the right.
import { element, icon } from "./element.js";

const COPIED_MS = 1500; // how long the tick stands in for the link

export class Toolbar {
  /** @param {{onReset: () => void, onDraw: () => void, onChangeView: () => void}} actions */
  constructor({ onReset, onDraw, onChangeView }) {
    this.change = action("difference", "Change", "Show the change from the start", onChangeView);
    this.bar = element(
      "div",
      { class: "toolbar", role: "toolbar" },
      action("restart_alt", "Reset", "Back to the start; Ctrl Z goes back one step", onReset),
      action("casino", "Surprise me", "Draw z from the prior", onDraw),
      this.change,
      element("span", { class: "gap" }),
    );
    if (navigator.clipboard) this.bar.append(linkButton()); // there is none on plain http
    this.setChangeView(false);
  }

  setChangeView(on) {
    this.change.setAttribute("aria-pressed", String(on));
  }
}

function action(symbol, text, title, onclick) {
  return element("button", { class: "action", title, onclick }, icon(symbol), text);
}

function linkButton() {
  const label = "Copy a link to this image";
  const symbol = icon("link");
  const copy = async () => {
    await navigator.clipboard.writeText(window.location.href); // Python keeps z in the address
    symbol.textContent = "check";
    setTimeout(() => (symbol.textContent = "link"), COPIED_MS);
  };
  return element("button", { class: "action", title: label, "aria-label": label, onclick: copy }, symbol);
}
