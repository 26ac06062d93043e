// What plots and timelines show, as tables: for screen readers, and for whoever wants the numbers.

import { bdi, h, replace } from "../core/dom.js";
import { duration, number, time } from "../core/format.js";
import { meanText } from "./history.js";
import { button } from "./parts.js";

const ROWS = 200;

/** The tables of a board, made anew at each call of `draw`. */
export class Tables {
  constructor(board) {
    this.board = board;
    this.element = h("section", { class: "plot-tables", "aria-label": "Values as tables" });
  }

  draw() {
    const { history, timelines, span } = this.board;
    const parts = [];
    if (history) parts.push(valueTable(history, this.board.numeric, span));
    for (const timeline of timelines) parts.push(totalTable(timeline), stateTable(timeline));
    replace(this.element, parts.length ? parts : h("p", {}, "Nothing is plotted."));
  }

  destroy() {
    this.element.remove();
  }
}

/** A table whose rows are made as they are wanted: the first 200, then more at a button. */
function table(caption, heads, count, row, numbers = true) {
  const body = h("tbody", {});
  const more = button("More rows", () => add());
  const cells = heads.map((head, index) => h("th", { scope: "col", class: numbers && index ? "num" : null }, bdi(head)));
  let made = 0;
  function add() {
    const end = Math.min(count, made + ROWS);
    for (; made < end; made++) body.append(h("tr", {}, row(made)));
    more.hidden = made >= count;
  }
  add();
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "table" }, h("caption", {}, caption), h("thead", {}, h("tr", {}, cells)), body), more);
}

/** The latest first: a row for each time at which a field has something. */
function valueTable(history, fields, span) {
  const times = new Map();
  for (const [column, field] of fields.entries()) {
    const series = history.series.get(field);
    for (let i = 0; i < (series?.t.length ?? 0); i++) {
      const at = series.t[i];
      if (at + history.step < span.from || at > span.to) continue;
      if (!times.has(at)) times.set(at, []);
      times.get(at)[column] = i;
    }
  }
  const rows = Array.from(times.keys()).sort((a, b) => b - a);
  const heads = ["Time", ...fields];
  const title = history.step ? `Mean (least to greatest) every ${duration(history.step)}` : "Values";
  return table(`${title}, the latest first`, heads, rows.length, (index) => {
    const at = rows[index], cells = times.get(at);
    const clock = time(at, { ms: history.step < 1000 && at % 1000 !== 0 });
    return [h("th", { scope: "row" }, clock), ...fields.map((field, column) => cell(history.series.get(field), cells[column]))];
  });
}

function cell(series, index) {
  if (index === undefined) return h("td", { class: "num" }, "–");
  const { min, max } = series;
  const band = max[index] > min[index] ? h("small", {}, ` (${number(min[index])} to ${number(max[index])})`) : null;
  return h("td", { class: "num" }, meanText(series, index), band);
}

function totalTable(timeline) {
  const sums = new Map();
  for (const [index, state] of timeline.states.entries()) {
    const [from, until] = timeline.shown(index);
    if (until > from) sums.set(state[2], (sums.get(state[2]) ?? 0) + until - from);
  }
  const rows = Array.from(sums).sort((a, b) => b[1] - a[1]), all = rows.reduce((sum, row) => sum + row[1], 0);
  const share = new Intl.NumberFormat(navigator.language, { style: "percent", maximumFractionDigits: 1 });
  return table(`${timeline.field}: time in each state`, ["State", "Time", "Share"], rows.length, (index) => {
    const [state, length] = rows[index];
    return [h("th", { scope: "row" }, bdi(state)), h("td", { class: "num" }, duration(length)), h("td", { class: "num" }, share.format(length / all))];
  });
}

function stateTable(timeline) {
  const shown = timeline.states.map((state, index) => [...timeline.shown(index), state[2]]).filter(([from, until]) => until > from).reverse();
  return table(`${timeline.field}: states, the latest first`, ["From", "Until", "State"], shown.length, (index) => {
    const [from, until, state] = shown[index];
    return [h("th", { scope: "row" }, time(from)), h("td", {}, time(until)), h("td", {}, bdi(state))];
  }, false);
}
