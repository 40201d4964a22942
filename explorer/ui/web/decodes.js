// Carries the questions of a panel to Python, and the decoded images back; shows nothing itself.
import { lineOf } from "./line.js";
import { unwrap } from "./mount.js";

/** Streamlit calls this at the mount and with every answer. */
export default function ({ data, setStateValue }) {
  const { key, tag: seq, blob } = unwrap(data);
  const line = lineOf(key);
  line.send = (question) => setStateValue("wanted", question);
  line.onReady?.();
  if (seq) line.onAnswer?.(Number(seq), blob);
  return () => {
    line.send = null;
  };
}
