/**
 * Dialogs, as <dialog> has them: Escape closes, the focus stays inside and goes back afterwards.
 *
 * openDialog(title, build)     build(close) → children; resolves with what close(value) was given, null for Escape
 * confirmDialog({title, text, action})     → whether it was confirmed
 * askForToken(wasRefused)      → the token, or null
 */
import { h } from "./dom.js";
import { server } from "./server.js";

let count = 0;

export function openDialog(title, build) {
  return new Promise((resolve) => {
    let result = null;
    const id = `dialog-${++count}`;
    const element = h("dialog", { "aria-labelledby": id, onclose: () => { element.remove(); resolve(result); } });
    const close = (value = null) => { result = value; element.close(); };
    element.append(h("h2", { id }, title), ...[build(close)].flat());
    document.body.append(element);
    element.showModal();
  });
}

export async function confirmDialog({ title, text, action }) {
  return await openDialog(title, (close) => [
    h("p", {}, text),
    h("div", { class: "actions" },
      h("button", { class: "button", type: "button", onclick: () => close() }, "Cancel"),
      h("button", { class: "button danger", type: "button", autofocus: true, onclick: () => close(true) }, action)),
  ]) === true;
}

export function askForToken(wasRefused) {
  return openDialog("Token", (close) => {
    const input = h("input", { class: "text", type: "password", name: "token", required: true, autocomplete: "off", autofocus: true, pattern: "\\s*[\\x21-\\x7e]+\\s*", title: "Letters, digits and signs without blanks", spellcheck: "false", "aria-describedby": "token-hint" });
    return h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); if (input.value.trim()) close(input.value.trim()); } },
      wasRefused && h("p", { class: "problem", role: "alert" }, "The server does not know this token. It may have been revoked, or mistyped."),
      h("p", { id: "token-hint", class: "hint" }, `What ${server.info.host} has recorded is shown to those with a token. One that may read is enough; starting and stopping runs needs one of an `,
        "administrator. Whoever runs the server gives them: they are the lines of its ", h("code", {}, "--token-file"), "."),
      h("label", {}, "Token of this server", input),
      h("p", { class: "hint" }, "It is kept for this tab only, and is never part of an address."),
      h("div", { class: "actions" },
        h("button", { class: "button", type: "button", onclick: () => close() }, "Not now"),
        h("button", { class: "button primary", type: "submit" }, "Use this token")));
  });
}
