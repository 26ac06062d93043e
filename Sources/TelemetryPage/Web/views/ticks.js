// Where the ticks of an axis are, and what they say: times in the zone of the settings, numbers with the decimal sign of the locale.

import { zone as chosenZone } from "../core/format.js";
import { scaled } from "./lane.js";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE,
  10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY,
];
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];

const languages = navigator.languages?.length ? [...navigator.languages] : undefined;

/** The zone that times are shown in; undefined is the browser's. UTC where the browser does not know it. */
function zone() {
  const name = chosenZone();
  if (name === undefined) return name;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    return "UTC";
  }
}

const formats = new Map();

/** A formatter of times in the zone of the settings. Axes use 24 hours: there is no room for more. */
function timeFormat(name, options) {
  const key = `${name} ${zone()}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(languages, { timeZone: zone(), ...options }));
  return formats.get(key);
}

const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23", calendar: "gregory" };

/** How far the clocks of the zone are ahead of UTC, in ms. */
function offset(time) {
  const key = `offset ${zone()}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-u-nu-latn", { timeZone: zone(), ...parts }));
  const is = Object.fromEntries(formats.get(key).formatToParts(time).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(is.year, is.month - 1, is.day, is.hour, is.minute, is.second) - Math.floor(time / SECOND) * SECOND;
}

/** The instant at which the clocks of the zone show `local`, a time as if it were UTC. */
function instant(local) {
  const first = local - offset(local);
  return local - offset(first);
}

/** The ticks of a time axis: [{v, label, strong}]; `strong` where a day, a month or a year begins. */
export function timeTicks(from, to, width) {
  const least = ((to - from) / Math.max(width, 1)) * scaled(76);
  const step = STEPS.find((step) => step >= least);
  return step === undefined ? monthTicks(from, to, least) : evenTicks(from, to, step);
}

function evenTicks(from, to, step) {
  const ticks = [], shift = offset(from);
  // Weeks begin on Monday.
  const origin = step >= 7 * DAY ? 4 * DAY : 0;
  for (let local = Math.ceil((from + shift - origin) / step) * step + origin; ticks.length < 200; local += step) {
    const v = step >= MINUTE ? instant(local) : local - shift;
    if (v > to) break;
    const strong = step < DAY && local % DAY === 0;
    ticks.push({ v, label: strong || step >= DAY ? dayText(v) : clockText(v, step), strong });
  }
  return ticks;
}

function monthTicks(from, to, least) {
  const ticks = [], months = MONTHS.find((months) => months * 30.4 * DAY >= least) ?? 1200;
  const start = new Date(from + offset(from));
  const index = start.getUTCFullYear() * 12 + start.getUTCMonth();
  for (let month = Math.ceil(index / months) * months; ticks.length < 200; month += months) {
    const v = instant(Date.UTC(Math.floor(month / 12), month % 12));
    if (v > to) break;
    const strong = month % 12 === 0;
    if (v >= from) ticks.push({ v, label: strong ? timeFormat("year", { year: "numeric" }).format(v) : timeFormat("month", { month: "short" }).format(v), strong });
  }
  return ticks;
}

const dayText = (time) => timeFormat("day", { day: "numeric", month: "short" }).format(time);

function clockText(time, step) {
  if (step >= MINUTE) return timeFormat("minute", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(time);
  const second = { minute: "2-digit", second: "2-digit", hour: "2-digit", hourCycle: "h23" };
  if (step >= SECOND) return timeFormat("second", second).format(time);
  return timeFormat("ms", { minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 }).format(time);
}

/** Ticks that count from `origin`: the clock of a run. */
export function elapsedTicks(from, to, width, origin) {
  const least = ((to - from) / Math.max(width, 1)) * scaled(76);
  const step = STEPS.find((step) => step >= least) ?? Math.ceil(least / DAY) * DAY;
  const ticks = [];
  for (let time = Math.ceil((from - origin) / step) * step; time + origin <= to && ticks.length < 200; time += step) {
    ticks.push({ v: time + origin, label: elapsedText(time), strong: time === 0 });
  }
  return ticks;
}

/** `+1:05` is an hour and five minutes after the start; seconds only where there are some. */
export function elapsedText(time) {
  const all = Math.round(Math.abs(time) / SECOND), two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(all / 86400), hours = Math.floor(all / 3600) % 24, minutes = Math.floor(all / 60) % 60, seconds = all % 60;
  return `${time < 0 ? "−" : "+"}${days ? `${days}d ` : ""}${hours}:${two(minutes)}${seconds ? `:${two(seconds)}` : ""}`;
}

const numberFormats = new Map();

/** The ticks of an axis of numbers; each label has as many decimals as the step needs. */
export function numberTicks(low, high, height) {
  const wanted = Math.max(2, Math.min(8, Math.floor(height / scaled(28))));
  const rough = (high - low) / wanted;
  if (!(rough > 0) || !Number.isFinite(rough)) return [{ v: low, label: tickText(low, 3, low) }];
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * magnitude >= rough) * magnitude;
  const decimals = Math.max(0, Math.min(12, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks = [], largest = Math.max(Math.abs(low), Math.abs(high));
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9 && ticks.length < 50; index++) {
    const v = index * step;
    ticks.push({ v, label: tickText(v, decimals, largest, step) });
  }
  return ticks;
}

function tickText(value, decimals, largest, step = largest) {
  // Long numbers in powers of ten, with the digits that tell two ticks apart.
  const short = largest < 1e6 && decimals <= 4;
  const digits = short ? decimals : Math.max(0, Math.min(6, Math.round(Math.log10(Math.max(largest, 1e-300) / step))));
  const key = `${short} ${digits}`;
  if (!numberFormats.has(key)) {
    const options = { minimumFractionDigits: short ? digits : 0, maximumFractionDigits: digits, notation: short ? "standard" : "scientific", useGrouping: false };
    numberFormats.set(key, new Intl.NumberFormat(languages, options));
  }
  return numberFormats.get(key).format(value === 0 ? 0 : value);
}
