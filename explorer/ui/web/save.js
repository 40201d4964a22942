// Saves a file that Python made: its type and its name stand before the bytes, a line each.
import { unwrap } from "./mount.js";
import { saveFile } from "./saving.js";

const saved = new WeakSet();

/** Streamlit calls this again at a change of theme; a file is saved once. */
export default function ({ data, parentElement }) {
  if (saved.has(parentElement)) return;
  saved.add(parentElement);
  const { key: type, tag: name, blob } = unwrap(data);
  saveFile(blob, type, name);
}
