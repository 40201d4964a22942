// The parts of the map's page, and what each does to the others: one view, one projection, one place under the pointer.
import { Atlas } from "./atlas.js";
import { element } from "./element.js";
import { Evidence } from "./evidence.js";
import { MapAside } from "./mapaside.js";
import { MapBar } from "./mapbar.js";
import { MapControl, PATH, POINT } from "./mapcontrol.js";
import { MapKey } from "./mapkey.js";
import { MapPath } from "./mappath.js";
import { MapPreview } from "./mappreview.js";
import { MapScene } from "./mapscene.js";
import { parityWarning, placeNotices } from "./mount.js";
import { Picture } from "./picture.js";
import { Pinning } from "./pinning.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";

const COMMIT_MS = 500; // after the last pan or zoom, Python is told
const NARROW = 760; // CSS pixels; manifold.css has the same
const ASIDE = 284; // with its gutter

export class MapPanel {
  /**
   * @param {HTMLElement} root
   * @param {string} key under which the probe is published
   * @param {string} tag of the blob
   * @param {import("./model.js").Model} model
   * @param {MapPanel} [before] what stood here until now
   */
  constructor(root, key, tag, model, before) {
    Object.assign(this, { root, tag, model, sent: before?.sent ?? 0 });
    const last = before?.model.facts.run === model.facts.run ? before : null;
    this.arrived = last ? arrivedMap(last.model.panel, model.panel) : null;
    this.view = { ...(last?.view ?? model.panel.view), ...(this.arrived && { map: this.arrived.name }) };
    this.atlas = new Atlas(model);
    this.build(last);
    this.unpublish = publishProbe(key, this.probe());
    this.open(last);
    this.unwatch = onResize(root, () => this.resize());
  }

  build(last) {
    const { model, atlas, view } = this;
    this.scene = new MapScene(model, { onView: () => this.viewChanged() });
    this.key = new MapKey(model, atlas, this.scene, () => this.select([]));
    this.bar = new MapBar(model, view, {
      onMap: (map) => this.change({ map }, () => this.setMap()),
      onDims: (dims) => this.change({ dims }, () => this.setMap()),
      onColor: (color) => this.change({ color }, () => this.key.show(this.view, this.projection)),
      onBehind: (behind) => this.change({ behind }, () => this.setBehind()),
      onTool: (tool) => this.setTool(tool),
    });
    this.aside = new MapAside(model, atlas, {
      onPick: (row) => this.pinning.pinRow(row),
      onOpen: () => this.wish({ open: Array.from(this.preview.z), label: "a place on the map" }),
      onPin: () => this.pinning.pinShown(false),
    });
    this.preview = new MapPreview(model, atlas, this.scene, this.aside, (...shown) => this.painted(...shown));
    const { scene, aside, preview } = this;
    this.pinning = new Pinning({ model, atlas, scene, aside, preview }, last, {
      onBase: () => this.rebase(),
      onRelease: () => this.commit(),
      onWish: (wish) => this.wish(wish),
    });
    this.path = new MapPath(model, new Picture(model), {
      onMove: (t) => this.follow(t),
      onSave: (kind, latents) => this.wish({ save: kind, latents: latents.map((z) => Array.from(z)) }),
      onClear: () => this.setPath([]),
    });
    this.control = new MapControl(this.scene.node, this.scene.viewport, this.controlActions());
    const main = element("div", { class: "main" }, this.scene.view, this.path.section, this.pinning.tray.section);
    const body = element("div", { class: "body" }, main, this.aside.view);
    const notices = [...parityWarning(model), ...placeNotices(model, CONSEQUENCES_ON_MAP)];
    this.root.replaceChildren(this.bar.view, ...notices, this.key.legend.view, body);
  }

  controlActions() {
    return {
      onView: () => this.viewChanged(),
      onHover: (across, down) => this.preview.hover(across, down),
      onLeave: () => this.preview.leave(),
      onClick: (across, down, isNearest) => {
        this.preview.show(this.scene.viewport.placeOf(across, down));
        this.pinning.pinShown(isNearest);
      },
      onAll: () => {
        this.pinning.takeBackClick();
        this.scene.viewport.fit();
        this.viewChanged();
      },
      onDraw: (tool, places, isDone) => this.drawn(tool, places, isDone),
      onEscape: () => this.escape(),
      pointer: () => this.preview.pointer,
    };
  }

  /** Whether Python does not know yet what is shown. */
  get hasNews() {
    return Boolean(this.arrived) || this.pinning.board.hasNews;
  }

  probe() {
    const { model, scene } = this;
    const probe = {
      paints: 0,
      parity: model.parity,
      get decodeMs() { return model.decodeMs; },
      get drawMs() { return scene.drawMs; },
      screenOf: (x, y) => scene.onPage(x, y),
      redraw: () => scene.draw(),
    };
    this.painted = (place, z, row) => Object.assign(probe, { place, z: Array.from(z), row, paints: probe.paints + 1 });
    return probe;
  }

  /** As the blob says, or where a panel of the same model stood. */
  open(last) {
    const { panel } = this.model;
    const isSame = last?.view.map === this.view.map;
    this.scene.restyle();
    this.aside.setColors(this.scene.theme.classes);
    const { x, y, zoom } = isSame ? last.scene.viewport : {};
    this.setMap(isSame ? [x, y, zoom] : last ? null : panel.view.at);
    if (last) this.key.select(last.key.selected);
    if (isSame && last.path.isDrawn) this.setPath(last.path.places);
  }

  change(what, apply) {
    Object.assign(this.view, what);
    apply();
    this.commit();
  }

  /** @param {?number[]} at where to look: x, y and zoom; null: at all of it */
  setMap(at = null) {
    const { map, dims } = this.view;
    this.projection = this.atlas.projection(map, dims);
    this.evidence = new Evidence(this.atlas, this.projection);
    this.rebase();
    this.scene.viewport.setBounds(this.projection.bounds);
    if (at) this.scene.viewport.goTo(...at);
    this.bar.setMap(map);
    this.setPath([]);
    this.key.show(this.view, this.projection);
    this.pinning.setMap(map === "dims" ? `dims ${dims}` : map, this.projection, this.evidence);
  }

  /** Places are lifted from the mean of all latents, or from a pin. */
  rebase() {
    const { from, fromWords } = this.pinning;
    if (this.evidence.isLinear) {
      this.projection.lift.setBase(from);
      this.evidence.rebase();
    }
    this.scene.title.textContent = this.projection.title + (this.evidence.isLinear ? fromWords : "");
    this.scene.setPlaces(this.projection, this.evidence);
    this.preview.setPlaces(this.projection, this.evidence);
    this.preview.show(this.projection.place(from));
    this.setBehind();
  }

  setBehind() {
    this.scene.setBehind(this.view.behind);
    if (this.key.coloring) this.key.show(this.view, this.projection);
  }

  setTool(tool) {
    this.control.tool = tool;
    this.preview.leave();
  }

  viewChanged() {
    this.scene.changed();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.commit(), COMMIT_MS);
  }

  drawn(tool, places, isDone) {
    if (tool === PATH) {
      if (isDone) this.setPath(places);
      else this.scene.mark({ path: places });
      this.preview.show(places.at(-1));
      return;
    }
    this.scene.mark({ lasso: isDone ? [] : places });
    if (isDone) this.select(this.projection.grid.within(places));
  }

  select(indices) {
    this.key.select(indices);
    const rows = indices.map((index) => this.atlas.rows[index]);
    this.setStateValue("selected", { rows, run: this.model.facts.run, seq: ++this.sent });
  }

  /** Back to pointing, with nothing selected. */
  escape() {
    this.bar.tool.choose(POINT);
    this.setTool(POINT);
    if (this.key.selected) this.select([]);
  }

  setPath(places) {
    this.path.set(places, this.projection);
    this.scene.mark({ path: this.path.isDrawn ? places : [], playhead: null });
  }

  follow(t) {
    const place = this.path.placeAt(t);
    this.scene.mark({ playhead: place });
    this.preview.show(place);
  }

  wish(what) {
    this.commit();
    this.setTriggerValue("wish", { ...what, run: this.model.facts.run });
  }

  commit() {
    clearTimeout(this.later);
    const { x, y, zoom } = this.scene.viewport;
    const seq = ++this.sent; // the same again is news too
    const view = { ...this.view, at: [x, y, zoom] };
    this.setStateValue("committed", { ...view, ...this.pinning.board.snapshot(), run: this.model.facts.run, seq });
  }

  /** The theme may have changed. */
  restyle() {
    this.scene.restyle();
    this.aside.setColors(this.scene.theme.classes);
    this.setBehind();
  }

  resize() {
    const width = this.root.clientWidth;
    const isNarrow = width <= NARROW;
    const room = isNarrow ? width : width - ASIDE;
    this.scene.resize(room);
    this.aside.resize(isNarrow ? width / 3 : ASIDE - 32, this.preview.z);
    for (const part of [this.pinning, this.path]) part.resize();
  }

  close() {
    clearTimeout(this.later);
    for (const part of [this.preview, this.scene, this.path, this.pinning, this.model]) part.close();
    this.unwatch();
    this.unpublish();
  }
}

const CONSEQUENCES_ON_MAP = {
  decoder: "so the server decodes, a little behind your hand",
  encoder: "so there is no pad to draw on",
};

/** A map that was made while one looked at another one is what one waited for. */
const arrivedMap = (before, { maps }) => maps.find(({ name }) => !before.maps.some((known) => known.name === name));
