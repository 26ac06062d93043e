// A run: what it is, and its types on one time axis, beside those of another run. Printed, it is a report.

import { APIError, get, getText } from "../core/api.js";
import { now } from "../core/clock.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { cut, duration, number, span as spanText, time, value as valueText, zoneName } from "../core/format.js";
import { live } from "../core/live.js";
import { href, replaceParams } from "../core/router.js";
import { server } from "../core/server.js";
import { Board } from "./board.js";
import { hasStates, isNumeric, leavesOf } from "./fields.js";
import { plotKeys } from "./keys.js";
import { button, linkButton, problem, viewHead } from "./parts.js";
import { shadeOf } from "./shades.js";
import { Signal, Span } from "./span.js";

const TYPES = 24, HEIGHT = 150, REFRESH = 10_000;

export function mount(root, { name, params }) {
  const view = new RunView(root, name, params);
  view.load();
  return { unmount: () => view.end() };
}

/** All uses of the runs with an id as one: {name, from, to, uses, active}; null where there is none. */
function together(runs, name) {
  const uses = runs.filter((run) => run.run_id === name).map((run) => Object.assign(shadeOf(run), { run })).sort((a, b) => a.from - b.from);
  if (!uses.length) return null;
  const active = uses.some((use) => !use.run.stopped_at);
  const to = active ? now() : Math.max(...uses.map((use) => use.to));
  return { name, uses, active, from: uses[0].from, to, events: uses.reduce((sum, use) => sum + use.run.events, 0) };
}

class RunView {
  constructor(root, name, params) {
    this.name = name;
    this.compared = params.get("compare");
    this.ended = new AbortController();
    this.cursor = new Signal();
    this.boards = [];
    this.ends = [];
    this.note = h("p", { class: "plot-note", role: "status" }, "Loading…");
    this.head = h("div", { class: "run-head" });
    this.types = h("div", { class: "run-types" });
    this.more = button("More types", () => this.add(), { hidden: true });
    const title = [h("span", { class: "view-kind" }, "Run "), bdi(cut(name, 256))];
    this.element = h("article", { class: "run-view" }, viewHead(title), this.head, this.types, this.more, this.note);
    root.append(this.element);
    const before = () => this.onPaper(true), after = () => this.onPaper(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    this.ended.signal.addEventListener("abort", () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    });
  }

  async load() {
    const { signal } = this.ended;
    try {
      const { runs } = await get("/runs", null, { signal });
      this.run = together(runs, this.name);
      if (!this.run) return void setText(this.note, "There is no such run below the site directory and the run roots.");
      this.other = this.compared === null ? null : together(runs, this.compared);
      this.drawHead(runs);
      const { types } = await get("/types", null, { signal });
      this.build(types);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof APIError)) throw error;
      replace(this.note, error.status === 404 ? error.message : problem(error, () => this.load()));
    }
  }

  drawHead(runs) {
    const { run, other } = this;
    const names = Array.from(new Set(runs.map((one) => one.run_id))).filter((name) => name !== this.name);
    const choice = h("select", { "aria-label": "Compare with", onchange: () => this.compare(choice.value) }, h("option", { value: "" }, "Compare with…"),
      names.slice(0, 500).map((name) => h("option", { value: `=${name}`, selected: name === this.compared }, cut(name, 80))));
    const fact = (name, ...text) => [h("dt", {}, name), h("dd", {}, text)];
    const metas = run.uses.flatMap(({ run }) => Array.from(leavesOf(run.meta ?? {}))).filter(([name]) => name !== "run_id");
    const uses = `${run.uses.length} times: ${run.uses.map((use) => spanText(use.from, use.run.stopped_at ? use.to : null)).join("; ")}`;
    const otherText = other && `, ${spanText(other.from, other.active ? null : other.to)}, ${duration(other.to - other.from)}, `
      + `${number(other.events)} events. Both begin at 0:00; the other one is dashed.`;
    replace(this.head,
      h("div", { class: "plot-tools", role: "toolbar", "aria-label": "Run" }, 
        choice, linkButton("Events", href("events", null, { run: this.name })), button("Print", () => this.print()), linkButton("All runs", "#runs")),
      h("dl", { class: "run-facts" },
        fact("Recorded", spanText(run.from, run.active ? null : run.to), run.active ? h("span", { class: "pill" }, "active") : null),
        fact("Duration", duration(run.to - run.from)), fact("Events", number(run.events)), run.uses.length > 1 ? fact("Used", uses) : null,
        fact("Directory", h("code", { dir: "auto" }, Array.from(new Set(run.uses.map((use) => use.run.run_dir))).join(", "))),
        metas.map(([name, text]) => fact(bdi(name), bdi(cut(valueText(text), 400)))),
        other ? fact("Compared with", h("a", { href: href("run", other.name) }, bdi(cut(other.name, 120))), otherText) : null,
        this.compared !== null && !other ? fact("Compared with", "a run that is not there") : null),
      h("p", { class: "print-only" }, `${server.info.host}, times in ${zoneName()}, printed ${time(now())}`));
  }

  compare(value) {
    this.compared = value ? value.slice(1) : null;
    replaceParams(this.compared === null ? null : { compare: this.compared });
    this.clear();
    this.load();
  }

  build(types) {
    this.clear();
    const { run, other } = this, length = Math.max(run.to - run.from, other ? other.to - other.from : 0, 1000);
    const extent = [run.from, run.from + length];
    this.span = new Span(run.from - length / 100, run.from + length * 1.01, false, extent);
    // What the type has in the run is known once it was asked for; what cannot have anything is not.
    this.waiting = types.filter((type) => type.first === null || (Date.parse(type.first) <= run.to && Date.parse(type.last) >= run.from));
    const seen = (entries) => entries.forEach((entry) => entry.isIntersecting && this.show(entry.target));
    this.seen = new IntersectionObserver(seen, { rootMargin: "300px" });
    this.ends.push(plotKeys(this.types, this.span), () => this.seen.disconnect());
    if (run.active) {
      // While nobody has looked closer, it goes on to now.
      let whole = this.span.from;
      const refresh = setInterval(() => {
        if (document.hidden || this.span.from !== whole) return;
        const length = now() - run.from;
        this.span.extent = [run.from, run.from + length];
        this.span.set(run.from - length / 100, run.from + length * 1.01);
        whole = this.span.from;
      }, REFRESH);
      this.ends.push(() => clearInterval(refresh));
    }
    this.ends.push(live.on("run", () => this.name !== live.run && run.active && this.compare(this.compared === null ? "" : `=${this.compared}`)));
    setText(this.note, this.waiting.length ? "" : "No type has events in this run.");
    this.add();
  }

  /** Adds places of the next types; each is filled when it is looked at. */
  add() {
    for (const type of this.waiting.splice(0, TYPES)) {
      const address = href("type", type.type, { from: new Date(this.run.from).toISOString(), to: new Date(this.run.to).toISOString() });
      const place = h("section", { class: "run-type panel" }, h("h2", {}, h("a", { href: address }, bdi(cut(type.type, 120)))));
      place.info = type;
      this.types.append(place);
      this.seen.observe(place);
    }
    this.more.hidden = !this.waiting.length;
  }

  show(place) {
    return (place.shown ??= this.fill(place));
  }

  async fill(place) {
    this.seen.unobserve(place);
    const { fields, type, interval_ms: interval } = place.info, { run } = this;
    const [isHere, isThere] = await Promise.all([this.has(run.name, type), this.other && this.has(this.other.name, type)]);
    if (this.ended.signal.aborted || !place.isConnected) return;
    // Recorded meanwhile, but not into the run.
    if (!isHere) {
      place.hidden = true;
      const isEmpty = !this.waiting.length && Array.from(this.types.children).every((one) => one.hidden);
      return setText(this.note, isEmpty ? "No type has events in this run." : "");
    }
    const other = isThere ? this.other : null;
    const first = (test) => fields.filter(test).slice(0, 1).map((field) => field.path);
    const board = new Board({
      type, span: this.span, cursor: this.cursor, interval, numeric: first(isNumeric), states: first(hasStates),
      axes: "one", height: HEIGHT, run: this.name, end: run.active ? undefined : run.to,
      compare: other ? { run: other.name, shift: run.from - other.from } : undefined, origin: this.other ? run.from : undefined,
      shades: () => (run.uses.length > 1 ? run.uses : []),
    });
    this.boards.push(board);
    place.append(board.element);
    await board.load();
  }

  /** Whether a run has events of a type; true where that cannot be told, so that the board tells why. */
  async has(run, type) {
    return (await getText("/events", { run, type, limit: 1 }, { signal: this.ended.signal }).catch(() => "?")) !== "";
  }

  async print() {
    await Promise.all(Array.from(this.types.children, (place) => this.show(place)));
    globalThis.print();
  }

  /** On paper: light, and as wide as a page. */
  onPaper(on) {
    const root = document.documentElement;
    if (on) this.theme = root.dataset.theme;
    root.dataset.theme = on ? "light" : this.theme;
    this.element.classList.toggle("printing", on);
    for (const board of this.boards) board.retheme();
  }

  clear() {
    for (const end of this.ends) end();
    this.ends = [];
    for (const board of this.boards) board.destroy();
    this.boards = [];
    replace(this.types);
  }

  end() {
    this.ended.abort();
    this.clear();
    this.element.remove();
  }
}
