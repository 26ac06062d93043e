// A type: its fields, and what they were over any span. The address is the view.

import { alarms } from "../core/alarms.js";
import { APIError, get } from "../core/api.js";
import { now } from "../core/clock.js";
import { current } from "../core/current.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { unitOf } from "../core/fields.js";
import { age, duration, number, span as spanText } from "../core/format.js";
import { limits } from "../core/limits.js";
import { live } from "../core/live.js";
import { href, replaceParams } from "../core/router.js";
import { server } from "../core/server.js";
import { settings } from "../core/settings.js";
import { Board } from "./board.js";
import { downloadMenu, rangeButtons } from "./controls.js";
import { hasStates, isNumeric, leavesOf } from "./fields.js";
import { plotKeys } from "./keys.js";
import { Overview } from "./overview.js";
import { FieldPanel } from "./panel.js";
import { button, linkButton, problem, viewHead } from "./parts.js";
import { loadShades } from "./shades.js";
import { Signal, Span } from "./span.js";
import { Tables } from "./tables.js";

const FIRST = 3, MOST = 24;
const RELEARN = 60_000; // ms
const NOTHING = { message: "Nothing of this type is in the history." };

export function mount(root, { name, params }) {
  const view = new TypeView(root, name, params);
  view.start();
  return { unmount: () => view.end() };
}

class TypeView {
  constructor(root, name, params) {
    this.type = name;
    this.params = params;
    this.ends = [];
    this.ended = new AbortController();
    this.facts = h("p", { class: "facts-line" });
    this.main = h("div", { class: "type-main" });
    this.element = h("article", { class: "type-view" }, viewHead(bdi(name.slice(0, 256)), this.facts), this.main);
    root.append(this.element);
  }

  async start() {
    this.ticking = null;
    if (!server.info.history) return this.without({ message: "This server keeps no history (--no-history)" });
    replace(this.main, h("p", { class: "plot-note", role: "status" }, "Loading…"));
    try {
      const { types } = await get("/types", null, { signal: this.ended.signal });
      const info = types.find((one) => one.type === this.type);
      if (info) this.build(info);
      else this.without(NOTHING);
    } catch (error) {
      if (this.ended.signal.aborted) return;
      if (!(error instanceof APIError)) throw error;
      this.without(error, error.status !== 404);
    }
  }

  /** What is left without a history: the latest values, and the events. */
  without(error, again = false) {
    const note = h("p", { class: "plot-note", role: "status" }, again ? problem(error, () => this.start()) : error.message);
    replace(this.main, note, h("p", {}, h("a", { href: href("events", null, { type: this.type }) }, "Events of this type")));
    this.panel = null;
    const show = () => {
      const event = current.types.get(this.type)?.event;
      if (!event || this.panel) return this.values();
      const fields = Array.from(leavesOf(event.data), ([path, last]) => ({ path, kinds: [], last }));
      this.panel = new FieldPanel(fields, new Set(), () => {}, 0);
      this.main.append(this.panel.element);
    };
    this.watching?.();
    this.watching = current.on((changed) => {
      if (!changed.has(this.type)) return;
      show();
      // Its first event; the history has it in a moment.
      if (error === NOTHING) this.ticking ??= setTimeout(() => this.start(), 1000);
    });
    show();
  }

  build(info) {
    this.info = info;
    this.paths = new Set(info.fields.map((field) => field.path));
    this.watching?.();
    this.span = Span.of(this.params, info.first ? [Date.parse(info.first), Date.parse(info.last)] : null);
    this.cursor = new Signal();
    this.shades = [];
    const asked = this.params.getAll("field");
    const first = (test) => info.fields.filter(test).slice(0, FIRST).map((field) => field.path);
    this.chosen = new Set(asked.length ? asked.filter((path) => path).slice(0, MOST) : [...first(isNumeric), ...first(hasStates)]);
    this.axes = ["one", "each"].includes(this.params.get("axes")) ? this.params.get("axes") : null;

    this.spanText = h("p", { class: "span-text" });
    this.message = h("p", { class: "plot-note", role: "status" });
    this.plots = h("div", { class: "type-plots" });
    this.strip = h("div", {});
    this.panel = new FieldPanel(info.fields, this.chosen, () => this.rebuild(), MOST);
    this.axesButton = button("", () => this.switchAxes());
    this.tableButton = button("Table", () => this.toggleTable(), { "aria-pressed": "false", "aria-keyshortcuts": "t" });
    this.ranges = rangeButtons(this.span);
    replace(this.main,
      h("div", { class: "plot-tools", role: "toolbar", "aria-label": "Plots" },
        this.ranges.element, this.axesButton, this.tableButton, downloadMenu(this), linkButton("Events", href("events", null, { type: this.type }))),
      h("div", { class: "type-columns" },
        h("div", { class: "type-left" }, h("div", { class: "panel board-panel" }, this.spanText, this.plots, this.strip), this.message), this.panel.element));
    this.ends.push(
      this.span.on(() => this.moved()),
      live.on("events", (events) => (this.info.events += this.board.append(events))),
      live.on("gap", () => this.board.load()),
      live.on("run", () => this.loadRuns()),
      server.on(() => this.loadLimits()),
      alarms.on(() => this.takeAlarms()),
      current.on((changed) => changed.has(this.type) && this.values()),
      settings.on("times", () => this.moved()),
      settings.on("theme", () => requestAnimationFrame(() => this.overview.draw())),
      plotKeys(this.plots, this.span, [["t", "table", () => this.toggleTable()]]),
    );
    this.rebuild();
    this.loadRuns();
    this.loadLimits();
    this.values();
    this.tick();
  }

  get numeric() {
    const fields = new Map(this.info.fields.map((field) => [field.path, field]));
    // A field that the type does not have now is asked for: its history may.
    return Array.from(this.chosen).filter((path) => !fields.has(path) || isNumeric(fields.get(path)));
  }

  get states() {
    return this.info.fields.filter((field) => this.chosen.has(field.path) && hasStates(field)).map((field) => field.path);
  }

  /** One axis where all have the same unit, else one each; as it was switched. */
  get shownAxes() {
    const units = new Set(this.numeric.map((path) => unitOf(path).unit || path));
    return this.axes ?? (units.size > 1 ? "each" : "one");
  }

  rebuild() {
    this.board?.destroy();
    const { type, span, cursor, numeric, states } = this;
    this.board = new Board({
      type, span, cursor, numeric, states, interval: this.info.interval_ms, axes: this.shownAxes,
      // What the window has left below the controls, and above the timelines and the strip.
      height: Math.min(Math.max(innerHeight - 420 - 52 * states.length, 240), 1400),
      shades: () => this.shades, hasLimits: true,
    });
    replace(this.plots, this.board.element, numeric.length + states.length ? null : h("p", { class: "plot-note" }, "Choose a field to plot."));
    const shown = numeric[0] ?? this.info.fields.find(isNumeric)?.path;
    if (!this.overview || this.overview.field !== shown) {
      this.overview?.destroy();
      this.overview = new Overview({ type, field: shown, span, interval: this.info.interval_ms });
      replace(this.strip, this.overview.element);
      this.overview.load(this.ended.signal);
    }
    setText(this.axesButton, this.shownAxes === "one" ? "An axis each" : "One axis");
    this.axesButton.hidden = numeric.length < 2;
    if (this.tables) this.toggleTable(true);
    this.board.onload = () => this.tables?.draw();
    this.board.load();
    this.moved();
  }

  switchAxes() {
    this.axes = this.shownAxes === "one" ? "each" : "one";
    this.rebuild();
  }

  toggleTable(on = !this.tables) {
    this.tables?.destroy();
    this.tables = on ? new Tables(this.board) : null;
    this.tableButton.setAttribute("aria-pressed", on);
    if (!on) return;
    this.message.before(this.tables.element);
    this.tables.draw();
  }

  moved() {
    setText(this.spanText, spanText(this.span.from, this.span.live ? null : this.span.to));
    this.overview.draw();
    this.ranges.draw();
    clearTimeout(this.writing);
    // Browsers allow some 100 changes of an address in half a minute.
    this.writing = setTimeout(() => this.writeAddress(), 400);
  }

  writeAddress() {
    const params = new URLSearchParams(Array.from(this.chosen, (path) => ["field", path]));
    if (!this.chosen.size) params.append("field", "");
    for (const [key, text] of Object.entries(this.span.params())) params.set(key, text);
    if (this.axes) params.set("axes", this.axes);
    replaceParams(params);
  }

  async loadRuns() {
    this.shades = await loadShades(this.ended.signal);
    this.board?.draw();
  }

  /** Loads anew what shows when alarms of this type were on, once one of them has changed. */
  takeAlarms() {
    const key = JSON.stringify(alarms.list.filter(({ type }) => type === this.type).map(({ name, state }) => [name, state === "pending" ? "ok" : state]).sort());
    if (this.alarmsKey !== undefined && key !== this.alarmsKey) this.board.load();
    this.alarmsKey = key;
  }

  async loadLimits() {
    await limits.load().catch(() => {}); // without them the plots are as they are
    if (this.ended.signal.aborted || !server.info.alarms) return;
    this.board.drawLegends();
    if (limits.all.limits.some(({ type }) => type === this.type) || limits.all.silences.some(({ type }) => type === this.type)) this.board.load();
  }

  values() {
    this.valuesLater ??= setTimeout(() => {
      this.valuesLater = null;
      const event = current.types.get(this.type)?.event;
      if (!event || !this.panel) return;
      const leaves = leavesOf(event.data);
      this.panel.setValues(leaves);
      if (this.info && now() - (this.learned ?? 0) > RELEARN && Array.from(leaves.keys()).some((path) => !this.paths.has(path))) this.learn();
    }, 100);
  }

  /** Asks for the fields again: one has come that was not there. */
  async learn() {
    this.learned = now();
    const { types } = await get("/types", null, { signal: this.ended.signal }).catch(() => ({ types: [] }));
    const info = types.find((one) => one.type === this.type);
    if (!info || this.ended.signal.aborted) return;
    this.info.fields = info.fields;
    this.paths = new Set(info.fields.map((field) => field.path));
    this.panel.setFields(info.fields);
  }

  /** Goes on with the clock, as often as a plot would show it. */
  tick() {
    const pause = Math.min(Math.max(this.span.length / Math.max(this.board.points, 100), 100), 1000);
    this.ticking = setTimeout(() => this.tick(), Math.max(pause, 4 * (this.board.cost ?? 0)));
    const { events, interval_ms: interval, last } = this.info;
    const at = current.types.get(this.type)?.at ?? Date.parse(last);
    const facts = [`${number(events)} events`, interval === null ? null : `one every ${duration(interval)}`, Number.isNaN(at) ? null : `the last ${age(now() - at)} ago`];
    setText(this.facts, facts.filter((fact) => fact).join(", "));
    if (document.hidden || !this.span.follow()) return;
    this.board.follow();
    this.overview.follow(this.ended.signal);
  }

  end() {
    this.ended.abort();
    clearTimeout(this.ticking);
    clearTimeout(this.writing);
    clearTimeout(this.valuesLater);
    this.watching?.();
    for (const end of this.ends) end();
    this.board?.destroy();
    this.overview?.destroy();
    this.element.remove();
  }
}
