// What a plot draws: the buckets of GET /history, and the events that came since.

import { get } from "../core/api.js";
import { number } from "../core/format.js";

/**
 * The buckets of a field, by time.
 * @typedef {{t: number[], n: number[], min: number[], mean: number[], max: number[], first: number[], last: number[]}} Series
 */

export class History {
  /** @param interval the usual time from one event to the next in ms, or null. */
  constructor(type, answer, interval) {
    this.type = type;
    this.from = answer.from;
    this.to = answer.to;
    /** The length of a bucket in ms; 0 where these are the values themselves. */
    this.step = Math.round(answer.step * 1000);
    this.source = answer.source;
    this.gaps = answer.gaps;
    this.completeFrom = answer.complete_from;
    this.interval = interval;
    /** @type {Map<string, Series>} */
    this.series = new Map(Object.entries(answer.fields));
    this.size = Math.max(0, ...Array.from(this.series.values(), (series) => series.t.length));
  }

  static async load(type, fields, { from, to, points, run, interval, signal }) {
    const params = new URLSearchParams(fields.map((field) => ["field", field]));
    params.set("points", Math.min(Math.max(Math.round(points), 1), 10_000));
    if (from !== undefined) params.set("from", new Date(from).toISOString());
    if (to !== undefined) params.set("to", new Date(to).toISOString());
    if (run !== undefined) params.set("run", run);
    const answer = await get(`/history/${encodeURIComponent(type)}`, params, { signal });
    return new History(type, answer, interval);
  }

  /** Takes the leaves of an event that has just come; true if there is something new to draw. */
  append(time, leaves) {
    let changed = false;
    for (const [field, series] of this.series) {
      const value = leaves.get(field);
      if (typeof value === "number" || typeof value === "boolean") changed = this.#add(series, time, Number(value)) || changed;
    }
    return changed;
  }

  // A late event shows with the next answer.
  #add(series, time, value) {
    const last = series.t.length - 1;
    const start = this.step ? Math.floor(time / this.step) * this.step : time;
    if (last >= 0 && start < series.t[last]) return false;
    if (!this.step && start === series.t[last] && value === series.last[last]) return false;
    if (last < 0 || start > series.t[last] || !this.step) {
      series.t.push(start);
      series.n.push(1);
      for (const name of ["min", "mean", "max", "first", "last"]) series[name].push(value);
      this.size = Math.max(this.size, series.t.length);
      return true;
    }
    // The answer may have had this event: no harm to the extremes, and little to the mean.
    const n = ++series.n[last];
    series.min[last] = Math.min(series.min[last], value);
    series.max[last] = Math.max(series.max[last], value);
    series.mean[last] += (value - series.mean[last]) / n;
    series.last[last] = value;
    return true;
  }

  /** Where a bucket is drawn. */
  place(time) {
    return this.step ? Math.min(time + this.step / 2, Math.max(time, this.to)) : time;
  }

  /** The index of the bucket nearest to a time, within reach of it; -1 where there is none. */
  nearest(field, time, reach) {
    const t = this.series.get(field)?.t;
    if (!t?.length) return -1;
    let low = 0, high = t.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.place(t[middle]) < time) low = middle + 1;
      else high = middle;
    }
    const distance = (index) => Math.abs(this.place(t[index]) - time);
    if (low > 0 && distance(low - 1) < distance(low)) low--;
    return distance(low) <= Math.max(reach, this.step) ? low : -1;
  }

  /** How far apart two values may be for a line from one to the other, in ms. */
  reach(series) {
    let usual = this.interval ?? 0;
    if (series.t.length > 2) {
      // A field that not every event has, has a usual interval of its own.
      const apart = series.t.slice(-200).map((time, index, times) => (index ? time - times[index - 1] : 0)).slice(1);
      usual = Math.max(usual, apart.sort((a, b) => a - b)[apart.length >> 1]);
    }
    return Math.max(this.step * 1.5, usual * 2.5);
  }
}

/** A mean with one more digit than the values it is of. */
export function meanText({ mean, min, max }, index) {
  if (mean[index] === null) return "–";
  const digits = Math.max(...[min[index], max[index]].map((value) => String(value).split("e")[0].split(".")[1]?.length ?? 0)) + 1;
  return number(digits > 12 ? mean[index] : Number(mean[index].toFixed(digits)));
}

const END = [NaN, NaN, NaN];

/**
 * The points of a curve: x are times, y [min, mean, max]. NaN ends the line.
 * @param {{history: History, field: string, shift?: number}} curve `shift` is added to the times
 */
export function columnOf({ history, field, shift = 0 }) {
  const x = [], y = [], series = history?.series.get(field);
  if (!series) return { x, y };
  const reach = history.reach(series), gaps = history.gaps, half = history.step / 2;
  let gap = 0;
  for (let i = 0; i < series.t.length; i++) {
    const time = series.t[i];
    if (i > 0) {
      const before = series.t[i - 1];
      // The gaps that begin before this bucket; one of them may reach into it from the one before.
      let open = time - before > reach;
      while (gap < gaps.length && gaps[gap][0] < time) {
        if (gaps[gap][1] >= time && gaps[gap][0] >= before) open = true;
        if (gaps[gap][1] > time + half) break;
        gap++;
      }
      if (open) {
        x.push((history.place(before) + history.place(time)) / 2 + shift);
        y.push(END);
      }
    }
    const place = history.place(time) + shift;
    if (x.length && place <= x[x.length - 1]) {
      // Two values at one instant: the band has both.
      const last = y[y.length - 1];
      y[y.length - 1] = [Math.min(last[0], series.min[i]), series.mean[i], Math.max(last[2], series.max[i])];
      continue;
    }
    x.push(place);
    y.push([series.min[i], series.mean[i], series.max[i]]);
  }
  return { x, y };
}
