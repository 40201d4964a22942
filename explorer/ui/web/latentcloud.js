// Where test images were encoded, aligned to the last epoch; colours and class names as on the Manifold page.
import { element } from "./element.js";
import { coloringOf, faintColor, themeColors } from "./mapcolors.js";
import { MapLegend } from "./maplegend.js";
import { MapMarks } from "./mapmarks.js";
import { MapPoints } from "./mappoints.js";
import { Viewport } from "./viewport.js";

const MOST_NAMES = 12; // classes that are named among the points
const NOTHING = { pins: [], path: [], lasso: [], playhead: null, pointer: null, nearest: null };

export class LatentCloud {
  /** @param {{onColors: () => void}} actions other points are shown alone */
  constructor({ onColors }) {
    this.viewport = new Viewport({ left: -1, right: 1, bottom: -1, top: 1 });
    this.points = new MapPoints();
    this.marks = new MapMarks(() => this.theme);
    const onIsolate = (kinds) => {
      this.isolated = kinds;
      onColors();
    };
    this.isolated = new Set();
    this.legend = new MapLegend({ onIsolate, onUnselect: () => {} });
    this.node = element("div", { class: "cloud", role: "img" }, this.points.canvas, this.marks.canvas);
    this.view = element("div", {}, this.legend.view, this.node);
  }

  /** @param {import("./evolution.js").Evolution} evolution */
  setEvolution(evolution) {
    const names = ({ facts }) => JSON.stringify(facts.coloring);
    if (this.evolution && names(this.evolution) !== names(evolution)) { // another run, of other classes
      this.legend.clear();
      this.isolated = new Set();
    }
    this.evolution = evolution;
    this.viewport.setBounds(evolution.bounds);
    this.node.setAttribute("aria-label", `Where ${evolution.count} test images are encoded`);
  }

  /** The theme, or what is coloured, may be another. */
  restyle() {
    const style = getComputedStyle(this.node);
    const value = (name) => style.getPropertyValue(name).trim();
    const fonts = { font: style.fontFamily, ink: style.color };
    this.theme = { ...themeColors(this.node), ...fonts, accent: value("--st-primary-color"), page: value("--st-background-color") };
    this.coloring = this.colored();
    this.legend.view.hidden = !this.coloring.kinds && !this.coloring.scale;
    if (!this.legend.view.hidden) this.legend.show(this.coloring, null);
  }

  colored() {
    const { coloring } = this.evolution.facts;
    const { values } = this.evolution.tensors;
    if (!coloring) return plain(this.evolution.count, this.theme);
    const { names, title, unit } = coloring;
    if (names.length) return coloringOf({ labels: values.data, labelNames: names }, null, this.theme);
    return coloringOf({ tensors: { "column.value": values } }, { name: "value", title, unit, isKind: false }, this.theme);
  }

  resize() {
    const { clientWidth, clientHeight } = this.node;
    this.viewport.resize(clientWidth, clientHeight);
    for (const layer of [this.points, this.marks]) layer.resize(clientWidth, clientHeight);
  }

  draw(place) {
    const places = this.evolution.pointsAt(place);
    const { of, colors } = this.coloring;
    const isAlone = of !== null && this.isolated.size > 0;
    const chosen = isAlone ? Uint8Array.from(of, (kind) => Number(this.isolated.has(kind))) : null;
    this.points.setPlaces(places);
    this.points.setColors(colors, chosen, faintColor(this.theme));
    this.points.draw(this.viewport);
    this.marks.draw(this.viewport, { ...NOTHING, names: this.names(places) });
  }

  /** The classes that are shown, each where the median of its points is. */
  names({ xs, ys }) {
    const { kinds, of } = this.coloring;
    if (!kinds || kinds.length > MOST_NAMES) return [];
    const shown = [...kinds.entries()].filter(([place]) => this.isolated.size === 0 || this.isolated.has(place));
    return shown.map(([place, { name, color }]) => {
      const median = (all) => all.filter((_, n) => of[n] === place).sort().at(of.filter((kind) => kind === place).length >> 1);
      return { text: name, color, place: [median(xs), median(ys)] };
    });
  }
}

/** One colour for all of them, from the middle of the scale. */
function plain(count, { scale }) {
  const alike = { labels: new Int32Array(count), labelNames: [""] };
  const { colors } = coloringOf(alike, null, { classes: [scale[scale.length >> 1]] });
  return { title: "", kinds: null, of: null, scale: null, colors };
}
