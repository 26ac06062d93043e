/**
 * A type's card: its latest values, how old they are, its alarms, and the last hour of up to three numbers.
 *
 * new Card(entry, {pinned, onPin, alarms})   alarms: what is out of limits of this type, the worst first
 *   .element      an article; the name is there at once (search, screen readers), the values once show() was called
 *   .show()       it is seen from now on        .hide()   it is not
 *   .setAlarms(alarms)
 *   .take()       the entry changed; cheap
 *   .draw()       draws what changed, if it is seen
 *   .tick(now)    once a second while seen: age, stale, sparklines
 */
import { get } from "../core/api.js";
import { now as serverNow } from "../core/clock.js";
import { isStale, limitOf } from "../core/current.js";
import { bdi, h, replace, setText } from "../core/dom.js";
import { fields, unitOf } from "../core/fields.js";
import { age, cut, decimalsOf, number, time, value as valueText } from "../core/format.js";
import { live } from "../core/live.js";
import { href } from "../core/router.js";
import { server } from "../core/server.js";
import { setState, severityChip, SEVERITY_SIGNS, stateChip } from "../core/states.js";
import { Sparkline } from "./sparkline.js";

const MOST_ROWS = 6;
const MOST_SPARKLINES = 3;
const MOST_ALARMS = 3;
const REFRESH = 10 * 60_000; // ms, of the sparklines; live values are added meanwhile
const FLASH = 700;
const RESTLESS = 900; // ms: a value that changes faster all the time does not flash, as that would say nothing
const AT_ONCE = 2; // requests for sparklines
const LONGEST_STATE = 32; // characters; a longer text is a text
const RETRY = 15_000; // ms, after there was no answer
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Card {
  constructor(entry, { pinned, onPin, alarms }) {
    this.entry = entry;
    this.seen = false;
    this.dirty = true;
    this.rows = new Map();
    this.shape = null;
    this.loaded = -Infinity;
    this.pinned = pinned;
    this.onPin = onPin;
    this.alarms = alarms;
    this.element = h("article", { class: "card", dataset: { type: cut(entry.type, 300) } },
      h("header", {}, h("h2", {}, h("a", { href: href("type", entry.type), dir: "auto" }, cut(entry.type, 120)))));
  }

  /** The parts that are needed once it is seen. */
  make() {
    this.age = h("span", { class: "age live" });
    this.body = h("dl", { class: "readings" });
    this.pin = h("button", { class: "pin", type: "button", onclick: () => this.onPin(this.entry.type) });
    this.element.firstChild.append(this.age, this.pin);
    this.alarmList = h("ul", { class: "card-alarms live", "aria-label": "Alarms" });
    this.element.append(this.alarmList, this.body);
    this.setPinned(this.pinned);
    this.drawAlarms();
  }

  setAlarms(alarms) {
    this.alarms = alarms;
    if (this.pin) this.drawAlarms();
  }

  drawAlarms() {
    const key = JSON.stringify(this.alarms.map(({ name, severity, state, reason, field }) => [name, severity, state, reason, field]));
    if (key !== this.shownAlarms) {
      this.shownAlarms = key;
      const [worst] = this.alarms;
      if (worst) this.element.dataset.severity = worst.severity; else delete this.element.dataset.severity;
      this.alarmList.hidden = !worst;
      const more = this.alarms.length - MOST_ALARMS;
      replace(this.alarmList, this.alarms.slice(0, MOST_ALARMS).map(alarmLine), more > 0 && h("li", {}, h("a", { href: href("alarms") }, `${number(more)} more alarms`)));
    }
    for (const [path, row] of this.rows) row.mark(this.alarms.find(({ field }) => field === path)?.severity ?? null);
  }

  setPinned(pinned) {
    this.pinned = pinned;
    if (!this.pin) return;
    setText(this.pin, pinned ? "★" : "☆");
    this.pin.setAttribute("aria-pressed", pinned);
    this.pin.setAttribute("aria-label", pinned ? `Unpin ${cut(this.entry.type, 60)}` : `Pin ${cut(this.entry.type, 60)}`);
    this.pin.title = pinned ? "Unpin" : "Pin: first in the list";
  }

  show() {
    if (this.seen) return;
    this.seen = true;
    if (!this.pin) this.make();
    if (this.dirty) this.drawValues();
    this.tick(serverNow());
    this.loadSparklines();
  }

  hide() { this.seen = false; }

  take() {
    this.dirty = true;
    for (const row of this.rows.values()) row.takeLive?.(this.entry);
  }

  draw(now) {
    if (!this.seen || !this.dirty) return;
    this.drawValues();
    this.drawAge(now);
  }

  tick(now) {
    this.drawAge(now);
    for (const row of this.rows.values()) row.sparkline?.draw(now);
    if (performance.now() - this.loaded > REFRESH || this.loaded < reconnected) this.loadSparklines();
  }

  drawAge(now) {
    const { entry } = this;
    const stale = isStale(entry, now);
    if (stale !== this.stale) {
      this.stale = stale;
      this.age.classList.toggle("stale", stale);
      this.element.classList.toggle("is-stale", stale);
      const limit = limitOf(entry);
      this.age.title = `${time(entry.at)}${limit === null ? "" : `; stale after ${age(limit)}`}`;
    }
    setText(this.age, Number.isNaN(entry.at) ? "" : stale ? `stale ${age(now - entry.at)}` : age(now - entry.at));
  }

  drawValues() {
    this.dirty = false;
    const { list, more } = fields(this.entry.event.data, MOST_ROWS);
    const shape = list.map(([path, value]) => `${path}\0${kindOf(value)}`).join("\n") + `\n${more}`;
    if (shape !== this.shape) { this.shape = shape; this.build(list, more); }
    for (const [path, value] of list) this.rows.get(path)?.set(value);
  }

  build(list, more) {
    const old = this.rows;
    this.rows = new Map();
    let sparklines = 0;
    const parts = list.map(([path, value]) => {
      const kind = kindOf(value);
      const withLine = kind === "number" && server.info.history && sparklines < MOST_SPARKLINES;
      if (withLine) sparklines += 1;
      const kept = old.get(path);
      const row = kept?.kind === kind && Boolean(kept.sparkline) === withLine ? kept : makeRow(path, kind, withLine);
      this.rows.set(path, row);
      return [row.name, row.value];
    });
    if (list.length === 0) parts.push(h("dd", { class: "muted wide" }, "no values"));
    if (more > 0) parts.push(h("dd", { class: "wide" }, h("a", { href: href("type", this.entry.type) }, `${number(more)} more`)));
    replace(this.body, parts);
    this.drawAlarms();
    if (sparklines > 0 && this.seen) this.loadSparklines();
  }

  async loadSparklines() {
    const paths = [...this.rows].filter(([, row]) => row.sparkline).map(([path]) => path);
    if (paths.length === 0 || this.loading) return;
    this.loading = true;
    this.loaded = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 100)); // the values come first
    await inTurn(async () => {
      if (!this.seen) { this.loaded = -Infinity; return; } // it was scrolled by
      try {
        const answer = await get(`/history/${encodeURIComponent(this.entry.type)}`, { field: paths, from: "-1h", points: 60 });
        for (const path of paths) {
          const series = Object.hasOwn(answer.fields, path) ? answer.fields[path] : null;
          if (series) this.rows.get(path)?.sparkline?.load(series, answer.step, this.entry.interval === null ? null : 2.5 * this.entry.interval);
        }
        if (this.seen) this.tick(serverNow());
      } catch (error) { // without a history of it the live values make a line in time
        if (error.status === 0) this.loaded += RETRY - REFRESH;
      }
    });
    this.loading = false;
  }
}

function alarmLine({ name, severity, state, reason, field }) {
  return h("li", {}, severityChip(severity), " ", h("a", { href: href("alarms"), dir: "auto" }, cut(name, 80)),
    reason && [": ", field && [bdi(cut(field, 80)), " "], reason], state === "acknowledged" && " (acknowledged)");
}

function kindOf(value) {
  if (typeof value === "number") return "number";
  if (typeof value === "boolean" || value === null) return "state";
  return value.length <= LONGEST_STATE ? "state" : "text";
}

function makeRow(path, kind, withLine) {
  const { name, unit } = unitOf(path);
  const label = h("dt", { title: cut(path, 500) }, bdi(cut(name, 120).replace(/([^_])_(?=[^_])/g, "$1 ")));
  const shown = kind === "state" ? stateChip(null) : h("span", { class: kind === "text" ? "long" : "figure", dir: kind === "text" && "auto" });
  const sparkline = withLine ? new Sparkline() : null;
  const marker = h("span", { class: "marker" });
  const row = {
    kind, name: label, sparkline, last: undefined, changed: 0, decimals: 0,
    value: h("dd", { class: kind === "text" ? "live words" : "live" }, sparkline?.element, shown, kind === "number" && unit && h("span", { class: "unit" }, unit)),
    set(value) {
      if (value === row.last) return;
      const isFirst = row.last === undefined;
      row.last = value;
      if (kind === "number") {
        row.decimals = Math.max(row.decimals, decimalsOf(value)); // so that the width stays the same
        setText(shown, number(value, row.decimals));
      }
      else if (kind === "state") setState(shown, value);
      else setText(shown, valueText(value));
      if (!isFirst) flash(row, shown);
    },
    /** The severity of the alarm that it is out of limits of, or null. */
    mark(severity) {
      if (severity === row.severity) return;
      row.severity = severity;
      if (severity === null) { delete row.value.dataset.severity; marker.remove(); return; }
      row.value.dataset.severity = severity;
      setText(marker, `${SEVERITY_SIGNS[severity] ?? ""} `);
      marker.title = severity;
      label.prepend(marker);
    },
    takeLive: sparkline && ((entry) => {
      const value = entry.event.data?.[path] ?? fields(entry.event.data, MOST_ROWS).list.find(([one]) => one === path)?.[1];
      if (typeof value === "number") sparkline.add(entry.at, value);
    }),
  };
  return row;
}

/** Shows that a value changed. */
function flash(row, element) {
  const at = performance.now();
  const before = row.changed;
  row.changed = at;
  if (calm.matches || at - before < RESTLESS) return;
  element.animate([{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }], { duration: FLASH, easing: "ease-out" });
}

let reconnected = 0; // what was recorded meanwhile is in no line
let wasLost = false;
live.on("status", ({ state }) => {
  if (state === "live" && wasLost) reconnected = performance.now();
  if (state !== "catching-up") wasLost = state === "lost";
});

let running = 0;
const queue = [];

/** Runs a few at once; the one that was asked for last, which is what is looked at, goes first. */
async function inTurn(work) {
  if (running >= AT_ONCE) await new Promise((resolve) => queue.push(resolve));
  running += 1;
  try { await work(); } finally { running -= 1; queue.pop()?.(); }
}
