/**
 * Texts for people: by the browser's languages (decimal signs, months) and the zone that was chosen (settings "times").
 *
 * number(3.14159265)       "3.141593": seven digits are kept; 12345.5 → "12,345.5"; 1e20 → "1E20"
 * number(3.1, 2)          "3.10": so many decimals, for a column, or a value that should not change its width
 * decimalsOf(3.14)         2: those of the number itself, of its first seven digits
 * value(any JSON)          a number as above, a string cut to 200 characters, other JSON minified and cut
 * time(ms)                 "28 Nov 2026, 12:03:41"     time(ms, {date: false}) "12:03:41"    {ms: true} "12:03:41.250"
 * timeOfDay(ms)            "12:03:41"
 * dateOf(ms)               "28 Nov 2026"
 * duration(ms)             "850 ms", "31 s", "12 min", "2 h 14 min", "3 d 4 h"
 * age(ms)                  the same with whole seconds: "0 s", "31 s", …; of less than 0: "ahead 12 s"
 * bytes(4213399552)        "4.2 GB"
 * span(from, to)           "28 Nov 2026, 12:03:41 – 12:45:02": the date once where it is one day; to null: "… – now"
 * zoneName()               "UTC", "Pacific/Honolulu", or the browser's own
 */
import { server } from "./server.js";
import { settings } from "./settings.js";

const LONGEST = 200; // characters of a text that are shown
const languages = navigator.languages?.length ? [...navigator.languages] : undefined;
const NUMBERS = {
  plain: { maximumSignificantDigits: 7, useGrouping: "min2" },
  whole: { maximumFractionDigits: 1, useGrouping: "min2" },
  scientific: { notation: "scientific", maximumSignificantDigits: 6 },
};
const numbers = new Map(); // made when they are first needed: each costs some milliseconds at the start

function numberFormat(kind) {
  let format = numbers.get(kind);
  if (!format) {
    format = new Intl.NumberFormat(languages, NUMBERS[kind] ?? { minimumFractionDigits: kind, maximumFractionDigits: kind, useGrouping: "min2" });
    numbers.set(kind, format);
  }
  return format;
}

export function decimalsOf(value) {
  const text = String(Number(value.toPrecision(7)));
  const point = text.indexOf(".");
  return point < 0 || text.includes("e") ? 0 : Math.min(6, text.length - point - 1);
}

export function number(value, decimals = null) {
  const size = Math.abs(value);
  if (decimals !== null && size < 1e6 && (size === 0 || size >= 1e-4)) return numberFormat(Math.min(decimals, 6)).format(value + 0); // of -0 only the 0
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return numberFormat("scientific").format(value);
  return numberFormat(size >= 1e6 ? "whole" : "plain").format(value + 0);
}

export function cut(text, length = LONGEST) {
  return text.length > length ? text.slice(0, length) + "…" : text;
}

export function value(any) {
  if (typeof any === "number") return number(any);
  if (typeof any === "string") return cut(any);
  if (any === undefined) return "–";
  return cut(JSON.stringify(any));
}

export function zone() {
  const times = settings.get("times");
  return times === "utc" ? "UTC" : times === "site" ? server.info.time_zone : undefined;
}

export function zoneName() { return zone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone; }

const formats = new Map();
const PARTS = {
  date: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  ms: { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" },
};

function format(ms, kind) {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return "–";
  const key = kind + " " + zone();
  if (!formats.has(key)) {
    let made;
    try { made = new Intl.DateTimeFormat(languages, { ...PARTS[kind], timeZone: zone() }); } catch { // a zone it does not know
      made = new Intl.DateTimeFormat(languages, { ...PARTS[kind], timeZone: "UTC" });
    }
    formats.set(key, made);
  }
  return formats.get(key).format(ms);
}

export function dateOf(ms) { return format(ms, "date"); }

export function timeOfDay(ms, { ms: fraction = false } = {}) { return format(ms, fraction ? "ms" : "time"); }

export function time(ms, { date = true, ms: fraction = false } = {}) {
  const clock = timeOfDay(ms, { ms: fraction });
  return date ? `${dateOf(ms)}, ${clock}` : clock;
}

export function span(from, to) {
  if (to === null || to === undefined) return `${time(from)} – now`;
  return `${time(from)} – ${time(to, { date: dateOf(from) !== dateOf(to) })}`;
}

export function bytes(count) {
  const step = Math.min(5, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${number(Number((count / 1000 ** step).toPrecision(2 + (count / 1000 ** step >= 100))))} ${["B", "kB", "MB", "GB", "TB", "PB"][step]}`;
}

export function duration(ms) { return ms > 0 && ms < 1000 ? `${Math.round(ms)} ms` : ms < 10_000 ? `${number(Math.round(ms / 100) / 10)} s` : age(ms); }

export function age(ms) {
  if (ms <= -1000) return `ahead ${age(-ms)}`;
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const hours = Math.floor(min / 60);
  if (hours < 24) return min % 60 ? `${hours} h ${min % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days < 10 && hours % 24 ? `${days} d ${hours % 24} h` : `${number(days)} d`;
}
