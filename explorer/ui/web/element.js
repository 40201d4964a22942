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

/** A button of a toolbar: a symbol with a word. */
export function actionButton(symbol, text, title, onclick) {
  return element("button", { class: "action", title, onclick }, icon(symbol), text);
}

/** The same without the word. */
export function iconButton(symbol, label, onclick) {
  return element("button", { class: "action", title: label, "aria-label": label, onclick }, icon(symbol));
}

/** A small one, within what it acts on. */
export function smallButton(symbol, label, onclick = null) {
  return element("button", { class: "icon-button", title: label, "aria-label": label, onclick }, icon(symbol));
}

/** @param {Array<[string[], string]>} keys and what they do */
export function keyChips(keys) {
  const groups = keys.map(([names, meaning]) =>
    element("span", {}, ...names.map((name) => element("kbd", {}, name)), meaning),
  );
  return element("div", { class: "keys" }, ...groups);
}

/**
 * Gives a node other children. To move a node is to take it out, which drops the keyboard's focus: it stays on the button
 * that has it, or goes to the same button of the child that stands where its own stood.
 * @param {HTMLElement[]} children
 */
export function setChildren(node, children) {
  const before = [...node.children];
  if (children.length === before.length && children.every((child, place) => child === before[place])) return;
  const { activeElement: focused } = node.getRootNode();
  const place = before.findIndex((child) => child.contains(focused));
  node.replaceChildren(...children);
  if (place < 0) return;
  const heirs = children.slice(0, place + 1).map(buttonsOf).findLast((buttons) => buttons.length > 0) ?? [];
  const heir = node.contains(focused) ? focused : heirs[buttonsOf(before[place]).indexOf(focused)];
  heir?.focus({ preventScroll: true });
}

const buttonsOf = (node) => (node.matches("button") ? [node] : [...node.querySelectorAll("button")]);
