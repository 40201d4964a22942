// What stands below a large image, in words that do not break: its pixels, how large they are shown, how it was decoded.

/** @param {import("./model.js").Model} model @param {number} size CSS pixels of the image's width */
export function pixelsShown({ width, height }, size) {
  return `${height}\u00a0×\u00a0${width}\u00a0pixels, shown\u00a0×${Number((size / width).toFixed(1))}`;
}

/** @param {import("./model.js").Model} model */
export function timeDecoded({ decodesHere, decodeMs }) {
  const where = decodesHere ? "decoded\u00a0here" : "from\u00a0the\u00a0server";
  return `${where} in\u00a0${decodeMs.toFixed(decodesHere ? 1 : 0)}\u00a0ms`;
}
