// The map of a model's latents: the decoder runs here, so that what lies under the pointer is seen at once, between the
// points too. Python hears of the view, of pins and of selections once they rest.
import { lineOf } from "./line.js";
import { MapPanel } from "./mappanel.js";
import { Model } from "./model.js";
import { unwrap } from "./mount.js";
import { Nearness } from "./nearness.js";

const panels = new WeakMap();

/** Where there are more test images than every panel gets, the map gets all of them. */
function allOf(tensors) {
  const names = ["latents", "rows", "labels", "kinds"].filter((name) => `map.${name}` in tensors);
  return Object.fromEntries(names.map((name) => [name, tensors[`map.${name}`]]));
}

/** Streamlit calls this at the mount and again at every rerun and change of theme. */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const { key, tag, blob } = unwrap(data);
  const before = panels.get(parentElement);
  const isNew = before?.tag !== tag;
  if (isNew) {
    before?.close();
    const model = new Model(blob, lineOf(key));
    model.support = new Nearness(model.size, { ...model.tensors, ...allOf(model.tensors) });
    panels.set(parentElement, new MapPanel(parentElement.querySelector(".panel"), key, tag, model, before));
  }
  const panel = panels.get(parentElement);
  Object.assign(panel, { setStateValue, setTriggerValue });
  if (!isNew) panel.restyle();
  else if (panel.hasNews) panel.commit();
  return () => {
    panels.get(parentElement).close();
    panels.delete(parentElement);
  };
}
