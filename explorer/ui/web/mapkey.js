// What the colours of the points mean, and which of the points stay bright: classes of the legend, and a selection.
import { coloringOf, LABEL } from "./mapcolors.js";
import { MapLegend } from "./maplegend.js";

const NOTES = {
  support: { kind: "hatched", text: "no data near" },
  images: { kind: "", text: "faded: no data near" },
  density: { kind: "", text: "shade: how many test images" },
};

export class MapKey {
  /**
   * @param {import("./model.js").Model} model @param {import("./atlas.js").Atlas} atlas
   * @param {import("./mapscene.js").MapScene} scene @param {() => void} onUnselect everything is to be shown again
   */
  constructor(model, atlas, scene, onUnselect) {
    Object.assign(this, { model, atlas, scene });
    this.selected = null; // indices of the points within the lasso; null: all
    this.legend = new MapLegend({ onIsolate: () => this.choose(), onUnselect });
  }

  /** @param {{color: string, behind: string}} view @param {import("./atlas.js").Projection} projection */
  show({ color, behind }, projection) {
    this.projection = projection;
    const column = this.columnOf(color);
    if (column === undefined && this.coloring) return; // Python is getting it
    if (column !== this.column) this.legend.clear();
    this.column = column;
    this.coloring = coloringOf(this.atlas, column ?? null, this.scene.theme);
    this.legend.show(this.coloring, NOTES[behind]);
    this.choose();
  }

  /** @returns {Object|null|undefined} the column of a colour, null for the classes; undefined where it is not there */
  columnOf(color) {
    const isHere = ({ name }) => `column.${name}` in this.atlas.tensors;
    const here = this.model.panel.columns.filter(isHere);
    if (color === LABEL && this.atlas.labels) return null;
    const wanted = here.find(({ name }) => name === color);
    return wanted ?? (this.coloring || this.atlas.labels ? undefined : here[0]);
  }

  choose() {
    const { isolated } = this.legend;
    const { of, kinds } = this.coloring;
    let chosen = null;
    if (isolated.size || this.selected) {
      chosen = new Uint8Array(this.atlas.count);
      for (const n of this.selected ?? chosen.keys()) chosen[n] = !isolated.size || isolated.has(of[n]) ? 1 : 0;
    }
    this.scene.setColors(this.coloring, chosen);
    const names = kinds && this.column === null ? namesOf(this.projection, this.coloring, this.atlas.labelNames) : [];
    this.scene.mark({ names: names.filter((_, kind) => !isolated.size || isolated.has(kind)) });
  }

  select(indices) {
    this.selected = indices?.length ? indices : null;
    this.legend.showSelection(indices?.length ?? 0);
    this.choose();
  }
}

/** Where the names of classes stand: in the middle of their points. */
function namesOf({ xs, ys }, { kinds, of }, labelNames) {
  const members = kinds.map(() => [[], []]);
  for (let n = 0; n < of.length; n++) {
    members[of[n]][0].push(xs[n]);
    members[of[n]][1].push(ys[n]);
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return kinds.map(({ value, color }, kind) => ({ text: labelNames[value], color, place: members[kind].map(median) }));
}
