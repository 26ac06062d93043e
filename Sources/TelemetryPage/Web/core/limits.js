/**
 * What is watched: GET /limits.
 *
 * limits.load()            asks again; several who ask at once wait for one answer. @throws APIError
 * limits.all               {limits, silences, levels, faults} as the server has them; empty before
 * limits.of(type, field)   the limits of a field
 * boundText(bound, unit)   {above: 20, below: 3, is: ["rain"]} → "below 3 or above 20 m/s", "rain"
 * boundsOf(limit)          [[severity, bound], …], the worst first
 * linesOf(type, field)     for a plot: [{value, label, severity}]; a limit of how much a value changes has none
 */
import { get } from "./api.js";
import { unitOf } from "./fields.js";
import { number } from "./format.js";
import { server } from "./server.js";

const SEVERITIES = ["critical", "warning", "watch"];
let asked = null;

export const limits = {
  all: { limits: [], silences: [], levels: [], faults: [] },
  load() {
    asked ??= ask().finally(() => { asked = null; });
    return asked;
  },
  of: (type, field) => limits.all.limits.filter((limit) => limit.type === type && limit.field === field),
};

async function ask() {
  if (server.info.alarms) limits.all = await get("/limits");
  return limits.all;
}

export function boundsOf(limit) {
  return SEVERITIES.filter((severity) => limit[severity]).map((severity) => [severity, limit[severity]]);
}

export function boundText({ above, below, is }, unit = "") {
  const suffix = unit && ` ${unit}`;
  const edges = [below !== undefined && `below ${number(below)}${suffix}`, above !== undefined && `above ${number(above)}${suffix}`];
  return [...edges.filter(Boolean), ...(is ?? [])].join(" or ");
}

export function linesOf(type, field) {
  const { unit } = unitOf(field);
  return limits.of(type, field).filter((limit) => limit.change_over_s === undefined).flatMap((limit) => boundsOf(limit).flatMap(([severity, bound]) =>
    ["above", "below"].filter((edge) => bound[edge] !== undefined)
      .map((edge) => ({ value: bound[edge], severity, label: `${severity} ${boundText({ [edge]: bound[edge] }, unit)}` }))));
}
