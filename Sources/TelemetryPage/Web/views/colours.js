// The theme's colours for canvases.

import { stateKind } from "../core/states.js";

const SERIES = 6;

/** The value of a variable of style.css. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888888";
}

/** The colour of the nth curve. */
export function seriesColour(index) {
  return colour(`plot-${(index % SERIES) + 1}`);
}

/** The dashes of the nth curve: in the night theme, whose colours are all red, they tell curves apart. */
export function seriesDashes(index) {
  const round = document.documentElement.dataset.theme === "night" ? index : Math.floor(index / SERIES);
  return [null, [8, 4], [2, 3], [8, 3, 2, 3], [14, 4], [4, 4]][round % 6];
}

/** A colour with some of it taken away; `part` is 0 to 1. */
export function faded(name, part) {
  const text = colour(name);
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (!hex) return text;
  const digits = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
  return `#${digits}${Math.round(part * 255).toString(16).padStart(2, "0")}`;
}

/**
 * The colours of the states of a field: text → colour. A text has one by itself, or the next that is free, so that it has the
 * same wherever the field has the same states.
 */
export function stateColours(texts) {
  const colours = new Map(), taken = new Set();
  for (const text of Array.from(new Set(texts)).sort()) {
    const kind = stateKind(text), word = WORDS.get(text) ?? (KNOWN.has(kind) ? kind : undefined);
    if (word) {
      colours.set(text, colour(word));
      continue;
    }
    let hash = 2166136261;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
    let slot = (hash >>> 0) % STATES.length;
    while (taken.has(slot) && taken.size < STATES.length) slot = (slot + 1) % STATES.length;
    taken.add(slot);
    colours.set(text, seriesColour(STATES[slot]));
  }
  return colours;
}

// Without the red, which looks like a fault.
const STATES = [0, 1, 2, 3, 5];

const WORDS = new Map([["true", "good"], ["false", "muted"], ["null", "line"]]);

// The colours of well-known words, as they are on cards.
const KNOWN = new Set(["good", "warn", "bad"]);
