// What a field of a type is: a curve, states, or neither.

import { fields } from "../core/fields.js";

const LONGEST_TEXT = 64;

/** The leaves of data: path → number, boolean, string or null. */
export function leavesOf(data) {
  return new Map(fields(data).list);
}

/** Whether a field, as `GET /types` tells of it, has a curve. A boolean has one too, but says more as a state. */
export function isNumeric(field) {
  return field.kinds.includes("number");
}

/** Whether a field has states. */
export function hasStates(field) {
  return !isNumeric(field) && field.kinds.some((kind) => kind === "string" || kind === "boolean" || kind === "null");
}

/** The text of a state, as `totals` names it; null for one that has none. */
export function stateOf(value) {
  if (typeof value === "boolean" || value === null) return String(value);
  return typeof value === "string" && value.length <= LONGEST_TEXT ? value : null;
}

/** The kind of a field in one word. */
export function kindOf(field) {
  const kinds = field.kinds.filter((kind) => kind !== "null");
  const words = kinds.length ? kinds : field.kinds;
  return words.map((kind) => (kind === "string" ? "text" : kind === "boolean" ? "yes/no" : kind)).join(", ");
}
