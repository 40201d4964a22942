// The tools of the map: which map, what its colours mean, what lies behind, and what the pointer does.
import { Choice } from "./choice.js";
import { element, icon } from "./element.js";
import { linkButton } from "./exports.js";
import { LABEL } from "./mapcolors.js";
import { LASSO, PATH, POINT } from "./mapcontrol.js";

const BACKGROUNDS = [
  { value: "support", content: "Support", title: "Hatched where no test image is near" },
  { value: "images", content: "Images", title: "What is decoded all over the map" },
  { value: "density", content: "Density", title: "How many test images lie where" },
  { value: "plain", content: "Plain", title: "Nothing" },
];
const TOOLS = [
  { value: POINT, symbol: "near_me", title: "Point: hover to decode, click to pin, drag to move the map" },
  { value: PATH, symbol: "gesture", title: "Draw a path and see what is decoded along it" },
  { value: LASSO, symbol: "lasso_select", title: "Select test images: draw around them" },
];
const MOST_BUTTONS = 3; // of one choice; more are a list

export class MapBar {
  /**
   * @param {import("./model.js").Model} model
   * @param {{map: string, dims: [number, number], color: string, behind: string}} view
   * @param {{onMap: (name: string) => void, onDims: (dims: [number, number]) => void, onColor: (name: string) => void,
   *   onBehind: (kind: string) => void, onTool: (tool: string) => void}} actions
   */
  constructor({ panel, size, facts }, view, actions) {
    this.dims = dimensionLists(size, view.dims, actions.onDims);
    this.map = this.maps(panel.maps, size, view, actions);
    this.color = this.colors(panel, facts, view, actions);
    this.behind = new Choice("Behind the points", BACKGROUNDS, view.behind, actions.onBehind);
    this.tool = new Choice("Tool", TOOLS.map(({ symbol, ...tool }) => ({ ...tool, content: icon(symbol) })), POINT, actions.onTool);
    const link = navigator.clipboard ? [linkButton("Copy a link to this map")] : []; // there is none on plain http
    this.view = element(
      "div",
      { class: "toolbar", role: "toolbar" },
      labelled("Map", this.map, this.dims),
      labelled("Colour", this.color),
      labelled("Behind", this.behind.group),
      element("div", { class: "exports" }, this.tool.group, ...link),
    );
    this.setMap(view.map);
  }

  maps(stored, size, { map }, { onMap }) {
    const plane = size === 2 ? ["Plane", "The latent plane"] : ["Dims", "Two dimensions of z"];
    const options = [
      { value: "dims", content: plane[0], title: plane[1] },
      ...stored.map(({ name, short, title }) => ({ value: name, content: short, title })),
    ];
    return chooser("Map", options, map, onMap);
  }

  colors({ columns, closed }, { labels, handwritten }, { color }, { onColor }) {
    const own = labels?.length ? [{ value: LABEL, content: handwritten ? "Digit" : "Class", title: "Class of the test image" }] : [];
    const more = columns.map(({ name, title, unit }) => ({ value: name, content: title, title: unit ? `${title}, ${unit}` : title }));
    const shut = Object.entries(closed).map(([name, { title, why }]) => ({ value: name, content: title, title: why, isClosed: true }));
    return chooser("Colour", [...own, ...more, ...shut], color, onColor);
  }

  /** Two dimensions are chosen where the map is of dimensions, and there are more than two. */
  setMap(name) {
    this.dims.hidden = name !== "dims" || !this.dims.childElementCount;
  }
}

/** Buttons, or a list where there are many. */
function chooser(label, options, chosen, onChoose) {
  if (options.length <= MOST_BUTTONS) {
    const choice = new Choice(label, options, chosen, onChoose);
    for (const [place, [, button]] of choice.buttons.entries()) button.disabled = Boolean(options[place].isClosed);
    return choice.group;
  }
  const lines = options.map(({ value, content, title, isClosed }) => {
    const line = element("option", { value, title }, isClosed ? `${content}: not here` : content);
    line.disabled = Boolean(isClosed);
    line.selected = value === chosen;
    return line;
  });
  return element("select", { "aria-label": label, onchange: ({ target }) => onChoose(target.value) }, ...lines);
}

function dimensionLists(size, dims, onDims) {
  if (size <= 2) return element("span");
  const numbers = Array.from({ length: size }, (_, dim) => dim);
  const lists = ["across", "up"].map((way, place) => {
    const options = numbers.map((dim) => element("option", { value: dim }, `z${dim + 1}`));
    options[dims[place]].selected = true;
    const onchange = () => onDims(lists.map((list) => Number(list.value)));
    return element("select", { "aria-label": `Dimension ${way}`, title: `Dimension ${way}`, onchange }, ...options);
  });
  return element("span", { class: "dims" }, ...lists);
}

const labelled = (text, ...parts) => element("div", { class: "tool" }, element("span", { class: "tool-name" }, text), ...parts);
