// The buttons above plots.

import { APIError } from "../core/api.js";
import { announce, h, setText } from "../core/dom.js";
import { number } from "../core/format.js";
import { eventsCSV, eventsNDJSON, historyCSV, picture } from "./download.js";
import { button } from "./parts.js";
import { RANGES } from "./span.js";

/** 15 min to all, and live. `draw` after the span changed. */
export function rangeButtons(span) {
  const buttons = RANGES.map(([text, length]) => [h("button", { type: "button", onclick: () => span.latest(length) }, text), length]);
  const all = h("button", { type: "button", "aria-keyshortcuts": "0", onclick: () => span.all() }, "All");
  const live = button("Live", () => (span.live ? span.hold() : span.toLive()), { class: "button live-button", "aria-keyshortcuts": "l" });
  const element = h("div", { class: "ranges" }, live, h("div", { class: "segments", role: "group", "aria-label": "Range" }, buttons.map(([button]) => button), all));
  function draw() {
    for (const [button, length] of buttons) button.setAttribute("aria-pressed", span.live && Math.abs(span.length / length - 1) < 0.001);
    live.setAttribute("aria-pressed", span.live);
  }
  return { element, draw };
}

/** The files that a view can be taken away in. */
export function downloadMenu(view) {
  const kinds = [
    ["Plotted values, CSV", () => historyCSV(view.type, view.numeric, view.span, view.board.points), () => view.numeric.length > 0],
    ["Events, CSV", () => eventsCSV(view.type, view.info.fields.length <= 100 ? view.info.fields.map((field) => field.path) : view.numeric, view.span)],
    ["Events, NDJSON", () => eventsNDJSON(view.type, view.span, (count) => tell(`${number(count)} events so far…`), view.ended.signal)],
    ["Picture, PNG", () => picture(view.board)],
  ];
  const tell = (text) => setText(view.message, text);
  async function run(work) {
    menu.open = false;
    tell("The file is being made…");
    try {
      tell((await work()) || "");
      announce("The file was saved");
    } catch (error) {
      if (view.ended.signal.aborted) return;
      if (!(error instanceof APIError)) throw error;
      tell(error.message);
    }
  }
  const items = kinds.map(([text, work, fits]) => h("button", {
    type: "button", onclick: () => (fits?.() === false ? tell("No field with numbers is plotted.") : run(work)),
  }, text));
  const menu = h("details", { class: "menu", onkeydown: (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.firstChild.focus();
  } }, h("summary", { class: "button" }, "Download"), h("div", { class: "menu-items" }, items));
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}
