/**
 * What the limits file watches, a row each: the state of its alarm, what would be out of limits, and how it is now.
 *
 * watched({limits, silences, levels}, stateOf) → {element, tick(now)}; stateOf(name) is its alarm, or undefined
 */
import { current } from "../core/current.js";
import { bdi, h, setText } from "../core/dom.js";
import { fieldAt, unitOf } from "../core/fields.js";
import { age, cut, duration, number, value as valueText } from "../core/format.js";
import { boundsOf, boundText } from "../core/limits.js";
import { severityChip } from "../core/states.js";
import { subject } from "./alarmcard.js";

const MOST = 500; // rows
const LOW = 0.25; // of an error budget
const MINUTE = 60_000;

export function watched({ limits, silences, levels }, stateOf) {
  const all = [...limits.map(limitRow), ...silences.map(silenceRow), ...levels.map(levelRow)];
  const rows = all.slice(0, MOST);
  const head = ["Alarm", "State", "Watches", "Out of limits", "Now"].map((text) => h("th", { scope: "col" }, text));
  const element = h("div", {}, h("table", { class: "table" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows.map((row) => {
    const alarm = stateOf(row.name);
    return h("tr", {}, h("th", { scope: "row" }, bdi(cut(row.name, 200))), h("td", {}, stateChipOf(alarm)), h("td", {}, row.subject), h("td", {}, row.bounds), h("td", { class: "live" }, row.now));
  }))), all.length > MOST && h("p", { class: "muted" }, `${number(all.length - MOST)} more are in GET /limits.`));
  return { element, tick(now) { for (const row of rows) row.tick?.(now); } };
}

function stateChipOf(alarm) {
  if (!alarm) return severityChip(undefined, "not known");
  const { state, severity } = alarm;
  return state === "ok" || state === "pending" ? severityChip(undefined, state) : severityChip(severity, state === "on" ? severity : state);
}

function limitRow(limit) {
  const { type, field } = limit;
  const { unit } = unitOf(field);
  const shown = h("span", { dir: "auto" });
  const bounds = boundsOf(limit);
  const terms = [
    limit.for_s && `for ${duration(limit.for_s * 1000)}`, limit.for_times && `${number(limit.for_times)} times in a row`, limit.change_over_s && `by how much it changes within ${duration(limit.change_over_s * 1000)}`,
    ...usual(limit),
  ];
  return {
    name: limit.name, subject: subject(type, field), now: shown,
    bounds: [bounds.map(([severity, bound]) => h("div", {}, severityChip(severity), " ", bdi(cut(boundText(bound, unit), 200)))), termsOf(terms)],
    tick(now) { setText(shown, readingOf(limit, bounds, unit, now)); },
  };
}

/** The latest value, or why there is none that can be compared. */
function readingOf({ type, field, stale_after_s: staleAfter }, bounds, unit, now) {
  const entry = current.types.get(type);
  if (!entry) return "no event of this type";
  const value = fieldAt(entry.event.data, field);
  if (value === undefined) return "no such field in the last event";
  const text = valueText(value) + (typeof value === "number" && unit ? ` ${unit}` : "");
  const hasWords = bounds.some(([, bound]) => bound.is);
  if (!hasWords && typeof value !== "number" && typeof value !== "boolean") return `${text}: not a number`;
  return staleAfter !== undefined && now - entry.at > staleAfter * 1000 ? `${text}, stale: ${age(now - entry.at)} old` : text;
}

function silenceRow(silence) {
  const shown = h("span");
  return {
    name: silence.name, subject: subject(silence.type), now: shown,
    bounds: [h("div", {}, severityChip(silence.severity), ` not heard of for ${duration(silence.after_s * 1000)}`), termsOf(usual(silence))],
    tick(now) {
      const entry = current.types.get(silence.type);
      setText(shown, entry ? `heard of ${age(Math.max(0, now - entry.at))} ago` : "never heard of");
    },
  };
}

function levelRow(level) {
  const left = level.budget_left;
  const share = Math.max(0, Math.min(1, left ?? 1));
  const text = left === null ? "not known" : left < 0 ? `spent, ${number(Math.round(-left * 1000) / 10)} % beyond` : `${number(Math.round(left * 1000) / 10)} % of the error budget left`;
  const kind = left === null ? "plain" : left <= 0 ? "bad" : left < LOW ? "warn" : "good";
  return {
    name: level.name, subject: subject(level.type),
    now: h("div", { class: "budget", dataset: { kind } }, h("span", { class: kind === "plain" ? "muted" : kind }, text), h("progress", { value: share, max: 1, "aria-label": `Error budget of ${cut(level.name, 100)}` })),
    bounds: [
      h("div", {}, `${number(level.target_pct)} % good over ${duration(level.window_min * MINUTE)}`),
      level.burn.map((burn) => h("div", {}, severityChip(burn.severity), ` burns ${number(Math.round(burn.factor * 100) / 100)} times too fast over ${duration(burn.long_min * MINUTE)} and ${duration(burn.short_min * MINUTE)}`)),
      termsOf([level.min_events > 0 && `from ${number(level.min_events)} events on`, ...usual(level)]),
    ],
  };
}

function usual({ latched, during_run: duringRun, stale_after_s: staleAfter }) {
  return [staleAfter !== undefined && `stale after ${duration(staleAfter * 1000)}`, latched && "stays until acknowledged once it was critical", duringRun && "during runs only"];
}

function termsOf(terms) {
  const text = terms.filter(Boolean).join("; ");
  return text && h("div", { class: "muted" }, text);
}
