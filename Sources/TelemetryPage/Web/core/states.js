/**
 * Colours of states: a word has the same one everywhere. Well-known words are good, bad or a warning; any other has one of three
 * plot colours, those that are neither red, amber nor green, by a hash of its text.
 *
 * stateKind("open")    "good" | "warn" | "bad" | "plot-1" | "plot-4" | "plot-6" | "text" (true) | "plain" (false, null,
 *                      empty); the colour is the CSS variable `--` + kind, of "plain" `--muted`
 * stateChip("open")    an element with the word in its colour; a warning or a bad one has a sign too, as colour alone tells not everybody
 * severityChip("critical")   the same for the severity of an alarm; SEVERITY_SIGNS has the signs
 */
import { h } from "./dom.js";
import { cut } from "./format.js";

const WORDS = new Map();
for (const [kind, words] of [
  ["good", "ok okay good ready tracking guiding connected online running active enabled safe healthy clear up pass passed done success valid locked nominal normal synced idle"],
  ["warn", "warn warning degraded unknown retry retrying waiting pending paused low high stale unstable cloudy slewing moving opening closing starting stopping initializing calibrating"],
  ["bad", "error err fault failed fail failure lost offline disconnected unsafe alarm critical crit down dead invalid aborted timeout emergency stuck rain raining wet dangerous overload"],
]) for (const word of words.split(" ")) WORDS.set(word, kind);

const SIGNS = { warn: "▲ ", bad: "✖ " };

export function stateKind(any) {
  if (any === null || any === undefined || any === "" || any === false) return "plain";
  if (any === true) return "text";
  const text = String(any);
  const known = WORDS.get(text.slice(0, 40).toLowerCase().trim());
  if (known) return known;
  let hash = 2166136261;
  for (let index = 0; index < text.length && index < 64; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 16777619);
  return ["plot-1", "plot-4", "plot-6"][(hash >>> 0) % 3];
}

export function stateChip(any) {
  const chip = h("span", { class: "state", dir: "auto" });
  setState(chip, any);
  return chip;
}

/** Shows another state in the element that stateChip made. */
export function setState(chip, any) {
  const kind = stateKind(any);
  chip.dataset.kind = kind;
  chip.textContent = (SIGNS[kind] ?? "") + (any === "" ? "(empty)" : cut(String(any), 48));
}

export const SEVERITY_SIGNS = { critical: "✖", warning: "▲", watch: "●" };
const SEVERITY_KINDS = { critical: "bad", warning: "warn", watch: "text" };

/** @param {string|undefined} severity none is plain; `word` stands in its place */
export function severityChip(severity, word = severity ?? "–") {
  const sign = Object.hasOwn(SEVERITY_SIGNS, severity ?? "") ? `${SEVERITY_SIGNS[severity]} ` : "";
  return h("span", { class: "state", dataset: { kind: (sign && SEVERITY_KINDS[severity]) || "plain" } }, sign + word);
}
