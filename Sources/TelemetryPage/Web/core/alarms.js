/**
 * The alarms of the server, as GET /alarms has them. The stream says that one has changed; the server then says how all are.
 *
 * alarms.list          [{name, state, severity?, since, raised?, value?, reason?, type, field?, summary?, labels?, acknowledged?: {by, why, at}}], the
 *                      worst first; `state` is "ok" | "pending" | "on" | "acknowledged" | "latched"; `severity` "watch" | "warning" | "critical"
 * alarms.loaded        whether the first answer has come     alarms.problem   why the last one did not, or null
 * alarms.unattended    those that nobody has acknowledged: on, or latched
 * alarms.critical      those that are critical, on or acknowledged
 * alarms.ofType(type)  what is out of limits of a type, the worst first
 * alarms.on(fn)        after each answer, and each problem; returns a function that ends it
 * alarms.refresh()     asks soon
 * isAlarm(event)       whether it is the server's event of a change: `alarm.<name>`, with the state before
 * isOut(alarm)         whether it is out of limits     rank(alarm)   0 is the worst
 */
import { get } from "./api.js";
import { live } from "./live.js";
import { server } from "./server.js";

const REFRESH = 10_000; // ms: what is pending comes in no event
const PAUSE = 250; // ms from a change to the question, and as many more changes with it
const SEVERITIES = ["critical", "warning", "watch"];
const listeners = new Set();

export const alarms = {
  list: [],
  loaded: false,
  problem: null,
  get unattended() { return alarms.list.filter(({ state }) => state === "on" || state === "latched"); },
  get critical() { return alarms.list.filter((alarm) => alarm.severity === "critical" && isOut(alarm)); },
  ofType: (type) => alarms.list.filter((alarm) => alarm.type === type && isOut(alarm)).sort((a, b) => rank(a) - rank(b)),
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
  refresh() { if (isAsking) isChanged = true; else timer ??= setTimeout(ask, PAUSE); },
};

export function isAlarm(event) {
  const data = event?.data;
  return data !== null && typeof data === "object" && event.type === `alarm.${data.name}` && typeof data.before === "string";
}

export function isOut({ state }) { return state === "on" || state === "acknowledged"; }

export function rank({ severity }) {
  const place = SEVERITIES.indexOf(severity);
  return place < 0 ? SEVERITIES.length : place;
}

let timer = null;
let isAsking = false;
let isChanged = false; // while it was asked

async function ask() {
  timer = null;
  isAsking = true;
  if (server.info.alarms) {
    try {
      alarms.list = (await get("/alarms")).alarms;
      alarms.loaded = true;
      alarms.problem = null;
    } catch (error) {
      alarms.problem = error.message;
    }
    for (const fn of [...listeners]) fn();
  }
  isAsking = false;
  if (isChanged) { isChanged = false; alarms.refresh(); }
}

live.on("current", ({ types }) => {
  for (const type of types) if (type.startsWith("alarm.") && isAlarm(live.latest.get(type))) return alarms.refresh();
});
live.on("status", ({ state }) => { if (state === "live") alarms.refresh(); });
server.on(() => alarms.refresh());
document.addEventListener("visibilitychange", () => { if (!document.hidden) alarms.refresh(); });
setInterval(() => { if (!document.hidden) alarms.refresh(); }, REFRESH);
