/**
 * Keys of the whole page. A view adds its own, shown in the help, with
 *   addKeys("Events", [["p", "pause", fn], …]) → function that removes them
 * Keys are letters as typed ("?" too); they do nothing while text is written or a dialog is open.
 * `/` focuses the input that has data-filter.
 */
import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { go } from "./router.js";
import { server } from "./server.js";

const groups = new Map();
let waiting = null; // the "g" of "g n"

export function addKeys(title, keys) {
  groups.set(title, keys);
  return () => { if (groups.get(title) === keys) groups.delete(title); };
}

const anywhere = [
  ["g n", "now", () => go("now")],
  ["g e", "events", () => go("events")],
  ["g r", "runs", () => go("runs")],
  ["g a", "alarms", () => { if (server.info.alarms) go("alarms"); }],
  ["g t", "traces", () => { if (server.info.traces) go("traces"); }],
  ["/", "filter", () => document.querySelector("[data-filter]")?.focus()],
  ["?", "this help", help],
];

export function startKeys() {
  addKeys("Anywhere", anywhere);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.closest?.("input, textarea, select, [contenteditable]")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const typed = waiting ? `${waiting} ${event.key}` : event.key;
    waiting = null;
    for (const keys of groups.values()) {
      const found = keys.find(([key]) => key === typed);
      if (found) { event.preventDefault(); found[2](event); return; }
    }
    if (event.key === "g") { waiting = "g"; setTimeout(() => { waiting = null; }, 1500); }
  });
}

export function help() {
  return openDialog("Keys", (close) => [
    [...groups].reverse().map(([title, keys]) => [
      h("h3", {}, title),
      h("table", { class: "table keys" }, h("tbody", {}, keys
        .filter(([key]) => (key !== "g a" || server.info.alarms) && (key !== "g t" || server.info.traces))
        .map(([key, text]) => h("tr", {}, h("td", {}, key.split(" ").map((one, index) => [index > 0 && " ", h("kbd", {}, one)])), h("td", {}, text))))),
    ]),
    h("div", { class: "actions" }, h("button", { class: "button", type: "button", autofocus: true, onclick: () => close() }, "Close")),
  ].flat(3));
}
