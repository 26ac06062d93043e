/**
 * The last hour of a field in 60 buckets: the mean as a line, least and greatest as a band, gaps as gaps.
 *
 * new Sparkline()
 *   .element             the SVG; it has the colour of the text around it
 *   .load(series, step, gap)   a field of GET /history, `step` in s (0: single values), `gap` in ms from which on a line is broken
 *   .add(at, value)      a live value
 *   .draw(now)           draws, if anything changed
 */
import { svg } from "../core/dom.js";

const HOUR = 3_600_000;
const BUCKET = 60_000;
const WIDTH = 96;
const HEIGHT = 24;

export class Sparkline {
  constructor() {
    this.band = svg("path", { class: "band" });
    this.line = svg("path", { class: "line" });
    this.element = svg("svg", { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.band, this.line);
    this.buckets = []; // {at, least, most, sum, count}: at is the beginning
    this.gap = 2.5 * BUCKET;
    this.dirty = false;
  }

  load(series, step, gap) {
    const live = this.buckets;
    this.buckets = [];
    for (let index = 0; index < series.t.length; index += 1) {
      const mean = series.mean[index];
      if (mean !== null) this.put(series.t[index], series.min[index], series.max[index], mean * series.n[index], series.n[index]);
    }
    const last = this.buckets.at(-1)?.at ?? -Infinity;
    this.buckets.push(...live.filter((bucket) => bucket.at > last));
    this.gap = Math.max(gap ?? 0, 2.5 * Math.max(BUCKET, step * 1000));
    this.dirty = true;
  }

  add(at, value) {
    if (Number.isNaN(at)) return;
    this.put(at, value, value, value, 1);
    this.dirty = true;
  }

  put(at, least, most, sum, count) {
    const begin = Math.floor(at / BUCKET) * BUCKET;
    const last = this.buckets.at(-1);
    if (last && begin < last.at) return; // one that came late waits for the next load
    if (last?.at === begin) {
      last.least = Math.min(last.least, least);
      last.most = Math.max(last.most, most);
      last.sum += sum;
      last.count += count;
    } else {
      this.buckets.push({ at: begin, least, most, sum, count });
      if (this.buckets.length > 80) this.buckets.splice(0, this.buckets.length - 70);
    }
  }

  draw(now) {
    if (!this.dirty) return;
    this.dirty = false;
    const from = now - HOUR;
    const seen = this.buckets.filter((bucket) => bucket.at >= from - BUCKET && bucket.at <= now);
    if (seen.length < 2) {
      this.band.removeAttribute("d");
      this.line.removeAttribute("d");
      return;
    }
    let least = Infinity;
    let most = -Infinity;
    for (const bucket of seen) { least = Math.min(least, bucket.least); most = Math.max(most, bucket.most); }
    const range = most - least;
    const x = (at) => (((at - from) / HOUR) * WIDTH).toFixed(1);
    const y = (value) => (range > 0 && Number.isFinite(range) ? HEIGHT - 2 - ((value - least) / range) * (HEIGHT - 4) : HEIGHT / 2).toFixed(1);
    let line = "";
    let band = "";
    for (let start = 0; start < seen.length;) {
      let end = start + 1;
      while (end < seen.length && seen[end].at - seen[end - 1].at <= this.gap) end += 1;
      const part = seen.slice(start, end);
      const mean = part.map((one) => `${x(one.at)} ${y(one.sum / one.count)}`);
      line += part.length > 1 ? `M${mean.join("L")}` : `M${mean[0]}h1`;
      band += `M${part.map((one) => `${x(one.at)} ${y(one.most)}`).join("L")}L${part.reverse().map((one) => `${x(one.at)} ${y(one.least)}`).join("L")}Z`;
      start = end;
    }
    this.line.setAttribute("d", line);
    this.band.setAttribute("d", band);
  }
}
