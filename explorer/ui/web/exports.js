// What leaves the page: the image, a movie of the last touched dimension, z itself, and a link to all of it.
import { element, icon, iconButton } from "./element.js";
import { saveFile, savePng } from "./saving.js";

const COPIED_MS = 1500; // how long the tick stands in for the link
const MOVIES = { gif: "GIF, plays everywhere", webp: "WebP, smaller" };

export class Exports {
  /**
   * @param {import("./model.js").Model} model
   * @param {Object} actions
   * @param {() => HTMLCanvasElement} actions.canvas of the image
   * @param {() => Float32Array} actions.latent that it is decoded from
   * @param {(movie: {kind: string, from: number[], to: number[]}) => void} actions.onMovie a movie is wanted
   */
  constructor(model, { canvas, latent, onMovie }) {
    this.latent = latent;
    const name = nameOf(model.facts.run);
    const json = () => JSON.stringify({ model: name, z: Array.from(latent()) }, null, 2);
    this.buttons = [
      iconButton("image", "Save the image as PNG", () => savePng(canvas(), `${name}.png`)),
      this.menu(onMovie),
      iconButton("data_object", "Save z as JSON", () => saveFile(json(), "application/json", `${name}-z.json`)),
    ];
    if (navigator.clipboard) this.buttons.unshift(linkButton("Copy a link to this image")); // there is none on plain http
  }

  /** Python decodes the frames, so one chooses the kind first. */
  menu(onMovie) {
    const label = "Save a movie of one dimension";
    this.name = element("b");
    const choices = Object.entries(MOVIES).map(([kind, text]) => {
      const onclick = () => {
        this.movies.open = false;
        onMovie({ kind, ...this.ends() });
      };
      return element("button", { class: "choice-line", onclick }, text);
    });
    const title = element("span", {}, "All along ", this.name);
    this.movies = element(
      "details",
      {
        class: "menu",
        onfocusout: ({ relatedTarget }) => this.movies.contains(relatedTarget) || (this.movies.open = false),
        onkeydown: ({ key }) => key === "Escape" && (this.movies.open = false),
      },
      element("summary", { class: "action", title: label, "aria-label": label }, icon("movie")),
      element("div", { class: "menu-body" }, title, ...choices),
    );
    return this.movies;
  }

  /** A movie goes along the dimension that was moved last. */
  setWay(basis, dimension) {
    if (this.way?.dimension === dimension) return;
    this.way = { basis, dimension };
    this.name.replaceChildren(dimension.symbol, element("sub", {}, String(dimension.number)));
  }

  ends() {
    const { basis, dimension } = this.way;
    const at = (value) => Array.from(basis.moved(this.latent(), dimension.index, value));
    return { from: at(dimension.low), to: at(dimension.high) };
  }
}

/** The run's own name, the last part of its path; a version follows. */
function nameOf(run) {
  return run.slice(0, run.lastIndexOf("@")).split(/[/\\]/).at(-1);
}

/** @param {string} label */
export function linkButton(label) {
  const symbol = icon("link");
  const copy = async () => {
    await navigator.clipboard.writeText(window.location.href); // Python keeps z in the address
    symbol.textContent = "check";
    setTimeout(() => (symbol.textContent = "link"), COPIED_MS);
  };
  return element("button", { class: "action", title: label, "aria-label": label, onclick: copy }, symbol);
}
