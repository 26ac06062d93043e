/**
 * The latest event of each type, with what is needed to say how old it is.
 *
 * current.types            Map(type → {type, event, at, interval}): `at` ms of the event's ts (NaN is none), `interval` ms from one event
 *                          to the next as GET /types has it, or null where it is not known
 * current.on(fn)           fn(Set of changed types), at most once a frame; returns a function that ends it
 * current.loaded           whether the first view has come     current.hasIntervals   whether GET /types was answered
 * isStale(entry, now?)     older than limitOf(entry)
 * limitOf(entry)           ms after which a type is stale: three times its usual interval, but at least 10 s; null where no interval is
 *                          known, as of a type with fewer than five events, and of alarms, which come when something is wrong
 * stale(now?)              the stale entries, the one that is silent for longest first
 */
import { isAlarm } from "./alarms.js";
import { get } from "./api.js";
import { now as serverNow } from "./clock.js";
import { live } from "./live.js";
import { server } from "./server.js";

const LEAST = 10_000; // ms
const FEW = 5; // events, below which there is no usual interval
const REFRESH = 5 * 60_000;
const listeners = new Set();
const intervals = new Map();

export const current = {
  types: new Map(),
  loaded: false,
  hasIntervals: false,
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
};

export function limitOf(entry) { return entry.interval === null || isAlarm(entry.event) ? null : Math.max(3 * entry.interval, LEAST); }

export function isStale(entry, now = serverNow()) {
  const limit = limitOf(entry);
  return limit !== null && now - entry.at > limit;
}

export function stale(now = serverNow()) {
  return [...current.types.values()].filter((entry) => isStale(entry, now)).sort((a, b) => a.at - b.at);
}

live.on("current", ({ types, whole }) => {
  if (whole) {
    for (const type of current.types.keys()) if (!live.latest.has(type)) { current.types.delete(type); types.add(type); }
  }
  let isNew = false;
  for (const type of types) {
    const event = live.latest.get(type);
    if (!event) continue;
    const entry = current.types.get(type);
    if (entry) {
      entry.event = event;
      entry.at = Date.parse(event.ts);
    } else {
      current.types.set(type, { type, event, at: Date.parse(event.ts), interval: intervals.get(type) ?? null });
      isNew ||= !intervals.has(type);
    }
  }
  current.loaded = true;
  for (const fn of [...listeners]) fn(types);
  if (isNew) loadIntervals(whole ? 0 : 30_000);
});

let timer = null;
let due = Infinity;

/** Asks for the intervals after a time; what was asked for later comes with it. */
function loadIntervals(delay) {
  if (Date.now() + delay >= due) return;
  clearTimeout(timer);
  due = Date.now() + delay;
  timer = setTimeout(async () => {
    due = Infinity;
    if (!server.info.history) return; // then no interval is known, and nothing is stale
    const changed = new Set();
    try {
      for (const { type, events, interval_ms: usual } of (await get("/types")).types) {
        const interval = events < FEW ? null : usual;
        intervals.set(type, interval);
        const entry = current.types.get(type);
        if (entry && entry.interval !== interval) { entry.interval = interval; changed.add(type); }
      }
    } catch { /* no history is kept, or the connection is lost: nothing is stale by an interval that is not known */ }
    current.hasIntervals = true;
    if (changed.size > 0) for (const fn of [...listeners]) fn(changed);
    loadIntervals(REFRESH);
  }, delay);
}
