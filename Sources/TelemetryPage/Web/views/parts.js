// Small parts that these views share.

import { h } from "../core/dom.js";

export function button(text, onclick, attributes) {
  return h("button", { class: "button", type: "button", onclick, ...attributes }, text);
}

export function linkButton(text, href) {
  return h("a", { class: "button", href }, text);
}

/** What went wrong, and a button to try again. */
export function problem(error, again) {
  return [error.message, " ", button("Try again", again)];
}

/** The head of a view. */
export function viewHead(title, ...rest) {
  return h("header", { class: "view-head" }, h("h1", {}, title), rest);
}

/** An input that `/` leads to. */
export function searchInput(label, oninput, value) {
  return h("input", {
    class: "text", type: "search", placeholder: label, "aria-label": label, autocomplete: "off", spellcheck: "false", dataset: { filter: "" }, oninput, value,
  });
}
