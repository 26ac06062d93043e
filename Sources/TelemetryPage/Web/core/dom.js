/**
 * Elements without HTML: what a client recorded becomes text, never markup.
 *
 * h("a", {href, class: "x", onclick, "aria-label": "…", dataset: {type}}, "text", child, [children], null)
 * - `on…` functions become listeners, `dataset` its members, `hidden`/`disabled`/… booleans are set or left out;
 *   null, undefined and false leave an attribute out.
 * - Children: nodes, strings, numbers, arrays of these; null, undefined and false are skipped.
 * - `style` is refused: rules are in style sheets, and a computed one is set as `element.style.width = …`.
 */
const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") throw new TypeError("style attributes are refused by the page's policy");
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (typeof value === "function" && name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Replaces what is in an element. */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Sets a text only where it differs: a write of the same text costs a layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Text of a client, set apart from the direction of the text around it. */
export function bdi(text, attributes) {
  return h("bdi", attributes, text);
}

/** Calls a function at most once a frame, however often the returned function is called. Not at all while hidden. */
export function oncePerFrame(draw) {
  let asked = 0;
  const ask = () => { asked ||= requestAnimationFrame(() => { asked = 0; draw(); }); };
  ask.cancel = () => { cancelAnimationFrame(asked); asked = 0; };
  return ask;
}

/** Says a sentence to screen readers (a polite live region). */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}
