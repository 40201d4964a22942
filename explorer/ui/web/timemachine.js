// How a run learned: one slider over its stored epochs moves the pictures and the latents, in the page alone.
import { element } from "./element.js";
import { EpochPlayer } from "./epochplayer.js";
import { EpochSheet } from "./epochsheet.js";
import { EpochTrack } from "./epochtrack.js";
import { Evolution } from "./evolution.js";
import { LatentCloud } from "./latentcloud.js";
import { unwrap } from "./mount.js";
import { onResize } from "./pixels.js";
import { publishProbe } from "./probe.js";

const machines = new WeakMap();

class TimeMachine {
  constructor(panel, key) {
    this.probe = { paints: 0, epoch: null, place: null };
    this.place = 0; // among the stored epochs; with a fraction on the way to the next
    this.player = new EpochPlayer({
      onMove: (place) => this.moveTo(place), placeNow: () => this.place, last: () => this.evolution.last,
    });
    this.track = new EpochTrack({ onGrab: (place) => this.grab(place), onPlay: () => this.player.toggle() });
    this.cloud = new LatentCloud({ onColors: () => this.paint() });
    this.sheet = new EpochSheet();
    this.epoch = element("b");
    this.numbers = element("span");
    const readout = element("output", { class: "readout" }, this.epoch, this.numbers);
    const bar = element("div", { class: "transport" }, this.player.bar, readout);
    this.beside = element("div", { class: "sheet-side" }, this.sheet.view);
    this.pictures = element("div", { class: "pictures" }, this.cloud.view, this.beside);
    panel.replaceChildren(bar, this.track.view, this.pictures);
    this.unwatch = onResize(panel, () => this.resize());
    this.unpublish = publishProbe(key, this.probe);
  }

  /** Another run, or more of the same: who stood at the end stays there. */
  update(tag, blob) {
    const isNew = tag !== this.tag;
    if (isNew) this.setEvolution(new Evolution(blob));
    this.tag = tag;
    if (this.evolution.points) this.cloud.restyle(); // the theme may be another
    if (isNew) this.resize();
    else if (this.sized) this.paint();
  }

  setEvolution(evolution) {
    const before = this.evolution;
    this.evolution = evolution;
    const stored = Math.floor(this.place);
    if (!before || stored === before.last) this.place = evolution.last;
    else if (!this.player.playing) this.place = evolution.nearest(before.epochs[stored]);
    else this.place = Math.min(this.place, evolution.last); // another run may have fewer
    this.track.setEvolution(evolution);
    this.sheet.setEvolution(evolution);
    this.cloud.view.hidden = !evolution.points;
    this.pictures.classList.toggle("alone", !evolution.points);
    if (evolution.points) this.cloud.setEvolution(evolution);
  }

  /** The visitor takes the playhead: playing ends. */
  grab(place) {
    this.player.stop();
    this.moveTo(place);
  }

  moveTo(place) {
    this.place = place;
    this.paint();
  }

  resize() {
    if (!this.evolution || this.pictures.clientWidth === 0) return;
    this.sheet.resize(this.beside.clientWidth);
    if (this.evolution.points) this.cloud.resize();
    this.sized = true;
    this.paint();
  }

  paint() {
    const stored = Math.floor(this.place);
    const { epochs, facts, points } = this.evolution;
    this.track.mark(this.place);
    this.sheet.show(stored);
    if (points) this.cloud.draw(this.place);
    this.epoch.textContent = `Epoch ${epochs[stored]}`;
    this.numbers.textContent = facts.numbers[stored];
    Object.assign(this.probe, { epoch: epochs[stored], place: this.place, paints: this.probe.paints + 1 });
  }

  close() {
    this.player.close();
    this.unwatch();
    this.unpublish();
  }
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement }) {
  const { key, tag, blob } = unwrap(data);
  if (!machines.has(parentElement)) machines.set(parentElement, new TimeMachine(parentElement.querySelector(".panel"), key));
  const machine = machines.get(parentElement);
  machine.update(tag, blob);
  return () => {
    machine.close();
    machines.delete(parentElement);
  };
}
