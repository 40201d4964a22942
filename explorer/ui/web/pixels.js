// Sizes that keep every image pixel a whole number of device pixels.

const TILE = 66; // CSS pixels at most, of the images beneath the large one

/** @returns {number} CSS pixels of the largest whole multiple of `pixels` that fits; at least one device pixel each */
export function wholeMultiple(available, pixels) {
  const dpr = window.devicePixelRatio;
  const multiple = Math.floor((available * dpr) / pixels + 1e-6); // 1e-6: 2.9999999 is 3
  return (pixels * Math.max(1, multiple)) / dpr;
}

/** @returns {number} CSS pixels of an image beneath the large one */
export const tileSize = (pixels) => wholeMultiple(TILE, pixels);

/**
 * The size of a small copy: a whole multiple near 28, or the image's own size; beyond `most` it is smoothed down.
 * @returns {number} CSS pixels
 */
export function thumbSize(pixels, most) {
  if (pixels > most) return most;
  const dpr = window.devicePixelRatio;
  const multiple = Math.max(1, Math.round(28 / pixels));
  return (pixels * Math.max(1, Math.round(multiple * dpr))) / dpr;
}

/**
 * Calls `apply` when the node's width changes, and when a zoom or another screen changes the device pixels.
 * @returns {() => void} stops it
 */
export function onResize(node, apply) {
  let width = 0;
  let dpr = 0;
  const check = () => {
    if (node.clientWidth === width && window.devicePixelRatio === dpr) return;
    width = node.clientWidth;
    dpr = window.devicePixelRatio;
    if (width > 0) apply();
  };
  const observer = new ResizeObserver(check);
  observer.observe(node);
  window.addEventListener("resize", check); // a zoom may leave the width as it was
  return () => {
    observer.disconnect();
    window.removeEventListener("resize", check);
  };
}
