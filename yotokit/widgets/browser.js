// What the pieces in the browser share; it stands before the module of each of them.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function button(word, attributes = {}) {
  return make("button", { type: "button", ...attributes }, word);
}

/** Change a text only where it changes, so that what a person has marked stays marked. */
function write(node, text) {
  if (!node.firstChild) node.append(text);
  else if (node.firstChild.data !== text) node.firstChild.data = text;
}

function allow(node, possible) {
  // Not `disabled`: that would take the focus from whoever is on it.
  node.setAttribute("aria-disabled", String(!possible));
}

/** Keep keys that are pressed in the widget from the notebook around it, but for saving it. */
function keepKeys(root, signal) {
  const shortcuts = "data-lm-suppress-shortcuts";
  root.setAttribute(shortcuts, "true");
  root.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  });
  const lend = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "s" || !root.contains(event.target)) return;
    root.removeAttribute(shortcuts);
    setTimeout(() => root.setAttribute(shortcuts, "true"));
  };
  window.addEventListener("keydown", lend, { capture: true, signal });
}

/** Bring parts into an order, moving as few as can be, and never the one with the focus in it. */
function arrange(parent, order, before, focused) {
  const still = unmoved(order, before, order.includes(focused) ? focused : null);
  let next = null;
  for (const part of [...order].reverse()) {
    if (!still.has(part)) parent.insertBefore(part.node, next);
    next = part.node;
  }
}

/** Return the longest run of parts that are in order already, with `pinned` among them. */
function unmoved(order, before, pinned) {
  const place = order.indexOf(pinned);
  const old = before.get(pinned);
  const ends = []; // ends[n]: the part that ends the best run of n + 1 so far
  const previous = new Map();
  order.forEach((part, index) => {
    const was = before.get(part);
    if (was === undefined) return;
    if (old !== undefined && part !== pinned && index < place !== was < old) return;
    let length = ends.length;
    while (length && before.get(ends[length - 1]) > was) length -= 1;
    previous.set(part, ends[length - 1]);
    ends[length] = part;
  });
  const still = new Set();
  for (let part = ends.at(-1); part; part = previous.get(part)) still.add(part);
  return still;
}
