// Builds DOM nodes: element("button", { class: "icon", onclick }, "text", child).

/**
 * @param {string} tag
 * @param {Object<string, *>} attributes functions become event properties, the rest attributes; null leaves one out
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node[name] = value;
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** A Material Symbols icon; the page's icon font reaches into shadow roots. */
export function icon(name) {
  return element("span", { class: "icon", "aria-hidden": "true" }, name);
}
