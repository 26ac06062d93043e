// The runs: what was recorded when, the active one first.

import { APIError, get } from "../core/api.js";
import { now } from "../core/clock.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { cut, duration, number, span as spanText } from "../core/format.js";
import { live } from "../core/live.js";
import { href, replaceParams } from "../core/router.js";
import { settings } from "../core/settings.js";
import { button, problem, searchInput, viewHead } from "./parts.js";
import { shadeOf } from "./shades.js";

const ROWS = 200;
const COLUMNS = [
  ["run", "Run", (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true })],
  ["span", "Span", (a, b) => a.from - b.from],
  ["duration", "Duration", (a, b) => a.to - a.from - (b.to - b.from)],
  ["events", "Events", (a, b) => a.run.events - b.run.events],
  ["meta", "Notes", (a, b) => a.meta.localeCompare(b.meta)],
];

export function mount(root, { params }) {
  const view = new RunsView(root, params);
  view.load();
  return { unmount: () => view.end() };
}

/** The meta of a run in one line, without its id. */
function metaText(meta) {
  const entries = Object.entries(meta ?? {}).filter(([name]) => name !== "run_id");
  return entries.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");
}

class RunsView {
  constructor(root, params) {
    this.column = COLUMNS.find(([name]) => name === params.get("sort")) ?? COLUMNS[1];
    this.down = params.get("order") !== "asc";
    this.limit = ROWS;
    this.ended = new AbortController();
    this.search = searchInput("Find a run", () => this.changed(), params.get("q") ?? "");
    this.note = h("p", { class: "plot-note", role: "status" }, "Loading…");
    this.notices = h("div", {});
    this.heads = COLUMNS.map((column) => [column, h("th", { scope: "col" }, h("button", { type: "button", onclick: () => this.sort(column) }, column[1]))]);
    this.body = h("tbody", {});
    this.more = h("button", { class: "button", type: "button", onclick: () => { this.limit += ROWS; this.draw(); } }, "More runs");
    const head = h("thead", {}, h("tr", {}, this.heads.map(([, head]) => head)));
    this.table = h("table", { class: "table runs-table" }, h("caption", { class: "visually-hidden" }, "Runs"), head, this.body);
    this.element = h("article", { class: "runs-view" }, viewHead("Runs", this.search), this.notices, this.table, this.more, this.note);
    root.append(this.element);
    this.ends = [live.on("run", () => this.load()), settings.on("times", () => this.draw())];
    this.ticking = setInterval(() => this.tick(), 1000);
  }

  async load() {
    try {
      const { runs, notices } = await get("/runs", null, { signal: this.ended.signal });
      this.uses = runs.map((run) => Object.assign(shadeOf(run), { run, meta: metaText(run.meta) }));
      replace(this.notices, (notices ?? []).map((text) => h("p", { class: "notice", dir: "auto" }, text)));
      this.draw();
    } catch (error) {
      if (this.ended.signal.aborted) return;
      if (!(error instanceof APIError)) throw error;
      replace(this.note, problem(error, () => this.load()));
    }
  }

  sort(column) {
    this.down = column === this.column ? !this.down : column[0] !== "run";
    this.column = column;
    this.changed();
  }

  changed() {
    this.limit = ROWS;
    const given = this.column !== COLUMNS[1] || !this.down;
    replaceParams({ q: this.search.value || null, sort: given ? this.column[0] : null, order: given && !this.down ? "asc" : null });
    this.draw();
  }

  draw() {
    if (!this.uses) return;
    const words = this.search.value.toLowerCase().split(/\s+/).filter((word) => word);
    const found = this.uses.filter(({ name, meta }) => words.every((word) => `${name} ${meta}`.toLowerCase().includes(word)));
    const isActive = (use) => !use.run.stopped_at;
    found.sort((a, b) => isActive(b) - isActive(a) || (this.down ? -1 : 1) * this.column[2](a, b));
    for (const [column, head] of this.heads) {
      if (column === this.column) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.active = [];
    replace(this.body, found.slice(0, this.limit).map((use) => this.row(use)));
    this.more.hidden = found.length <= this.limit;
    this.table.hidden = !found.length;
    const none = this.uses.length ? "No run fits." : "No run was started yet. A run keeps what is recorded from its start to its stop in a directory of its own.";
    setText(this.note, found.length ? "" : none);
    this.tick();
  }

  row(use) {
    const { name, run, meta } = use, length = h("td", {}, duration(use.to - use.from));
    if (!run.stopped_at) this.active.push([use, length]);
    return h("tr", { class: run.stopped_at ? null : "active-run" },
      h("th", { scope: "row" }, h("a", { href: href("run", name) }, bdi(cut(name, 120))), run.stopped_at ? null : h("span", { class: "pill" }, "active")),
      h("td", {}, spanText(use.from, run.stopped_at ? use.to : null)), length, h("td", {}, number(run.events)),
      h("td", { class: "run-meta", title: meta.slice(0, 1000) }, bdi(cut(meta, 160))));
  }

  tick() {
    for (const [use, cell] of this.active ?? []) setText(cell, duration(Math.floor((now() - use.from) / 1000) * 1000));
  }

  end() {
    this.ended.abort();
    clearInterval(this.ticking);
    for (const end of this.ends) end();
    this.element.remove();
  }
}
