// When alarms were on, as spans to shade.

import { get } from "../core/api.js";
import { current } from "../core/current.js";
import { limits } from "../core/limits.js";
import { server } from "../core/server.js";

const MOST = 4; // alarms of a plot

/**
 * The spans in which alarms of fields were out of limits, and of their type's silence: [{from, to, field, severity, isKnown}]; `field` is
 * undefined for silence, `isKnown` that somebody had acknowledged it, or that it was over. Empty where they cannot be had.
 */
export async function loadAlarmSpans(type, fields, from, to, signal) {
  if (!server.info.alarms || !server.info.history) return [];
  const ranges = fields.flatMap((field) => limits.of(type, field).map((limit) => ({ name: limit.name, field, severity: limit.critical ? "critical" : "warning" })));
  const silences = limits.all.silences.filter((silence) => silence.type === type);
  const known = [...ranges, ...silences].filter(({ name }) => current.types.has(`alarm.${name}`)); // the others never were on
  const params = { field: "state", from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const all = await Promise.all(known.slice(0, MOST).map(async ({ name, field, severity }) => {
    try {
      const { states } = await get(`/history/${encodeURIComponent(`alarm.${name}`)}/states`, params, { signal });
      return states.filter(([, , state]) => state !== "ok").map(([from, to, state]) => ({ from, to, field, severity, isKnown: state !== "on" }));
    } catch (error) {
      if (signal?.aborted) throw error;
      return [];
    }
  }));
  return all.flat();
}
