// Files that the browser saves.
import { element } from "./element.js";

const SAVED = 448; // pixels that a saved image has at least, a side

/** @param {BlobPart} content @param {string} type as in MIME */
export function saveFile(content, type, name) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address)); // the click has to be over
}

/** The canvas as PNG, every pixel a square. */
export async function savePng(canvas, name) {
  const multiple = Math.ceil(SAVED / Math.max(canvas.width, canvas.height));
  const large = element("canvas", { width: multiple * canvas.width, height: multiple * canvas.height });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  const content = await new Promise((resolve) => large.toBlob(resolve, "image/png"));
  saveFile(content, "image/png", name);
}
