// The span of time that plots show together. While it is live its end is now, and `from` stays as far behind.

import { now as serverNow } from "../core/clock.js";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const UNITS = new Map([["s", SECOND], ["m", MINUTE], ["h", HOUR], ["d", DAY], ["w", 7 * DAY]]);
const SHORTEST = 10, LONGEST = 200 * 365 * DAY;

/** The range buttons: text and length in ms. */
export const RANGES = [
  ["15 min", 15 * MINUTE], ["1 h", HOUR], ["6 h", 6 * HOUR], ["24 h", DAY], ["7 d", 7 * DAY], ["30 d", 30 * DAY], ["1 y", 365 * DAY],
];

/** A time of an address in ms: RFC 3339, or relative to now (`-6h`); null for anything else. */
export function timeOf(text, now = serverNow()) {
  if (!text) return null;
  const relative = /^-(\d+(?:\.\d+)?)([smhdw])$/.exec(text);
  if (relative) return now - Number(relative[1]) * UNITS.get(relative[2]);
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  return Number.isFinite(time) ? time : null;
}

/** A length as the server writes it: `6h`, `90s`. */
function lengthText(length) {
  for (const [unit, size] of [["d", DAY], ["h", HOUR], ["m", MINUTE]]) {
    if (length >= size && length % size === 0) return length / size + unit;
  }
  return Math.max(1, Math.round(length / SECOND)) + "s";
}

export class Span {
  #listeners = new Set();

  /** `extent` is from when until when there is anything, in ms; it is what `all` shows. */
  constructor(from, to, live, extent) {
    this.live = live;
    this.from = from;
    this.to = to;
    this.extent = extent;
  }

  /** The span that an address asks for; without one the last six hours, or those before the last event. */
  static of(params, extent) {
    const now = serverNow();
    const from = timeOf(params.get("from"), now), to = timeOf(params.get("to"), now);
    if (to !== null && (from === null || from < to)) return new Span(from ?? to - DAY, to, false, extent);
    if (from !== null && from < now) return new Span(from, now, true, extent);
    // As much as there is, at most six hours.
    const length = RANGES.find(([, length]) => length >= 6 * HOUR || (extent && now - extent[0] <= length))[1];
    if (extent && extent[1] < now - length) return new Span(extent[1] - length, extent[1] + length / 50, false, extent);
    return new Span(now - length, now, true, extent);
  }

  get length() {
    return this.to - this.from;
  }

  /** Calls `listener` after each change; returns what ends that. */
  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows these times. A span that reaches now is live: there is nothing behind it. */
  set(from, to) {
    const length = Math.min(Math.max(to - from, SHORTEST), LONGEST), now = serverNow();
    this.live = to >= now - length / 500;
    this.from = this.live ? now - length : from;
    this.to = this.from + length;
    this.#tell();
  }

  /** Stays where it is. */
  hold() {
    this.live = false;
    this.#tell();
  }

  /** The last `length` ms, live. */
  latest(length) {
    this.set(serverNow() - length, serverNow());
  }

  toLive() {
    this.latest(this.length);
  }

  /** Everything there is. */
  all() {
    if (!this.extent) return;
    const now = serverNow(), [first, last] = this.extent;
    if (last > now - (now - first) / 10) this.latest(Math.max(now - first, MINUTE) * 1.01);
    else this.set(first - (last - first) / 100, last + (last - first) / 100);
  }

  /** Shows `factor` times as much around `at`; a live view stays live. */
  zoom(factor, at = this.live ? this.to : (this.from + this.to) / 2) {
    if (this.live && at >= this.to - this.length / 50) return this.latest(this.length * factor);
    this.set(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }

  /** Moves by a part of what is shown; to the right edge it becomes live again. */
  pan(part) {
    const shift = part * this.length;
    this.set(this.from + shift, this.to + shift);
  }

  /** Lets a live span go on with the clock; true if it did. */
  follow() {
    if (!this.live) return false;
    const length = this.length;
    this.to = serverNow();
    this.from = this.to - length;
    return true;
  }

  /** What an address says of it. */
  params() {
    if (this.live) return { from: "-" + lengthText(this.length) };
    return { from: new Date(this.from).toISOString(), to: new Date(this.to).toISOString() };
  }

  #tell() {
    for (const listener of this.#listeners) listener(this);
  }
}

/** A value that several views follow: where the cursor is, in ms, or null. */
export class Signal {
  #listeners = new Set();
  value = null;

  set(value) {
    if (value === this.value) return;
    this.value = value;
    for (const listener of this.#listeners) listener(value);
  }

  on(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
